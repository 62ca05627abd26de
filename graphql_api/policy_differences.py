"""`policyDiff`: what differs between two tables, in decisions and in rows, and whether the later may be published."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from graphql_api.context import Context
from graphql_api.policy_change_types import (
    PolicyBroken,
    PolicyChange,
    PolicyDiff,
    PolicyProblem,
    PolicyRoleChange,
    PolicyRuleChanges,
    PolicyVerdict,
)
from graphql_api.policy_names import action_label, field_label, object_label, role_label
from graphql_api.policy_problems import broken_words, facts_of, reasons_against, words_of
from graphql_api.policy_shown import changes_shown, grant_shown
from graphql_api.policy_tables import TUNE, asked_for, snapshot_of
from graphql_api.policy_wording import CHANGES, DIFFERING
from graphql_api.rights import deed
from graphql_api.values import bad
from graphql_api.words import Label, label_of
from models.declare import Words
from policies import publishing
from policies.assurances import Broken
from policies.catalogue import WHOLE
from policies.difference import Change, RoleChange, difference
from policies.editing import rule_changes
from policies.engine import Grant, Snapshot
from policies.explaining import in_words
from policies.publishing import Verdict
from policies.roles import ROLES
from policies.rules import PolicyTable, Problem


async def difference_between(context: Context, before: int | None, after: int | None, *, draft: bool) -> PolicyDiff:
    """From version `before` to version `after`, or to the caller's draft. Without `after` it is the version in force,
    without `before` the one before that, or for a draft the one in force.

    Raises NOT_FOUND for a version there never was, BAD_INPUT for `to` beside `draft`.
    """
    if draft and after is not None:
        raise bad(("to",), "CONTRADICTS", other="draft")
    later = await asked_for(context, after, draft=draft, version_at="to")
    if before is None and not draft:
        before = max(0, later.snapshot.version - 1)
    earlier = await snapshot_of(context, before, "from")
    changes, rules = await asyncio.to_thread(_compared, earlier, later.snapshot)
    return PolicyDiff(
        from_version=earlier.version,
        to_version=None if draft else later.snapshot.version,
        changes=changes,
        rules=rules,
        verdict=await verdict_on(context, later.snapshot.table),
    )


def _compared(earlier: Snapshot, later: Snapshot) -> tuple[list[PolicyChange], PolicyRuleChanges]:
    """A second's work for two large tables that have little in common: in a thread."""
    changes = [_change(each) for each in difference(earlier, later)]
    return changes, changes_shown(rule_changes(earlier.table, later.table))


def _change(change: Change) -> PolicyChange:
    return PolicyChange(
        object=change.object,
        object_label=object_label(change.object),
        action=change.action,
        action_label=action_label(change.action),
        field=change.field,
        field_label=field_label(change.object, change.action, change.field),
        kind=change.kind,
        in_words=label_of(_words(change)),
        roles=[_role(change, each) for each in change.roles],
    )


def _role(change: Change, of_role: RoleChange) -> PolicyRoleChange:
    return PolicyRoleChange(
        object=change.object,
        change=of_role,
        role=of_role.role,
        role_label=role_label(of_role.role),
        before=grant_shown(of_role.before),
        after=grant_shown(of_role.after),
    )


def _words(change: Change) -> Words:
    """`学校离校办理人员、学生公寓管理中心操作员:新增 查看"学生"的"联系电话"(本部门环节涉及的学生)`."""
    labels = [ROLES[each.role].label for each in change.roles]
    facts = {
        "roles": Words("、".join(each.zh for each in labels), ", ".join(each.en for each in labels)),
        "deed": deed(change.object, change.action, None if change.field == WHOLE else change.field),
        "before": _of_all(each.before for each in change.roles),
        "after": _of_all(each.after for each in change.roles),
    }
    said = CHANGES[change.kind.name]
    zh, en = ({name: words[locale] for name, words in facts.items()} for locale in ("zh_CN", "en"))
    return Words(said.zh.format_map(zh), said.en.format_map(en))


def _of_all(grants: Iterable[Grant | None]) -> Words:
    """A grant in words, when it is the same for all roles."""
    first, *others = dict.fromkeys(grants)
    return DIFFERING if others else in_words(first)


# --- whether it may be published


async def verdict_on(context: Context, table: PolicyTable) -> PolicyVerdict:
    """Whoever may not publish himself is not asked whether he would lock himself out."""
    publisher = context.caller if context.access.can(*TUNE) else None
    return await asyncio.to_thread(_verdict, await publishing.verdict(table, publisher=publisher))


def _verdict(verdict: Verdict) -> PolicyVerdict:
    """In a thread: a table may break two thousand promises, each told in words."""
    return PolicyVerdict(
        publishable=verdict.good,
        broken=[_broken(each) for each in verdict.broken],
        lockout=verdict.lockout,
        unknown_units=[_problem(each) for each in verdict.unknown_units],
        reasons=_reasons(verdict),
    )


def _reasons(verdict: Verdict) -> list[Label]:
    return [label_of(each) for each in reasons_against(verdict)]


def _broken(broken: Broken) -> PolicyBroken:
    return PolicyBroken(
        name=broken.assurance.name,
        in_words=label_of(broken_words(broken)),
        role=broken.role,
        object=broken.object,
        action=broken.action,
        field=broken.field,
    )


def _problem(problem: Problem) -> PolicyProblem:
    return PolicyProblem(**facts_of(problem), in_words=label_of(words_of(problem)))
