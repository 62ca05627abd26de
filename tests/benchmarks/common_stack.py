"""`python -m tests.benchmarks.common_stack DATABASE_URL PORT`: W1 to W3 as an experienced programmer commonly writes
them with Strawberry and Tortoise: models, types with a resolver for each relation, a DataLoader for each of them, so
that no relation asks row by row. No sessions, no policies, and Strawberry's caches of parsed and validated documents.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from tortoise import Tortoise, fields
from tortoise.models import Model

from models.database_url import parse
from tests.benchmarks.contenders import Reader
from tests.benchmarks.sending import post
from tests.benchmarks.servers import COMMON, serve
from tests.benchmarks.workloads import BATCH, Variables, Workload

# --- models: the columns that are asked for


class Batch(Model):
    code = fields.CharField(16)


class College(Model):
    code = fields.CharField(16)
    name = fields.CharField(64)


class Student(Model):
    student_no = fields.CharField(32)
    name = fields.CharField(64)


class Item(Model):
    code = fields.CharField(32)
    name = fields.CharField(64)


class Sheet(Model):
    class_name = fields.CharField(64)
    batch = fields.ForeignKeyField("models.Batch")
    student = fields.ForeignKeyField("models.Student")
    college = fields.ForeignKeyField("models.College")
    clearances: fields.ReverseRelation[Clearance]


class Clearance(Model):
    status = fields.SmallIntField()
    note = fields.CharField(255)
    decided_at = fields.DatetimeField(null=True)
    sheet = fields.ForeignKeyField("models.Sheet", related_name="clearances")
    item = fields.ForeignKeyField("models.Item", related_name="clearances")


# --- types


@strawberry.enum
class Status(IntEnum):
    PENDING = 1
    NOT_REQUIRED = 2
    CLEARED = 3


@strawberry.type(name="Student")
class StudentType:
    student_no: str
    name: str


@strawberry.type(name="College")
class CollegeType:
    name: str


@strawberry.type(name="Item")
class ItemType:
    code: str
    name: str


@strawberry.type(name="Clearance")
class ClearanceType:
    row: strawberry.Private[Clearance]
    status: Status
    note: str
    decided_at: datetime | None

    @strawberry.field
    async def item(self, info: strawberry.Info) -> ItemType:
        found = await info.context["items"].load(self.row.item_id)  # type: ignore[attr-defined]  # by Tortoise
        return ItemType(code=found.code, name=found.name)


@strawberry.type(name="Sheet")
class SheetType:
    row: strawberry.Private[Sheet]
    class_name: str

    @strawberry.field
    async def student(self, info: strawberry.Info) -> StudentType:
        found = await info.context["students"].load(self.row.student_id)  # type: ignore[attr-defined]  # by Tortoise
        return StudentType(student_no=found.student_no, name=found.name)

    @strawberry.field
    async def college(self, info: strawberry.Info) -> CollegeType:
        found = await info.context["colleges"].load(self.row.college_id)  # type: ignore[attr-defined]  # by Tortoise
        return CollegeType(name=found.name)

    @strawberry.field
    async def clearances(self, info: strawberry.Info) -> list[ClearanceType]:
        return [
            ClearanceType(row=each, status=Status(each.status), note=each.note, decided_at=each.decided_at)
            for each in await info.context["clearances"].load(self.row.id)
        ]


@strawberry.type
class SheetPage:
    nodes: list[SheetType]


@strawberry.type
class Query:
    @strawberry.field
    async def sheet(self, batch: str, student_no: str) -> SheetType | None:
        found = await Sheet.filter(batch__code=batch, student__student_no=student_no).first()
        return _typed(found) if found else None

    @strawberry.field
    async def sheets(
        self, batch: str, first: int, offset: int = 0, college: str | None = None, pending: str | None = None
    ) -> SheetPage:
        rows = Sheet.filter(batch__code=batch)
        if college is not None:
            rows = rows.filter(college__code=college)
        if pending is not None:
            rows = rows.filter(clearances__item__code=pending, clearances__status=Status.PENDING)
        return SheetPage(nodes=[_typed(each) for each in await rows.order_by("id").offset(offset).limit(first)])


def _typed(sheet: Sheet) -> SheetType:
    return SheetType(row=sheet, class_name=sheet.class_name)


# --- loading


def _by_id(model: type[Model]) -> DataLoader[int, Any]:
    async def load(ids: Sequence[int]) -> list[Any]:
        found = await model.in_bulk(ids, "id")
        return [found[each] for each in ids]

    return DataLoader(load)


async def _clearances(sheets: Sequence[int]) -> list[list[Clearance]]:
    found: dict[int, list[Clearance]] = {each: [] for each in sheets}
    for clearance in await Clearance.filter(sheet_id__in=sheets).order_by("id"):
        found[clearance.sheet_id].append(clearance)  # type: ignore[attr-defined]  # by Tortoise
    return [found[each] for each in sheets]


class Endpoint(GraphQL[Any, Any]):
    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
        return {
            "students": _by_id(Student),
            "colleges": _by_id(College),
            "items": _by_id(Item),
            "clearances": DataLoader(_clearances),
        }


def main(url: str, port: str) -> None:
    address = parse(url)
    engine = "tortoise.backends.asyncpg" if address.credentials else "tortoise.backends.sqlite"
    credentials = {**address.credentials, "application_name": COMMON, "maxsize": 10}
    database = {
        "engine": engine,
        "credentials": credentials if address.credentials else {"file_path": str(address.path)},
    }

    @contextlib.asynccontextmanager
    async def opened(_app: Starlette) -> AsyncIterator[None]:
        apps = {"models": {"models": [__name__], "default_connection": "default"}}
        config = {"connections": {"default": database}, "apps": apps}
        await Tortoise.init(config=config, use_tz=True, timezone="UTC", _enable_global_fallback=True)
        yield
        await Tortoise.close_connections()

    schema = strawberry.Schema(Query, extensions=[ParserCache, ValidationCache])
    routes = [Route("/readyz", lambda _request: Response()), Route("/graphql", Endpoint(schema))]
    serve(Starlette(routes=routes, lifespan=opened), port)


# --- asking it

SHOWN = "student { studentNo name } className college { name } clearances"
DOCUMENTS = {
    "W1": f"""
query ($no: String!) {{ sheet(batch: "{BATCH}", studentNo: $no) {{
  {SHOWN} {{ status note decidedAt item {{ code name }} }} }} }}""",
    "W2": f"""
query ($college: String!, $item: String!) {{ sheets(batch: "{BATCH}", first: 50, college: $college, pending: $item) {{
  nodes {{ {SHOWN} {{ status note item {{ name }} }} }} }} }}""",
    "W3": f"""
query ($offset: Int!) {{ sheets(batch: "{BATCH}", first: 1000, offset: $offset) {{
  nodes {{ {SHOWN} {{ status note decidedAt item {{ name }} }} }} }} }}""",
}


class Common(Reader):
    """Answers in the form of the API's."""

    def request(self, workload: Workload, given: Variables) -> bytes:
        return post("/graphql", {"query": DOCUMENTS[workload.name], "variables": given}, {})


if __name__ == "__main__":
    main(*sys.argv[1:])
