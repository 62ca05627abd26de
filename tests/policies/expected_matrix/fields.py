"""Asks for every field of the schema as everybody: which rows, and of each row which fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLObjectType

from graphql_api import ids
from graphql_api.answer import Answer
from graphql_api.limits import MOST_ROOT_FIELDS
from graphql_api.lookups import key_parts
from graphql_api.registry import Column, Exposed, ToMany, ToOne, registry
from tests.policies.expected_matrix.selections import WHOLE_PAGE, Path, literal, paths, paths_of, selection, values
from tests.policies.expected_matrix.table import ASKERS, NOBODY, REFUSED, Matrix
from tests.policies.expected_matrix.world import Asked

HEAD = """
What everybody reads: each field of each type of the schema, asked of all rows that the asker sees.

Query.students     how many rows he sees. Query.students.totalCount, Query.student …: asked on their own
Student.phone      value: in every row that he sees and that has one; some: in some of them, null in the others;
                   empty: he may ask, and gets it of no row
Sheet.progress.…   fields of what a rule works out
"""
ALL_ROWS = 500
VALUE, SOME, EMPTY = "value", "some", "empty"

Row = Mapping[str, Any]


async def ask_fields(world: Asked) -> Matrix:
    """Every object and every field of Query, for everybody."""
    found = Matrix()
    for exposed in registry():
        asking = _Asking(world, exposed, found)
        for who in ASKERS:  # one after the other with the same documents: they are parsed and validated once
            await asking.ask(who)
    await _roots(world, found)
    return found


def refusal(answer: Answer, who: str, path: Sequence[Any] = ()) -> str | None:
    """Why there is no answer at this place, or at all; None when there is one."""
    for error in answer.errors:
        if not answer.ran or (error.get("path") or [])[: len(path)] == list(path):
            code = str(error["extensions"]["code"])
            return REFUSED if code == ("UNAUTHENTICATED" if who == NOBODY else "FORBIDDEN") else code
    return None


# --- the fields of one object


@dataclass
class _Asking:
    """One object of the registry, to be asked for by one asker after the other."""

    world: Asked
    exposed: Exposed
    found: Matrix

    @property
    def made(self) -> GraphQLObjectType:
        made = self.world.api.core.type_map[self.exposed.name]
        assert isinstance(made, GraphQLObjectType)
        return made

    async def ask(self, who: str) -> None:
        """Rows first: fields are then asked of one that he sees, if there is any. Rights come before rows."""
        seen = await self._rows(who)
        permitted = await self._fields(who, seen[0] if seen else self.world.id_of(self.exposed.name))
        nodes = await self._read(who, permitted) if seen else []
        for path in permitted if nodes else ():
            self._found(who, path, self._outcome(path, nodes))

    def _found(self, who: str, path: Path, outcome: str) -> None:
        self.found.put(".".join((self.exposed.name, *path)), who, outcome)

    async def _rows(self, who: str) -> list[str]:
        plural = self.exposed.plural
        answer = await self.world.ask(who, f"{{ {plural}(first: {ALL_ROWS}) {{ totalCount {WHOLE_PAGE} }} }}")
        seen, outcome = values(answer.data, (plural, "nodes", "id")), refusal(answer, who)
        self.found.put(f"Query.{plural}", who, outcome or _counted(len(seen)))
        if outcome:  # a number alone may still be had
            answer = await self.world.ask(who, f"{{ {plural} {{ totalCount }} }}")
        self.found.put(f"Query.{plural}.totalCount", who, refusal(answer, who) or VALUE)
        return seen

    async def _fields(self, who: str, row_id: str) -> list[Path]:
        """The fields that are not refused outright, each asked on its own; and the ways to name one row."""
        singular, ways = self.exposed.singular, self._ways(row_id)
        asked = {f"Query.{singular}{shown}": f"{singular}({given}) {{ id }}" for shown, given in ways.items()}
        every = {".".join((self.exposed.name, *path)): path for path in paths(self.made)}
        for what, path in every.items():
            asked[what] = f'{singular}(id: "{row_id}") {selection(self.made, [path])}'
        outcomes = await self._each(who, list(asked.values()))
        for what, outcome in zip(asked, outcomes, strict=True):
            self.found.put(what, who, EMPTY if outcome == VALUE and what in every else outcome)
        return [path for what, path in every.items() if self.found[what][who] == EMPTY]

    async def _each(self, who: str, asked: list[str]) -> list[str]:
        """The outcome of each of these fields of Query, as many at once as a document may ask for."""
        outcomes: list[str] = []
        for start in range(0, len(asked), MOST_ROOT_FIELDS):
            some = asked[start : start + MOST_ROOT_FIELDS]
            answer = await self.world.ask(who, "{ " + " ".join(f"a{n}: {each}" for n, each in enumerate(some)) + " }")
            for n in range(len(some)):
                there = VALUE if values(answer.data, (f"a{n}",)) else EMPTY
                outcomes.append(refusal(answer, who, [f"a{n}"]) or there)
        return outcomes

    def _ways(self, row_id: str) -> dict[str, str]:
        """By its id, and by the key that people use."""
        ways = {"": f'id: "{row_id}"'}
        if parts := key_parts(self.exposed, registry()):
            given = (f"{part.name}: {literal(self._key(row_id, part.route))}" for part in parts)
            ways[f"({', '.join(part.name for part in parts)})"] = ", ".join(given)
        return ways

    def _key(self, row_id: str, route: tuple[str, ...]) -> Any:
        row, member = self._truth(row_id), self.exposed.members[route[0]]
        if isinstance(member, ToOne):
            target = registry()[member.target]
            row, member = self.world.truth[target.name][row[member.column]], target.members[route[1]]
        assert isinstance(member, Column)
        return row[member.column]

    def _truth(self, row_id: str) -> Mapping[str, Any]:
        return self.world.truth[self.exposed.name][ids.decode(self.exposed.name, row_id)]

    async def _read(self, who: str, permitted: list[Path]) -> list[dict[str, Any]]:
        wanted = permitted if ("id",) in permitted else [("id",), *permitted]
        document = f"{{ {self.exposed.plural}(first: {ALL_ROWS}) {{ nodes {selection(self.made, wanted)} }} }}"
        answer = await self.world.ask(who, document)
        assert not answer.errors, (who, document, answer.errors)
        assert answer.data is not None
        return list(answer.data[self.exposed.plural]["nodes"])

    def _outcome(self, path: Path, nodes: list[dict[str, Any]]) -> str:
        with_value = [node for node in nodes if values(node, path)]
        member = self.exposed.members.get(path[0])
        if not with_value:
            return EMPTY
        if member is None or isinstance(member, ToMany):
            return VALUE
        having = [node for node in nodes if self._truth(node["id"])[member.column] not in (None, [])]
        return VALUE if len(with_value) >= len(having) else SOME


def _counted(count: int) -> str:
    return {0: EMPTY, 1: "1 row"}.get(count, f"{count} rows")


# --- the fields of Query that are no object of the registry


async def _roots(world: Asked, found: Matrix) -> None:
    """Who asks, the metadata, the policy."""
    query = world.api.core.query_type
    assert query is not None
    objects = {name for each in registry() for name in (each.plural, each.singular)}
    for name in query.fields.keys() - objects:
        for who in ASKERS:
            await _root(world, who, query, paths_of(query, name), found)


async def _root(world: Asked, who: str, query: GraphQLObjectType, every: list[Path], found: Matrix) -> None:
    """All fields at once; one by one where some are refused and others are not."""
    answer = await world.ask(who, selection(query, every))
    if len(every) > 1 and any(len(error.get("path") or ()) > 1 for error in answer.errors):
        for path in every:
            await _root(world, who, query, [path], found)
        return
    for path in every:
        outcome = refusal(answer, who) or (VALUE if values(answer.data, path) else EMPTY)
        found.put(".".join(("Query", *path)), who, outcome)
