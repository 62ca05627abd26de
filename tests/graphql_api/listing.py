"""Lists handed in as files, as an app does it: uploaded, then named in the import."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import openpyxl

from graphql_api import ids
from graphql_api.jobs import TAKER
from models import Operation
from models.enums import OperationState
from tests.api import Desk
from tests.graphql_api.odd_files import workbook

LOOK_AGAIN = 0.5  # seconds, at the latest
ROWS = "rows { row cell column studentNo itemCode outcome code message ignored { field label } by }"
RESULT = f"dryRun applied unchanged refused message ignored {{ field label count }} {ROWS} operation {{ id }}"
MUTATIONS = {
    "importClearances": "ImportClearancesInput",
    "importPeople": "ImportPeopleInput",
    "importCertificates": "ImportCertificatesInput",
    "loadRoster": "LoadRosterInput",
}


async def upload(desk: Desk, content: bytes, name: str = "lixiao.xlsx") -> str:
    """The id of the stored file."""
    headers = {**desk.headers, **({"X-CSRF-Token": desk.csrf} if desk.csrf else {})}
    response = await desk.http.post(f"/files?name={name}", content=content, headers=headers)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def download(desk: Desk, file_id: str) -> bytes:
    response = await desk.http.get(f"/files/{file_id}", headers=desk.headers)
    assert response.status_code == 200, response.text
    return bytes(response.content)


def mutation(name: str) -> str:
    return f"mutation ($input: {MUTATIONS[name]}!) {{ {name}(input: $input) {{ {RESULT} }} }}"


async def sent(desk: Desk, name: str, content: bytes | Sequence[Sequence[Any]], **asked: Any) -> dict[str, Any]:
    """What the import of a file answers; `content` may be its rows."""
    made = content if isinstance(content, bytes) else workbook(*content)
    given = {"batch": "2026-06", "file": await upload(desk, made), **asked}
    return dict((await desk.query(mutation(name), input=given))[name])


async def failed(desk: Desk, name: str, content: bytes | Sequence[Sequence[Any]], **asked: Any) -> dict[str, Any]:
    """The error of a file that is refused as a whole."""
    made = content if isinstance(content, bytes) else workbook(*content)
    given = {"batch": "2026-06", "file": await upload(desk, made), **asked}
    return await desk.error(mutation(name), input=given)


async def ended(desk: Desk, operation: str) -> dict[str, Any]:
    """What became of an import that is a job, once it has ended; asked before, the API would be asked too often."""
    document = "query ($id: ID!) { operation(id: $id) { state applied unchanged refused } }"
    while (await Operation.get(id=ids.split(operation)[1])).state is OperationState.RUNNING:
        await (TAKER.something_ended(LOOK_AGAIN) if TAKER.running else TAKER.work_off())
    return dict((await desk.query(document, id=operation))["operation"])


def refused(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Cell, code and message of each refused row."""
    return [(row["cell"], row["code"], row["message"]) for row in result["rows"] if row["outcome"] == "REFUSED"]


def sheet_of(content: bytes, place: int = 0) -> list[list[Any]]:
    """The cells of a sheet."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [[cell.value for cell in row] for row in book.worksheets[place].iter_rows()]
