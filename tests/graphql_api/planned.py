"""Random questions, asked as everybody, planned and field by field: the answers must be the same to the byte.

`python -m tests.graphql_api.planned --examples 20000` asks many more than the test does, other ones each time; with
LIXIAO_TEST_DATABASE on PostgreSQL.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import orjson
from graphql import GraphQLSchema
from hypothesis import strategies as st

from graphql_api.answer import Answer
from graphql_api.context import Credentials
from graphql_api.errors import MOST_ERRORS
from graphql_api.execute import Api
from graphql_api.registry import Exposed, registry
from models import RoleAssignment, Session, User, database
from models.rules import tokens
from models.rules.actor import SYSTEM
from models.rules.sessions import hashed
from policies import store
from policies.access import Access
from policies.roles import ROLES
from tests.api import built_schema
from tests.fresh_databases import FreshPostgresql, FreshSqlite
from tests.graphql_api.random_documents import Permitted, Question, everything, questions, readable
from tests.graphql_api.random_values import Pool, Walk, Word
from tests.policies.season_of_all_kinds import World, make_world

NOBODY = "nobody"
LATER = timedelta(days=1)


@dataclass
class Stage:
    """Two doors to one database: `planned` plans, `plain` executes field by field. `people`: the credentials of each
    role, of others in the same role, of programs with tokens, of nobody."""

    planned: Api
    plain: Api
    people: dict[str, Credentials]
    pool: Pool
    permitted: dict[str, Permitted]

    @property
    def schema(self) -> GraphQLSchema:
        return self.plain.core

    @property
    def questions(self) -> st.SearchStrategy[tuple[str, Question, list[str]]]:
        """Whom a question suits, the question, and who asks it besides."""
        names = sorted(self.people)
        return st.sampled_from(names).flatmap(
            lambda who: st.tuples(
                st.just(who),
                questions(self.schema, self.pool, self.permitted[who]),
                st.lists(st.sampled_from(names), min_size=2, max_size=2),
            )
        )


async def make_stage() -> Stage:
    """On a connected, migrated, empty database: a season of all kinds, and everybody signed in."""
    world = await make_world()
    await store.publish_default()
    await store.STORE.refresh()
    schema = built_schema()
    stage = Stage(Api(schema), Api(schema, planned=False), await everybody(world), Pool(world.rows), {})
    for name, credentials in stage.people.items():
        stage.permitted[name] = await _permitted(stage, credentials)
    stage.pool = Pool(world.rows, {each.name: await _walks(stage, each) for each in registry()})
    return stage


async def everybody(world: World) -> dict[str, Credentials]:
    """Each role as somebody who holds nothing else; two of them for another unit, one in English, one with a token for
    some fields; a program with a token for two items."""
    units = world.ids
    made = {role: await _signed_in(world, role) for role, each in ROLES.items() if each.assignable}
    made["counsellor of another college"] = await _signed_in(world, "counsellor", college_id=units["other_college"])
    made["operator of finance"] = await _signed_in(world, "operator", department_id=units["finance"])
    made["office in English"] = Credentials(session=made["office"].session, locale="en")
    fields = ["Student.studentNo", "Student.name", "Sheet.student", "Clearance.status"]
    made["registrar by token"] = await _by_token("as-registrar", fields=fields)
    made["campus_app"] = await _by_token("as-campus_app", items=["BOOKS", "CARD"])
    made["with an old session"] = Credentials(session="ended long ago")
    return {**made, NOBODY: Credentials()}


async def _signed_in(world: World, role: str, **units: int) -> Credentials:
    known = {"student": world.ids["leaver"], "supervisor": world.ids["supervisor"]}
    username = f"as-{role}{''.join(map(str, units.values()))}"
    user_id = known.get(role) or (await User.create(username=username, name=username)).id
    kinds = {"college_id": units or {"college_id": world.ids["college"]}}
    kinds["department_id"] = units or {"department_id": world.ids["library"]}
    held = next((kinds[f"{kind}_id"] for kind in sorted(ROLES[role].units - {"none"})), {})
    await RoleAssignment.create(user_id=user_id, role=role, **held)
    await Session.create(token_hash=hashed(username), user_id=user_id, role=role, expires_at=datetime.now(UTC) + LATER)
    return Credentials(session=username)


async def _by_token(username: str, **limits: Any) -> Credentials:
    return Credentials(bearer=(await tokens.create_token(SYSTEM, username, **limits)).secret)


async def _permitted(stage: Stage, credentials: Credentials) -> Permitted:
    """What the questions of a caller are mostly about; nobody's may be about everything, for all are refused."""
    access = await access_of(credentials)
    return everything if access is None else readable(access, stage.schema)


async def access_of(credentials: Credentials) -> Access | None:
    """What a caller may do; None for nobody."""
    from graphql_api.authentication import authenticate
    from graphql_api.context import Context

    context = Context(credentials, "zh_CN")
    await authenticate(context)
    return context.rights


# --- places to go on from


