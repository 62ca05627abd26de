"""Tables, callers and questions drawn by lot, the same for the same number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from policies.caller import Caller, TokenLimits, Unit
from policies.catalogue import OBJECTS
from policies.roles import ROLES
from policies.rules import EFFECTS, PolicyTable, Rule, checked
from tests.policies.season_of_all_kinds import World

TODAY = date(2026, 6, 20)

#: The objects on which a scope other than `all` means something.
NARROWED = tuple(each.name for each in OBJECTS.values() if len(each.scopes) > 1)

#: Units that a scope is cut to; the last of the buildings does not exist.
CODES = {"college": ("15", "02"), "department": ("TSG", "CWC", "GYZX"), "building": ("BAMBOO3", "PINE1", "GONE9")}
PER_FIELD = ("read", "match", "aggregate", "export", "create", "update")

#: What a rule's last day may be; mostly there is none.
DAYS = (None, None, None, None, None, None, TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1))


@dataclass(frozen=True)
class Case:
    """One table, one caller, the object and the actions that are asked about."""

    number: int
    table: PolicyTable
    caller: Caller
    object: str
    actions: tuple[str, ...]


def case(number: int, object_name: str, world: World) -> Case:
    chance = Random(f"{object_name} {number}")
    roles = chance.sample([*ROLES], 5)
    parents = [(roles[0], roles[1]), (roles[1], roles[2])][: chance.choice([0, 1, 2, 2])]
    actions = _actions(chance, object_name)
    rules = {_of_case(chance, object_name, actions, roles) for _ in range(chance.choice([4, 8, 14, 20]))}
    rules |= _by_turns(chance, number, object_name, roles[0])
    rules |= {_rule(chance, other, "read", roles[0]) for other in chance.sample(NARROWED, 2)}
    caller = _caller(chance, world, roles[0])
    return Case(number, checked(sorted(rules, key=lambda rule: rule.cells), parents), caller, object_name, actions)


def _of_case(chance: Random, object_name: str, actions: tuple[str, ...], roles: list[str]) -> Rule:
    """Mostly for the role that asks, also for those above it and for one that has nothing to do with it."""
    action = chance.choice(["read", *actions])
    return _rule(chance, object_name, action, chance.choice([*roles[:1] * 4, *roles[1:4]]))


def _actions(chance: Random, object_name: str) -> tuple[str, ...]:
    """Reading always; matching, one more action by field, and one on the whole row."""
    possible = OBJECTS[object_name].actions
    by_field = [each for each in possible if each in PER_FIELD and each not in ("read", "match")]
    verbs = [each for each in possible if each not in PER_FIELD]
    return ("read", "match", chance.choice(by_field), *chance.sample(verbs, min(len(verbs), 1)))


def _by_turns(chance: Random, number: int, object_name: str, role: str) -> set[Rule]:
    """An allowed scope and another one denied, so that with the numbers each comes up."""
    scopes = sorted(OBJECTS[object_name].scopes)
    drawn = [_rule(chance, object_name, "read", role) for _ in EFFECTS]
    return {
        replace(rule, scope=scopes[(number + place) % len(scopes)], effect=effect)
        for place, (rule, effect) in enumerate(zip(drawn, EFFECTS, strict=True))
    }


def _rule(chance: Random, object_name: str, action: str, role: str) -> Rule:
    fields = OBJECTS[object_name].fields_for(action)
    return Rule(
        role=role,
        object=object_name,
        field=chance.choice(["*", "*", chance.choice(fields), chance.choice(fields), chance.choice(fields)]),
        action=action,
        scope=_scope(chance, object_name),
        effect=chance.choice(["allow", "allow", "allow", "allow", "deny"]),
        until=chance.choice(DAYS),
    )


def _scope(chance: Random, object_name: str) -> str:
    """Any scope of the object; one that depends on a kind of unit is often cut to one of them, real or not."""
    name = chance.choice(sorted(OBJECTS[object_name].scopes))
    codes = next((codes for kind, codes in CODES.items() if name.startswith(f"own_{kind}")), ())
    return f"{name}@{chance.choice(codes)}" if codes and chance.random() < 0.4 else name


def _caller(chance: Random, world: World, role: str) -> Caller:
    """Anybody, also somebody without an account here, with some units or none, and perhaps a token."""
    who = chance.choice([*(row["id"] for row in world.rows["User"]), 0])
    units = [unit for kind in CODES for unit in _some(chance, world, kind)]
    return Caller(who, "x", "x", role, frozenset(units), _token(chance, world))


def _some(chance: Random, world: World, kind: str) -> list[Unit]:
    units = [Unit(kind, row["id"], row["code"]) for row in world.rows[kind.capitalize()]]
    return chance.sample(units, chance.choice([0, 1, 2, 2]))


def _token(chance: Random, world: World) -> TokenLimits | None:
    if chance.random() < 0.7:
        return None
    codes = sorted({row["code"] for row in world.rows["Item"]})
    items = chance.sample(codes, chance.choice([0, 0, 1, 3]))
    return TokenLimits(1, frozenset(items), frozenset(_named(chance) for _ in range(chance.choice([0, 0, 2, 12]))))


def _named(chance: Random) -> str:
    """A field as a token names it: of one object or of any, in the spelling of the API or of the table; or all."""
    target = OBJECTS[chance.choice(NARROWED)]
    name = chance.choice([*target.fields, "*"])
    head, *rest = name.split("_")
    spelt = chance.choice([name, head + "".join(part.capitalize() for part in rest)])
    return chance.choice([spelt, f"{target.name}.{spelt}"]) if name != "*" else f"{target.name}.*"
