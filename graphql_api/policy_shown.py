"""What the policies answer – rules, grants, cells, changes – as the API says it, with the words beside every name."""

from __future__ import annotations

from collections.abc import Iterable

from graphql_api.policy_change_types import PolicyRuleChanges
from graphql_api.policy_names import action_label, field_label, object_label, role_label
from graphql_api.policy_types import (
    PolicyAction,
    PolicyCell,
    PolicyField,
    PolicyGrant,
    PolicyMatrix,
    PolicyRole,
    PolicyRule,
    PolicyScope,
)
from graphql_api.words import label_of
from policies.actions import ACTIONS
from policies.catalogue import ObjectOf
from policies.editing import RuleChanges, in_order
from policies.engine import Grant
from policies.explaining import Cell, fields_shown, in_words, scope_words
from policies.roles import ROLES
from policies.rules import Rule
from policies.scopes import SCOPES


def rule_shown(rule: Rule) -> PolicyRule:
    return PolicyRule(
        role=rule.role,
        role_label=role_label(rule.role),
        object=rule.object,
        object_label=object_label(rule.object),
        field=rule.field,
        field_label=field_label(rule.object, rule.action, rule.field),
        action=rule.action,
        action_label=action_label(rule.action),
        scope=rule.scope,
        scope_label=label_of(scope_words(rule.scope)),
        effect=rule.effect,
        until=rule.until,
        note=rule.note,
        row=rule.row,
    )


def rules_shown(rules: Iterable[Rule]) -> list[PolicyRule]:
    """In the order they come."""
    return [rule_shown(each) for each in rules]


def table_shown(rules: Iterable[Rule]) -> list[PolicyRule]:
    """In the order of the CSV."""
    return rules_shown(in_order(rules))


def grant_shown(grant: Grant | None) -> PolicyGrant | None:
    if grant is None:
        return None
    return PolicyGrant(allow=sorted(grant.allow), deny=sorted(grant.deny), in_words=label_of(in_words(grant)))


def cell_shown(cell: Cell) -> PolicyCell:
    return PolicyCell(
        role=cell.role,
        role_label=role_label(cell.role),
        action=cell.action,
        action_label=action_label(cell.action),
        field=cell.field,
        field_label=field_label(cell.object, cell.action, cell.field),
        grant=grant_shown(cell.grant),
        in_words=label_of(in_words(cell.grant)),
        own=rules_shown(cell.own),
        inherited=rules_shown(cell.inherited),
    )


def changes_shown(changes: RuleChanges) -> PolicyRuleChanges:
    return PolicyRuleChanges(added=rules_shown(changes.added), removed=rules_shown(changes.removed))


# --- the matrix


def matrix_shown(target: ObjectOf, version: int, cells: Iterable[Cell], *, draft: bool) -> PolicyMatrix:
    """Cells about which no row says anything are left out."""
    return PolicyMatrix(
        version=version,
        draft=draft,
        object=target.name,
        object_label=label_of(target.label),
        roles=[_role(name) for name in ROLES],
        actions=[_action(target, name) for name in target.actions],
        fields=[
            PolicyField(name=each.name, label=label_of(each.label), sensitive=each.sensitive)
            for each in target.fields.values()
        ],
        scopes=[_scope(name) for name in SCOPES if name in target.scopes],
        cells=[cell_shown(each) for each in cells if each.own or each.inherited],
    )


def _role(name: str) -> PolicyRole:
    role = ROLES[name]
    return PolicyRole(
        name=name,
        label=label_of(role.label),
        parent=role.parent,
        assignable=role.assignable,
        units=sorted(role.units),
    )


def _action(target: ObjectOf, name: str) -> PolicyAction:
    action = ACTIONS[name]
    return PolicyAction(
        name=name,
        label=label_of(action.label),
        per_field=action.per_field,
        changes=action.changes,
        fields=list(fields_shown(target, name)),
    )


def _scope(name: str) -> PolicyScope:
    scope = SCOPES[name]
    return PolicyScope(
        name=name,
        label=label_of(scope.label),
        unit=scope.unit,
        inside=[each for each in SCOPES if each in scope.inside],
    )
