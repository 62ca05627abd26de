"""The rows of an operation, read later: paged, and only what the caller may see of them (R9, B1, invariant 14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from strawberry import UNSET
from strawberry.dataloader import DataLoader

from graphql_api.computed import computed
from graphql_api.context import Context
from graphql_api.mutations.row_changes import RowKey, Told, told_of
from graphql_api.mutations.row_results import RowResult, row_result
from graphql_api.mutations.unpermitted import sentences
from graphql_api.registry import registry
from graphql_api.types import Parameter
from graphql_api.values import bad
from models.declare import Words
from models.enums import Outcome
from models.rules import operation_rows
from models.rules.operation_rows import Key, Stored
from models.rules.results import ActResult, RowOutcome
from models.rules.selection import is_everything
from models.rules.under_way import percents
from policies.access import Access

FIRST = 50
MOST = 1_000
FARTHEST = 10_000_000
MOST_OPERATIONS = 100
MOST_ROWS = 2**31 - 1

ARGUMENTS = {
    "first": Parameter(int | None, Words("前几行,0–1000,默认 50", "How many rows, 0 to 1000; 50 unless told"), UNSET),
    "offset": Parameter(int | None, Words("跳过几行", "Rows to skip"), UNSET),
    "outcome": Parameter(Outcome | None, Words("只看这种结果", "Rows that came out so"), UNSET),
}
ROWS = Words("明细,按提交的顺序", "Its rows, in the order they were asked for")

#: Whoever reads what became of these reads their status.
TOLD = {"Clearance": ("status",), "Certificate": ("status",)}
#: Facts of a refusal that name people.
NAMES = frozenset({"name", "given", "found", "owner", "owner_no"})


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of which operation."""

    operation_id: int
    first: int
    offset: int
    outcome: Outcome | None


@computed("Operation", "progress", int, Words("进度(百分比)", "How far it is, in percent"), needs=("progress",))
async def progress(operation_ids: list[int], context: Context) -> Mapping[int, int]:
    """As it is recorded; of what this process is carrying out, as it is now."""
    recorded, here = await operation_rows.progress_of(operation_ids), percents()
    return {each: max(here.get(each, 0), percent) for each, percent in recorded.items()}


async def _asked(operation_id: int, context: Context, arguments: Mapping[str, Any]) -> list[RowResult]:
    """One page. Of all operations of a list that are asked for the same, the rows are read together."""
    first, offset = arguments.get("first"), arguments.get("offset")
    first, offset = FIRST if first is None else first, 0 if offset is None else offset
    for name, number, most in (("first", first, MOST), ("offset", offset, FARTHEST)):
        if not 0 <= number <= most:
            raise bad((name,), "OUT_OF_RANGE", minimum=0, maximum=most)
    if "operation rows" not in context.kept:
        context.kept["operation rows"] = DataLoader(lambda pages: _pages(pages, context))
    found: list[RowResult] = await context.kept["operation rows"].load(
        Page(operation_id, first, offset, arguments.get("outcome"))
    )
    return found


@computed("Operation", "rows", list[RowResult], ROWS, arguments=ARGUMENTS, asked=_asked)
async def rows(operation_ids: list[int], context: Context) -> Mapping[int, int]:
    """Each operation is told its own id; its rows are read when their arguments are known."""
    return {each: each for each in operation_ids}


async def refused_of(context: Context, operation_id: int) -> list[RowResult]:
    """All rows of one operation that were refused, as far as the caller sees them."""
    page = Page(operation_id, MOST_ROWS, 0, Outcome.REFUSED)
    return (await _alike([page], context))[page]


async def _pages(pages: list[Page], context: Context) -> list[list[RowResult]]:
    alike: dict[tuple[int, int, Outcome | None], list[Page]] = {}
    for page in pages:
        alike.setdefault((page.first, page.offset, page.outcome), []).append(page)
    found: dict[Page, list[RowResult]] = {}
    for each in alike.values():
        found |= await _alike(each, context)
    return [found[page] for page in pages]


