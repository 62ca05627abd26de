"""What the policies' words allow in an assignment or a token: a role that can be held, fields that there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from models.rules.nearest import listed, nearest
from models.rules.refusals import Code, Refused
from models.rules.role_assignments import UnitKind
from policies.catalogue import OBJECTS, WHOLE
from policies.roles import ROLES

LONGEST_SHOWN = 64
MOST_NAMED = 10


def units_taken(role: str, *, argument: str = "role") -> frozenset[UnitKind]:
    """The kinds of unit that a role is held for, NONE among them when it needs none.

    Refuses with BAD_INPUT what is no role that somebody can hold, with the roles that look most like it.
    """
    known = ROLES.get(role)
    if known is None or not known.assignable:
        held = {name: f"{each.label.zh} {each.label.en}" for name, each in ROLES.items() if each.assignable}
        near = nearest(role, held) or tuple(held)
        raise Refused(
            Code.BAD_INPUT,
            argument=argument,
            problem="UNKNOWN_ROLE",
            value=role[:LONGEST_SHOWN],
            nearest=listed(near),
        )
    return frozenset(UnitKind.NONE if each == "none" else UnitKind(each) for each in known.units)


def check_fields(fields: Iterable[str]) -> None:
    """Refuses with BAD_INPUT fields of a token that are none: the first of them by name, with those that look most like
    these."""
    unknown = [name[:LONGEST_SHOWN] for name in dict.fromkeys(fields) if not _is_field(name)][:MOST_NAMED]
    if not unknown:
        return
    known = dict.fromkeys(_names(), "")
    near = tuple(dict.fromkeys(each for name in unknown for each in nearest(name, known)))
    raise Refused(
        Code.BAD_INPUT,
        argument="fields",
        problem="UNKNOWN_FIELDS",
        names=", ".join(unknown),
        nearest=listed(near),
    )


def _is_field(written: str) -> bool:
    """`Student.studentNo`, `Student.*`, or `studentNo` of any object; also as the policies spell it."""
    head, dot, name = written.rpartition(".")
    if not dot:
        return any(name in spellings for spellings in _spellings().values())
    return head in OBJECTS and (name == WHOLE or name in _spellings()[head])


@cache
def _spellings() -> Mapping[str, frozenset[str]]:
    """By object, its fields as the policies and as the API spell them."""
    return {name: frozenset([*each.fields, *map(_as_in_the_api, each.fields)]) for name, each in OBJECTS.items()}


def _as_in_the_api(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _names() -> list[str]:
    return [f"{each.name}.{_as_in_the_api(field)}" for each in OBJECTS.values() for field in (*each.fields, WHOLE)]
