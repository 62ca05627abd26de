"""`simulatePolicy`: what somebody could see or act on, in words and numbers; no row of it, and nobody is impersonated.

The filter and the columns are those of `policies.access`, asked for a caller as the account, or a holder of the role,
would be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tortoise.expressions import Q

from graphql_api.context import Context
from graphql_api.errors import ApiError, ErrorCode, Violation
from graphql_api.loader import count
from graphql_api.policy_change_types import PolicySimulation, SimulatedColumn
from graphql_api.policy_inputs import SimulatePolicyInput
from graphql_api.policy_names import (
    action_called,
    field_called,
    field_label,
    named,
    no_such,
    object_called,
    role_called,
    role_label,
)
from graphql_api.policy_rights import account_called, acting, assignments_of, require_accounts
from graphql_api.policy_tables import Asked, asked_for
from graphql_api.policy_wording import SIMULATED, SIMULATED_IN_GENERAL, SIMULATED_NOTHING
from graphql_api.registry import registry
from graphql_api.rights import deed, require
from graphql_api.values import bad
from graphql_api.words import Label, label_of
from models.declare import Words
from models.rules import role_holders
from models.rules.policy_simulations import record_simulation
from policies.access import Access, Plan
from policies.caller import Caller, Unit
from policies.catalogue import WHOLE, ObjectOf
from policies.engine import Grant, widest
from policies.explaining import cell, in_words
from policies.roles import ROLES
from policies.scopes import scope_named

SIMULATE = ("PolicyVersion", "simulate")
MOST_UNITS = 100


@dataclass(frozen=True, slots=True)
class Question:
    """What is simulated: for whom (`user_id` None: any holder of the role), on which object, action and fields."""

    caller: Caller
    user_id: int | None
    target: ObjectOf
    action: str
    fields: tuple[str, ...]


async def simulated(context: Context, asked: SimulatePolicyInput) -> PolicySimulation:
    """Recorded before anything is told. Raises FORBIDDEN, and BAD_INPUT or NOT_FOUND that name the argument."""
    permit = await require(context, *SIMULATE)
    table = await asked_for(context, asked.version, draft=asked.draft, path=("input",))
    target = object_called(asked.object, "input", "object")
    action = action_called(target, asked.action, "input", "action")
    fields = _fields(target, action, asked.fields)
    caller, user_id = await _simulated_caller(context, asked)
    question = Question(caller, user_id, target, action, fields)
    parameters = _parameters(question, table)
    await record_simulation(context.caller.actor, user_id=user_id, parameters=parameters, permit=permit)
    return await _answer(context, question, table)


def _fields(target: ObjectOf, action: str, asked: Sequence[str] | None) -> tuple[str, ...]:
    """Those asked for, each once; without, all that the action may be granted on. An action on the row has none."""
    possible = tuple(name for name in target.fields_for(action) if name != WHOLE)
    if asked is None:
        return possible
    found = (field_called(target, action, each, "input", "fields", str(n)) for n, each in enumerate(asked))
    return tuple(dict.fromkeys(name for each in found for name in (possible if each == WHOLE else (each,))))


def _parameters(question: Question, table: Asked) -> Mapping[str, object]:
    caller = question.caller
    return {
        "object": question.target.name,
        "action": question.action,
        "fields": list(question.fields),
        "role": caller.role,
        "units": sorted(unit.code for unit in caller.units),
        "version": table.snapshot.version,
        "draft": table.draft is not None,
    }


# --- for whom


async def _simulated_caller(context: Context, asked: SimulatePolicyInput) -> tuple[Caller, int | None]:
    if asked.user is not None:
        return await _account(context, asked.user, asked)
    if asked.role is None:
        raise _one_of("NONE_OF", "user", "role")
    role = role_called(asked.role, "input", "role", assignable=True)
    return Caller(0, "", "", role.name, await _units(role.name, asked.units)), None


async def _account(context: Context, username: str, asked: SimulatePolicyInput) -> tuple[Caller, int]:
    """The account in one of the roles that it holds now, with the units it holds that for."""
    if asked.units:
        raise _one_of("ONE_OF", "user", "units")
    await require_accounts(context)
    account = await account_called(context, username, "input", "user")
    now = datetime.now(UTC)
    held = [each for each in await assignments_of(context, account) if account.active and each.holds(now)]
    roles = list(dict.fromkeys(each.role for each in held))
    wanted = role_called(asked.role, "input", "role", assignable=True).name if asked.role is not None else None
    if wanted is None and len(roles) > 1:
        facts = {"problem": "WHICH_ROLE", "choices": ", ".join(roles)}
        raise ApiError(
            ErrorCode.BAD_INPUT, "", [Violation(("input", "role"), "WHICH_ROLE", {"nearest": roles})], **facts
        )
    if wanted is not None and wanted not in roles:
        raise no_such(("input", "role"), wanted, roles, ErrorCode.NOT_FOUND.value)
    role = wanted or next(iter(roles), "")
    return acting(account, role, [each for each in held if each.role == role]), account.id


def _one_of(problem: str, *names: str) -> ApiError:
    violations = [Violation(("input", name), problem) for name in names]
    return ApiError(ErrorCode.BAD_INPUT, "", violations, problem=problem, choices=", ".join(names))


async def _units(role: str, codes: Sequence[str]) -> frozenset[Unit]:
    """The units of these codes, of the kinds that the role is held for."""
    if len(codes) > MOST_UNITS:
        raise bad(("input", "units"), "TOO_MANY", count=len(codes), limit=MOST_UNITS)
    takes, wanted = ROLES[role].units, list(dict.fromkeys(codes))
    if not wanted and "none" not in takes:
        raise _unit_problem("WHICH_UNIT", role)
    if wanted and takes == {"none"}:
        raise _unit_problem("NO_UNIT", role)
    found = [unit for kind in sorted(takes - {"none"}) for unit in await role_holders.units_called(kind, wanted)]
    for place, code in enumerate(wanted):
        if code not in {unit.code for unit in found}:
            raise no_such(("input", "units", str(place)), code, code=ErrorCode.NOT_FOUND.value)
    return frozenset(Unit(unit.kind, unit.id, unit.code) for unit in found)


def _unit_problem(problem: str, role: str) -> ApiError:
    violations = [Violation(("input", "units"), problem, {"role": role})]
    return ApiError(ErrorCode.BAD_INPUT, "", violations, problem=problem, role=ROLES[role].label)


# --- what comes out


async def _answer(context: Context, question: Question, table: Asked) -> PolicySimulation:
    access = Access(table.snapshot, question.caller)
    plan = access.plan(question.target.name, question.action, question.fields)
    grants = _grants(table, question, access)
    rows = _joined([in_words(each) for each in grants] or [in_words(None)])
    known = question.user_id is not None or not any(_personal(each) for each in grants)
    number = await _count(question.target, plan.rows) if plan and known else None if plan else 0
    return PolicySimulation(
        version=table.snapshot.version,
        draft=table.draft is not None,
        role=question.caller.role,
        role_label=role_label(question.caller.role),
        permitted=plan is not None,
        rows=label_of(rows),
        count=number,
        columns=[_column(question, name, mask, rows, table) for name, mask in plan.columns.items()] if plan else [],
        denied=[named(each, _label(question, each)) for each in _denied(question, plan)],
        message=_message(question, rows, number, plan)[context.locale],
    )


async def _count(target: ObjectOf, rows: Q) -> int:
    """Of what has no rows (the API itself) there is nothing to count."""
    return await count(registry()[target.name], (rows,)) if target.name in registry() else 0


def _grants(table: Asked, question: Question, access: Access) -> tuple[Grant, ...]:
    """What the rows of the whole plan are: those on which anything is permitted."""
    role, target, action = question.caller.role, question.target.name, question.action
    decided = table.snapshot.decision(role, target, action).grants
    return widest(grant for name, grant in decided.items() if access.can(target, action, name))


def _personal(grant: Grant) -> bool:
    """Whether the rows depend on the person and not on units alone: a role in general then has no number of them."""
    scopes = [scope_named(name) for name in (*grant.allow, *grant.deny)]
    return any(scope is not None and scope.unit is None and scope.name.startswith("own_") for scope in scopes)


def _joined(words: Sequence[Words]) -> Words:
    return Words(";".join(each.zh for each in words), "; ".join(each.en for each in words))


def _label(question: Question, name: str) -> Label:
    return field_label(question.target.name, question.action, name)


def _column(question: Question, name: str, mask: str | None, rows: Words, table: Asked) -> SimulatedColumn:
    grant: Grant | None = cell(table.snapshot, question.caller.role, question.target.name, question.action, name).grant
    return SimulatedColumn(
        field=name,
        label=_label(question, name),
        on_all_rows=mask is None,
        in_words=label_of(rows if mask is None else in_words(grant)),
    )


def _denied(question: Question, plan: Plan | None) -> list[str]:
    """In the order they were asked for."""
    return [name for name in question.fields if plan is None or name in plan.denied]


def _message(question: Question, rows: Words, number: int | None, plan: Plan | None) -> Words:
    role = ROLES[question.caller.role].label if question.caller.role in ROLES else Words("无", "none")
    act = deed(question.target.name, question.action)
    said = SIMULATED_NOTHING if plan is None else SIMULATED_IN_GENERAL if number is None else SIMULATED
    zh, en = (
        {"role": role[locale], "deed": act[locale], "rows": rows[locale], "count": number} for locale in ("zh_CN", "en")
    )
    return Words(said.zh.format_map(zh), said.en.format_map(en))
