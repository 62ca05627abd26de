"""Lists of people: who leaves and has no record yet (R18)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import strawberry

from graphql_api.context import Context, Info
from graphql_api.errors import bad_input
from graphql_api.import_columns import ImportKind
from graphql_api.mutations.asked import optional
from graphql_api.mutations.cells import Cell, read
from graphql_api.mutations.listed import Chosen, chosen, file_argument, listed
from graphql_api.mutations.long_acts import is_long, list_begun
from graphql_api.mutations.outcomes import OperationResult, carried_out
from graphql_api.naming import camel, described, description
from graphql_api.rights import require
from models.declare import Words, note_of
from models.enums import OperationKind
from models.people import Student
from models.rules import naming, people_import
from models.rules.clearances import ErrorPolicy
from models.rules.job_work import Told
from models.rules.people_import import PersonRow
from models.rules.person_cells import COLUMNS
from models.rules.under_way import in_turns
from models.season import Sheet

BUILDING = Words("楼栋代码或名称", "by code or name")
OF_THE_LIST = Words("可不写;写了须与整份名单一致", "may be left out; must be that of the whole list")


def _row_input() -> Any:
    """One cell for each column of a person, as the model has them."""
    made: Any = type("PersonRowInput", (), {"__module__": __name__})
    notes = {name: description(note_of(Student, name)) for name in COLUMNS}
    notes["building"] = description(note_of(Student, "building")) + f"\n{BUILDING.zh} · {BUILDING.en}"
    notes["leave_type"] = description(note_of(Sheet, "leave_type"))
    notes["batch"] = described(note_of(Sheet, "batch").label, OF_THE_LIST)
    notes["college"] = described(note_of(Student, "college").label, OF_THE_LIST)
    made.__annotations__ = {**dict.fromkeys(notes, Cell | None), "row": int | None}
    for name, text in notes.items():
        setattr(made, name, strawberry.field(name=camel(name), description=text, default=None))
    made.row = optional("行号", "Where the row stands in the list")
    return strawberry.input(made, description="一名离校人员 · One leaver; a bad cell refuses its own row")


if TYPE_CHECKING:
    PersonRowInput = Any  # generated from the model
else:
    PersonRowInput = _row_input()


@strawberry.input(description="离校人员名单 · A college's list of leavers")
class ImportPeopleInput:
    """`college`: whose list it is; may be left out by whoever acts for one."""

    batch: str
    rows: list[PersonRowInput] | None = None
    file: strawberry.ID | None = file_argument()
    college: str | None = None
    dry_run: bool = False
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID


async def import_people(info: Info, input: ImportPeopleInput) -> OperationResult:  # noqa: A002  # the contract's
    """离校人员导入 · A record for everybody who has none, and a sheet for everybody (R18).

    Of one's own college only; whoever has a record keeps it as it is; a second line of the same number is refused.
    """
    permit = await require(info.context, "Student", "import")
    college = await _college(info.context, input.college)
    table = await listed(info.context, input, ImportKind.PEOPLE, PersonRowInput)
    of_list = await chosen(table.rows, batch=input.batch, college=college)
    key = table.idempotency(info.context, "importPeople", input)
    rows = await in_turns(table.rows, lambda each: _person(each, of_list))
    if is_long(rows, table.file):
        asked = Told(input.batch, input.dry_run, input.error_policy, college=college, file=table.file)
        return await list_begun(info, OperationKind.IMPORT_PEOPLE, rows, asked, ("Student", "import"), key)
    act = people_import.import_people(
        info.context.caller.actor,
        batch=input.batch,
        college=college,
        rows=rows,
        permit=permit,
        dry_run=input.dry_run,
        error_policy=input.error_policy,
        idempotency=key,
        file=table.file,
    )
    return await carried_out(info, OperationKind.IMPORT_PEOPLE, act, ("Student", "import"))


def _person(asked: Any, of_list: Chosen) -> PersonRow:
    def reading() -> None:
        of_list.check("batch", asked.batch)
        of_list.check("college", asked.college)

    cells = {name: getattr(asked, name) for name in (*COLUMNS, "building", "leave_type")}
    refusal = read(reading, None)[1]
    return PersonRow({name: cell for name, cell in cells.items() if cell is not None}, row=asked.row, refusal=refusal)


async def _college(context: Context, asked: str | None) -> str:
    if asked:
        return asked
    own = await naming.college_codes(context.caller.colleges)
    if len(own) != 1:
        raise bad_input("college", problem="WHICH_COLLEGE")
    return own[0]


FIELDS = {"import_people": import_people}
