"""Sends every mutation as everybody, made up so that it names nothing; and the acts of a desk, on real rows, as dry
runs. What comes before the row is looked at is the right, so what is left says whether somebody has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLField, GraphQLInputObjectType, GraphQLObjectType, get_named_type

from models.accounts import SignInAttempt
from tests.policies.expected_matrix.fields import EMPTY, VALUE, refusal
from tests.policies.expected_matrix.selections import (
    BY_TYPE,
    NOTHING,
    Name,
    arguments,
    literal,
    paths,
    sample,
    selection,
    values,
)
from tests.policies.expected_matrix.table import ASKERS, REFUSED, Matrix
from tests.policies.expected_matrix.world import Asked

HEAD = """
What everybody may do: each mutation, with input that names nothing; then acts of a desk, as dry runs, on a student of
the asker's own college or department who has everything still to do.

done         it was carried out, or would be
row CODE     it was carried out, and the row was refused: FORBIDDEN is not his to do, NOT_FOUND is not his to see; any
             other code is a rule of the desk, and the right was there
CODE         he has the right, and the input was refused; NOT_FOUND is what input that names nothing gets

OperationResult.…  what the results tell, of whatever the asker may do; refused: he was answered by none
"""
DONE = "done"
#: What ends the session comes last.
LAST = "signOut"

BATCH, STUDENT, OTHERS = "2026-06", "20220001", "20220003"
CLEAR, REVOKE, WAIVE = Name("CLEARED"), Name("PENDING"), Name("NOT_REQUIRED")


def _set(item: str, select: Mapping[str, Any], status: Name | None = CLEAR, **more: Any) -> dict[str, Any]:
    what = {} if status is None else {"status": status}
    return {"batch": BATCH, "item": item, "select": select, "dryRun": True, **what, **more}


ONE, THEIRS = {"studentNos": [STUDENT]}, {"studentNos": [OTHERS]}
RANGE = {"range": {"from": STUDENT, "to": "20220002"}}
CLASS = {"className": {"college": "15", "className": ""}}
WHERE = {"where": {"state": {"eq": Name("ACTIVE")}}}
EXCEPT = {"allExcept": [STUDENT]}

SIGN = {"batch": BATCH, "select": ONE, "dryRun": True}

#: Acts that a desk knows, by the words of their row.
ACTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    **{f"setClearances {item} CLEARED": ("setClearances", _set(item, ONE)) for item in ("BOOKS", "SIGN", "PARTY")},
    "setClearances DORM CLEARED": ("setClearances", _set("DORM", ONE)),
    "setClearances CARD CLEARED": ("setClearances", _set("CARD", ONE)),
    "setClearances FINAL CLEARED": ("setClearances", _set("FINAL", ONE)),
    "setClearances BOOKS CLEARED, of another college": ("setClearances", _set("BOOKS", THEIRS)),
    "setClearances FINAL CLEARED, of another college": ("setClearances", _set("FINAL", THEIRS)),
    "setClearances BOOKS NOT_REQUIRED": ("setClearances", _set("BOOKS", ONE, WAIVE, reason=Name("SPECIAL_APPROVAL"))),
    "setClearances BOOKS PENDING": ("setClearances", _set("BOOKS", ONE, REVOKE)),
    "setClearances BOOKS a note": ("setClearances", _set("BOOKS", ONE, None, note="x")),
    "setClearances BOOKS a range": ("setClearances", _set("BOOKS", RANGE)),
    "setClearances BOOKS a class": ("setClearances", _set("BOOKS", CLASS)),
    "setClearances BOOKS a whole filter": ("setClearances", _set("BOOKS", WHERE)),
    "setClearances BOOKS everybody except": ("setClearances", _set("BOOKS", EXCEPT)),
    "signStudents one": ("signStudents", SIGN),
    "signStudents a whole filter": ("signStudents", {"batch": BATCH, "select": WHERE, "dryRun": True}),
    "signStudents on behalf": ("signStudents", {**SIGN, "onBehalfOf": BY_TYPE["ID"], "reason": Name("ON_BEHALF")}),
    "issueCertificates one": ("issueCertificates", {"batch": BATCH, "select": ONE, "dryRun": True}),
    "issueCertificates of another college": ("issueCertificates", {"batch": BATCH, "select": THEIRS, "dryRun": True}),
    "issueCertificates a range": ("issueCertificates", {"batch": BATCH, "select": RANGE, "dryRun": True}),
    "updateUser a name": ("updateUser", {"username": NOTHING, "name": "x", "expectedVersion": 1}),
    "cancelSheet one": ("cancelSheet", {"batch": BATCH, "select": ONE, "reason": "x", "dryRun": True}),
    "importClearances one": (
        "importClearances",
        {"batch": BATCH, "item": "BOOKS", "status": CLEAR, "rows": [{"studentNo": STUDENT}], "dryRun": True},
    ),
    "syncClearances one": (
        "syncClearances",
        {
            "batch": BATCH,
            "item": "BOOKS",
            "source": "s",
            "rows": [{"studentNo": STUDENT, "settled": True, "observedAt": "2026-06-20T08:00:00+00:00"}],
            "dryRun": True,
        },
    ),
}


async def ask_mutations(world: Asked) -> Matrix:
    """Acts first, then every mutation of the schema, for everybody; signing out last."""
    made = world.api.core.mutation_type
    assert made is not None
    found = Matrix()
    for what, (name, given) in ACTS.items():
        for who in ASKERS:
            await _send(world, who, what, made.fields[name], f"{name}(input: {literal(given)})", found)
    for name in sorted(made.fields, key=lambda each: (each == LAST, each)):
        for what, call in _calls(name, made.fields[name]).items():
            for who in ASKERS:
                await SignInAttempt.all().delete()  # else nobody is heard after the tenth
                await _send(world, who, what, made.fields[name], call, found)
    for what in results(made):
        found.rows[what] = dict.fromkeys(ASKERS, REFUSED) | found.rows.get(what, {})
    return found


def _calls(name: str, field: GraphQLField) -> dict[str, str]:
    """A plain edit once for each field that it may write, because each has a right of its own; else the mutation."""
    if "expectedVersion" not in field.args or "input" not in field.args:
        return {name: f"{name}{arguments(field)}"}
    writable = get_named_type(field.args["input"].type)
    assert isinstance(writable, GraphQLInputObjectType)
    row = f"id: {literal(BY_TYPE['ID'])}, expectedVersion: 1"
    given = {each: literal(sample(of.type, each)) for each, of in writable.fields.items()}
    return {f"{name}({each})": f"{name}({row}, input: {{{each}: {value}}})" for each, value in given.items()}


def results(made: GraphQLObjectType) -> set[str]:
    """Every field of every type that mutations answer with."""
    answers = {get_named_type(field.type) for field in made.fields.values()}
    return {
        ".".join((each.name, *path)) for each in answers if isinstance(each, GraphQLObjectType) for path in paths(each)
    }


async def _send(world: Asked, who: str, what: str, field: GraphQLField, call: str, found: Matrix) -> None:
    answers = get_named_type(field.type)
    below = list(paths(answers)) if isinstance(answers, GraphQLObjectType) else []
    asked = f" {selection(answers, below)}" if isinstance(answers, GraphQLObjectType) else ""
    answer = await world.ask(who, f"mutation {{ done: {call}{asked} }}")
    data = (answer.data or {}).get("done")
    found.put(what, who, (refusal(answer, who) if data is None else None) or _of_rows(data))
    if data is None or not isinstance(answers, GraphQLObjectType):
        return
    for path in below:
        errors = refusal(answer, who, ["done", *path])
        told = errors or (VALUE if values(data, path) else EMPTY)
        _widest(found, ".".join((answers.name, *path)), who, told)


def _of_rows(data: Any) -> str:
    rows = data.get("rows") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not rows or any(row["outcome"] in ("APPLIED", "UNCHANGED") for row in rows):
        return DONE
    return f"row {rows[0]['code']}"


def _widest(found: Matrix, what: str, who: str, told: str) -> None:
    """Of several answers the one that told most."""
    before = found.rows.get(what, {}).get(who)
    if before != VALUE and not (before is not None and told == EMPTY):
        found.put(what, who, told)
