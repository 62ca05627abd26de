"""`lixiao check`: recounts the invariants on any database and names the first offenders; repairs nothing.

What is recounted for each number of the invariants:

 1  no person with two active sheets, no two sheets of one student in a batch, and `holder` as it must be
 2  no two clearances of one item on a sheet, none of another batch's item, none of a text-only item
 3  no FINAL cleared while a required item is pending; FINAL never NOT_REQUIRED, an optional item never PENDING
 4  nothing issued while a required item is pending, or without a printed number
 5  no event of a clearance after its sheet was issued, moved or cancelled
 6  nothing cleared over a pending prerequisite without its flag
 7  the counters are the count
 8  certificate numbers once per kind, at most one certificate of a kind that is not void on a sheet
 9  the events of a row join without a gap, and the last one tells its present status: no update was lost
10  every effective change (each raised the row's version) has one event
11  every idempotency key stands for one answer, and no two keys for one operation
12  what an undo restored was in the version in which the operation had left it
13  nothing is cleared or issued in a batch in preparation, nothing changed in a closed one without grace
14  who acted under a role with units acted within one of them (today's assignments; cascades and rules apart)
15  no item comes before itself
16  no frozen column of an item was edited after its batch had opened, but by a decided request
17  no sync changed what was decided by hand or by import
18  the counters of an item add up to its clearances on active sheets
19  no identifier bears the marks of a number: blanks, `.0`, an exponent, another type
20  every masked document number is masked, and no operation remembers one in full
21  what was applied from a dry run is what the dry run had shown
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from models import database
from models.database_url import Dialect
from models.portable_sql import many
from models.rules import counters
from models.rules.check_queries import QUERIES, Recount
from models.rules.identity import mask_id

FIRST = 20
Progress = Callable[[int, int, int], None]
"""Told before each recount: its number in order, how many there are, and which invariant."""


@dataclass(frozen=True, slots=True)
class Offence:
    """A rule that does not hold: of which invariant, what was found, on which object, the first ids."""

    invariant: int
    what: str
    object: str
    ids: tuple[int, ...]

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.ids))
        return f"invariant {self.invariant}: {self.what} – {self.object} {shown}"


async def check(progress: Progress | None = None) -> list[Offence]:
    """Every offence found, in the order of the invariants; empty when all hold. Reads only."""
    recounts: list[tuple[int, Callable[[], Awaitable[list[Offence]]]]] = [
        *((query.invariant, _asking(query)) for query in QUERIES),
        (7, _counters),
        (15, _circles),
        (20, _unmasked),
        (20, _remembered),
    ]
    found: list[Offence] = []
    recounts.sort(key=lambda each: each[0])
    for n, (invariant, recount) in enumerate(recounts):
        if progress is not None:
            progress(n, len(recounts), invariant)
        found += await recount()
    return found


def _asking(query: Recount) -> Callable[[], Awaitable[list[Offence]]]:
    async def ask() -> list[Offence]:
        if query.only is not None and database.dialect() is not query.only:
            return []
        # MATERIALIZED: else SQLite walks the ids in order, for the LIMIT, and recounts everything at each of them.
        first = (
            f"WITH offenders AS MATERIALIZED ({query.sql}) SELECT DISTINCT id FROM offenders ORDER BY id LIMIT {FIRST}"
        )
        rows = await database.fetch(first)
        return _offence(query.invariant, query.what, query.object, (row[0] for row in rows))

    return ask


def _offence(invariant: int, what: str, about: str, ids: Iterable[int]) -> list[Offence]:
    offenders = tuple(int(each) for each in ids)
    return [Offence(invariant, what, about, offenders)] if offenders else []


async def _counters() -> list[Offence]:
    found = (await counters.recount())[:FIRST]
    return [Offence(7, _told(each), each.table, (int(each.key[0]),)) for each in found]


def _told(difference: counters.Difference) -> str:
    key = "/".join(map(str, difference.key))
    return f"the counter of {key} is off by {difference.off_by:+d}"


async def _circles() -> list[Offence]:
    """Items that come before themselves, over any number of steps."""
    after: dict[int, list[int]] = {}
    for item_id, required_id in await database.fetch("SELECT item_id, requires_id FROM prerequisite"):
        after.setdefault(item_id, []).append(required_id)
    return _offence(15, "an item comes before itself", "Item", sorted(_in_circles(after))[:FIRST])


def _in_circles(after: dict[int, list[int]]) -> set[int]:
    return {item_id for item_id in after if item_id in _reached(item_id, after)}


def _reached(item_id: int, after: dict[int, list[int]]) -> set[int]:
    seen: set[int] = set()
    steps = list(after.get(item_id, ()))
    while steps:
        each = steps.pop()
        if each not in seen:
            seen.add(each)
            steps += after.get(each, ())
    return seen


async def _unmasked() -> list[Offence]:
    rows = await database.fetch("SELECT id, id_no, id_no_masked FROM student WHERE id_no IS NOT NULL AND id_no <> ''")
    wrong = (student_id for student_id, id_no, masked in rows if masked not in ("", mask_id(str(id_no))))
    return _offence(20, "the masked document number is not masked", "Student", list(wrong)[:FIRST])


DOCUMENT = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")
"""The form of a resident's identity number; certificate numbers may have it too, so each hit is looked up."""


async def _remembered() -> list[Offence]:
    """Document numbers in what operations remember."""
    holds = GLOB if database.dialect() is Dialect.SQLITE else MATCHES
    found = await database.fetch(f"SELECT id, selector, parameters FROM operation WHERE {holds}")
    hits = {row_id: set(DOCUMENT.findall(f"{selector} {parameters}")) for row_id, selector, parameters in found}
    numbers = {number.upper() for each in hits.values() for number in each}
    if not numbers:
        return []
    rows = await database.fetch("SELECT id_no FROM student WHERE id_no IN LIST(?1)", [many(sorted(numbers))])
    known = {id_no for (id_no,) in rows}
    wrong = (row_id for row_id, each in hits.items() if any(number.upper() in known for number in each))
    return _offence(20, "an operation remembers a document number", "Operation", sorted(wrong)[:FIRST])


DIGITS = "[0-9]" * 17
GLOB = f"selector GLOB '*{DIGITS}*' OR parameters GLOB '*{DIGITS}*'"
MATCHES = "selector::text ~ '[0-9]{17}' OR parameters::text ~ '[0-9]{17}'"