async def _walks(stage: Stage, exposed: Exposed) -> list[Walk]:
    """Cursors in the default order and in some others: by an empty column, by a relation, from the end."""
    asked: list[list[dict[str, Any]]] = [[], [{"id": Word("DESC")}]]
    asked += [[{each.graphql: Word("DESC")}] for each in exposed.columns.values() if each.nullable][:2]
    asked += [[{each.graphql: {"id": Word("ASC")}}] for each in exposed.ones.values()][:2]
    found = [Walk(order, await _cursors(stage, exposed, order)) for order in asked]
    return [each for each in found if each.cursors]


async def _cursors(stage: Stage, exposed: Exposed, order: list[dict[str, Any]]) -> list[str]:
    """Of the first who may walk there and sees rows."""
    document = (
        f"query ($order: [{exposed.name}Order!]) {{ {exposed.plural}(orderBy: $order) {{ edges {{ cursor }} }} }}"
    )
    for who in ("auditor", "office", "account_admin", "policy_admin"):
        answer = await stage.plain.execute(document, {"order": order}, credentials=stage.people[who])
        if not answer.errors:
            return [each["cursor"] for each in answer.body()["data"][exposed.plural]["edges"]]
    return []


# --- comparing


@dataclass
class Tally:
    """How many answers were compared, by what came of them, and by how they were executed."""

    outcomes: Counter[str] = field(default_factory=Counter)
    plans: Counter[str] = field(default_factory=Counter)

    @property
    def compared(self) -> int:
        return sum(self.outcomes.values())

    def add(self, answer: Answer) -> None:
        self.outcomes[answer.code or "answered"] += 1
        self.plans[answer.plan] += 1


async def compare(stage: Stage, who: str, question: Question, others: Sequence[str], tally: Tally) -> None:
    """Asks as `who`, as others in between, with other values, and as `who` again: a plan that was kept for one must
    not serve another, nor with the values of before. Raises AssertionError where the two doors differ."""
    known: dict[tuple[str, int], Shown] = {}
    for name, number in ((who, 0), (others[0], 0), (who, 1), (others[1], 1), (who, 0)):
        if (name, number) not in known:
            known[name, number] = shown(await ask(stage.plain, stage.people[name], question, number))
        answer = await ask(stage.planned, stage.people[name], question, number)
        tally.add(answer)
        found, meant = shown(answer), known[name, number]
        assert "INTERNAL" not in str(meant), (name, question, number, meant)
        assert found.same_as(meant), f"as {name}, values {number}: {question}\nplanned: {found}\nplain:   {meant}"


async def ask(api: Api, credentials: Credentials, question: Question, number: int) -> Answer:
    return await api.execute(question.document, question.variables[number], question.operation, credentials)


@dataclass(frozen=True)
class Shown:
    """An answer for comparing: `data` as text, in its order, and each error by the place where it happened."""

    data: str
    errors: dict[str, str]

    def same_as(self, other: Shown) -> bool:
        """Root fields are read side by side, and the first that fails where there must be something ends the others:
        whose error that is, or which few of many are told, is nobody's business. At the same place there must be the
        same error."""
        if self.data != other.data or bool(self.errors) != bool(other.errors):
            return False
        if self.data != "null" and len(self.errors) < MOST_ERRORS:
            return self.errors == other.errors
        return all(self.errors[place] == other.errors[place] for place in self.errors.keys() & other.errors.keys())


def shown(answer: Answer) -> Shown:
    body: Mapping[str, Any] = orjson.loads(answer.written())
    errors = {str(each.get("path")): orjson.dumps(each).decode() for each in body.get("errors", ())}
    return Shown(orjson.dumps(body["data"]).decode() if "data" in body else "nothing", errors)


# --- by hand


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="python -m tests.graphql_api.planned", description=__doc__)
    options.add_argument("--examples", type=int, default=2_000)
    chosen = options.parse_args(arguments)
    with asyncio.Runner() as runner:
        for line in run(runner, chosen.examples):
            sys.stdout.write(f"{line}\n")


def run(runner: asyncio.Runner, examples: int) -> Iterator[str]:
    """On a database of its own. Hypothesis raises what does not agree, made as small as it can be."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        server = os.environ.get("LIXIAO_TEST_DATABASE", "")
        maker = FreshPostgresql(server) if server else FreshSqlite(Path(folder))
        runner.run(maker.start())
        try:
            runner.run(database.connect(runner.run(maker.make_migrated(Path(folder)))))
            stage = runner.run(make_stage())
            settings = hypothesis.settings(
                max_examples=examples, deadline=None, database=None, suppress_health_check=[*hypothesis.HealthCheck]
            )

            @settings
            @hypothesis.given(stage.questions)
            def every(asked: tuple[str, Question, list[str]]) -> None:
                runner.run(compare(stage, *asked, tally))

            every()
            runner.run(database.disconnect())
        finally:
            runner.run(maker.stop())
    yield f"{tally.compared} answers compared: {dict(tally.outcomes)}"
    yield f"executed: {dict(tally.plans)}"


if __name__ == "__main__":
    main()