async def _alike(pages: Sequence[Page], context: Context) -> dict[Page, list[RowResult]]:
    """Pages of several operations that differ in nothing else."""
    some, operation_ids = pages[0], {page.operation_id for page in pages}
    if len(operation_ids) > MOST_OPERATIONS:
        raise bad(("rows",), "TOO_MANY", count=len(operation_ids), limit=MOST_OPERATIONS)
    enough = some.offset + some.first
    keys = await operation_rows.keys_of(operation_ids, some.outcome, enough)
    visible = await _visible(context, keys)
    if len(visible) < len(keys):  # what is not visible does not count: further rows move up
        visible = await _visible(context, await operation_rows.keys_of(operation_ids, some.outcome, MOST_ROWS))
    of: dict[int, list[Key]] = {each: [] for each in operation_ids}
    for key in visible:
        of[key.operation_id].append(key)
    chosen = {page: of[page.operation_id][page.offset : enough] for page in pages}
    stored = await operation_rows.load([key for keys in chosen.values() for key in keys])
    told = await _told(context, stored)
    return {page: [row for key, row in told if key == page.operation_id] for page in pages}


async def _visible(context: Context, keys: Sequence[Key]) -> list[Key]:
    """The rows about things that the caller sees now. What was about nothing that is there tells of a number that
    somebody typed: to him, and to whoever sees everybody."""
    access = context.access
    seen: dict[str, set[int]] = {}
    for name in {key.object for key in keys}:
        reach = access.rows(name, "read", TOLD.get(name)) if name in registry() else None
        ids = {key.object_id for key in keys if key.object == name and key.object_id is not None}
        seen[name] = set() if reach is None else await operation_rows.among(registry()[name].model, reach, ids)
    everybody = _sees_everybody(access)
    actors = {} if everybody else await operation_rows.actors_of({key.operation_id for key in keys})
    return [
        key
        for key in keys
        if (
            key.object_id in seen[key.object]
            if key.object_id is not None
            else everybody or actors[key.operation_id] == context.caller.user_id
        )
    ]


def _sees_everybody(access: Access) -> bool:
    sheets = access.rows("Sheet", "read")
    return sheets is not None and is_everything(sheets)


async def _told(context: Context, stored: Sequence[Stored]) -> list[tuple[int, RowResult]]:
    """The rows with their operations; without the names that the caller may not read."""
    reach = context.access.rows("Student", "read", ("name",))
    numbers = {each.outcome.student_no for each in stored}
    named = set() if reach is None else await operation_rows.numbers_among(reach, numbers)
    edited = await told_of(context, [each.outcome for each in stored])
    lacking = await _lacking(context, stored)
    return [
        (
            each.operation_id,
            _row(context, each, edited, lacking.get(each.operation_id, {}), named=each.outcome.student_no in named),
        )
        for each in stored
    ]


async def _lacking(context: Context, stored: Sequence[Stored]) -> dict[int, Mapping[str | None, str]]:
    """By operation: of the caller's own lists, the sentences on the items that his acting role may not import."""
    of: dict[int, list[RowOutcome]] = {}
    for each in stored:
        own = each.actor_id == context.caller.user_id and each.role == context.caller.role
        if own and each.imported and each.outcome.refusal is not None:
            of.setdefault(each.operation_id, []).append(each.outcome)
    return {
        operation_id: await sentences(context, ActResult(operation_id, True, rows), ("Clearance", "import"))
        for operation_id, rows in of.items()
    }


def _row(
    context: Context,
    stored: Stored,
    edited: Mapping[RowKey, Told],
    lacking: Mapping[str | None, str],
    *,
    named: bool,
) -> RowResult:
    outcome = stored.outcome
    if not named:
        refusal = outcome.refusal
        if refusal is not None:
            refusal = replace(refusal, facts={name: each for name, each in refusal.facts.items() if name not in NAMES})
        outcome = replace(outcome, name=None, refusal=refusal)
    return row_result(outcome, context.locale, stored.kind, lacking, edited)
