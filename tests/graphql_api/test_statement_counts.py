"""Statements do not grow with rows (P6): every list with 1, 10 and 50 rows, every single row, by either way to execute.

Each page shows all columns, one step along every relation and list, and everything that is worked out by rules.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type

from graphql_api.context import Credentials
from graphql_api.execute import Api
from graphql_api.registry import registry
from models import RoleAssignment, Session, User, database
from models.rules.sessions import hashed
from policies import store
from policies.rules import PolicyTable, parse_csv, read_csv
from tests.api import built_schema
from tests.fresh_databases import FreshDatabases
from tests.graphql_api.asking import core
from tests.graphql_api.full_rows import fill, gaps, make_full_rows

#: Without these, what may be done next is answered without looking.
ACTIONS = (
    *(("Clearance", action) for action in ("clear", "revoke", "waive", "sign_on_behalf")),
    ("Certificate", "issue"),
    ("Operation", "undo"),
    ("Api", "ask_freely"),
)
ME = Credentials(session="sees everything")
SIZES = (1, 10, 50)
OBJECTS = [each.name for each in registry()]


@pytest.fixture(scope="module")
async def apis(
    fresh_databases: FreshDatabases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[bool, Api]]:
    """Planned and not, over many full rows, for somebody who sees all of them."""
    await database.connect(await fresh_databases.make_migrated(tmp_path_factory.mktemp("counts")))
    await make_full_rows()
    user = await User.create(username="everything", name="x")
    await RoleAssignment.create(user=user, role="auditor")
    session = {"token_hash": hashed(ME.session or ""), "user": user, "role": "auditor"}
    await Session.create(**session, expires_at=datetime.now(UTC) + timedelta(days=1))
    seeing = [f"auditor,{name},*,read,all,allow," for name in OBJECTS]
    acting = [f"auditor,{name},*,{action},all,allow," for name, action in ACTIONS]
    table = parse_csv([*seeing, *acting])
    await store.put_in_force(PolicyTable(table.rules, read_csv().parents), expected=0, comment="x")
    await store.STORE.refresh()
    await fill()
    schema = built_schema()
    yield {planned: Api(schema, planned=planned) for planned in (True, False)}
    await database.disconnect()


def wide(name: str) -> str:
    """Everything of an object but sensitive columns, with the columns of what is one step away."""
    kind = core().type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    parts = []
    for field, each in kind.fields.items():
        member = registry()[name].members.get(field)
        target = get_named_type(each.type)
        if member is None or not getattr(getattr(member, "note", None), "sensitive", False):
            parts.append(f"{field} {below(target)}")
    return f"{{ {' '.join(parts)} }}"


def below(kind: Any) -> str:
    """The first level of what is one step away; of what is worked out, all."""
    if not isinstance(kind, GraphQLObjectType):
        return ""
    inner = kind.fields.items()
    if kind.name in registry():
        exposed = registry()[kind.name]
        shown = [name for name, each in exposed.members.items() if name in exposed.columns and not each.note.sensitive]
        return f"{{ {' '.join(['id', 'displayLabel', *shown])} }}"
    return f"{{ {' '.join(f'{name} {below(get_named_type(each.type))}' for name, each in inner)} }}"


async def counted(api: Api, document: str, **variables: Any) -> tuple[int, Any]:
    """How many statements the question itself takes, and its data. Who asks, and under which policy, is looked up by
    the clock."""
    with database.statements() as sent:
        answer = await api.execute(document, variables, credentials=ME)
    assert answer.errors == []
    return sum("policy_head" not in each and "token_hash" not in each for each in sent), answer.body()["data"]


async def test_no_relation_is_empty(apis: dict[bool, Api]) -> None:
    assert await gaps() == []


@pytest.mark.parametrize("planned", [True, False], ids=["planned", "field by field"])
@pytest.mark.parametrize("name", OBJECTS)
async def test_a_page_takes_as_many_statements_whatever_its_size(
    apis: dict[bool, Api], name: str, planned: bool
) -> None:
    plural = registry()[name].plural
    document = f"query ($n: Int) {{ {plural}(first: $n) {{ totalCount nodes {wide(name)} edges {{ cursor }} }} }}"
    found = {}
    for size in SIZES:
        found[size], data = await counted(apis[planned], document, n=size)
        assert len(data[plural]["nodes"]) == len(data[plural]["edges"]) == size
    assert found[1] == found[10] == found[50], found


@pytest.mark.parametrize("planned", [True, False], ids=["planned", "field by field"])
@pytest.mark.parametrize("name", OBJECTS)
async def test_one_row_takes_no_more_than_a_page_of_rows(apis: dict[bool, Api], name: str, planned: bool) -> None:
    exposed = registry()[name]
    _, data = await counted(apis[planned], f"{{ {exposed.plural}(first: 1) {{ nodes {{ id }} }} }}")
    [row] = data[exposed.plural]["nodes"]
    single, data = await counted(
        apis[planned], f"query ($id: ID) {{ {exposed.singular}(id: $id) {wide(name)} }}", id=row["id"]
    )
    assert data[exposed.singular]["id"] == row["id"]
    page, _ = await counted(apis[planned], f"{{ {exposed.plural}(first: 50) {{ nodes {wide(name)} }} }}")
    assert single <= page  # a page of events asks besides how far they may be told


def test_what_is_asked_for_is_all_there_is() -> None:
    """A new relation or computed field is in these pages by itself."""
    for each in registry():
        text = wide(each.name)
        for name in core().type_map[each.name].fields:
            sensitive = getattr(getattr(each.members.get(name), "note", None), "sensitive", False)
            assert sensitive or f" {name} " in text, f"{each.name}.{name}"
