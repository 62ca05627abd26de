"""The counters of statistics, moved in the transaction of the change they count; what may be shown of them is not here.

They count what stands on ACTIVE sheets: a moved or cancelled sheet is off all lists (B19). Every writer changes them
last and in the order of their keys, so that two writers wait for each other instead of deadlocking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from models import database
from models.database_url import Dialect
from models.enums import CertificateKind, CertificateStatus, ClearanceStatus, SheetState
from models.portable_sql import many, table


@dataclass(slots=True)
class Moves:
    """What a transaction changes in the counters, collected while it decides."""

    colleges: Counter[tuple[int, int, int]] = field(default_factory=Counter)
    buildings: Counter[tuple[int, int, int]] = field(default_factory=Counter)
    certificates: Counter[tuple[int, int, str, str]] = field(default_factory=Counter)

    def clearance(
        self,
        item_id: int,
        college_id: int,
        building_id: int | None,
        before: ClearanceStatus | None,
        after: ClearanceStatus | None,
    ) -> None:
        """One clearance of an active sheet goes from `before` to `after`; None is "not there"."""
        for status, n in ((before, -1), (after, 1)):
            if status is None:
                continue
            self.colleges[item_id, college_id, status.value] += n
            if building_id is not None:
                self.buildings[item_id, building_id, status.value] += n

    def certificate(
        self,
        batch_id: int,
        college_id: int,
        kind: CertificateKind,
        before: CertificateStatus | None,
        after: CertificateStatus | None,
    ) -> None:
        """One certificate of an active sheet goes from `before` to `after`; None is "not there"."""
        for status, n in ((before, -1), (after, 1)):
            if status is not None:
                self.certificates[batch_id, college_id, kind.value, status.value] += n


async def move(moves: Moves) -> None:
    """Adds what was collected: at most three statements. Belongs at the very end of a transaction."""
    await _add(COLLEGES, [(*key, n) for key, n in moves.colleges.items() if n])
    await _add(BUILDINGS, [(*key, n) for key, n in moves.buildings.items() if n])
    await _add(CERTIFICATES, [(*key, n) for key, n in moves.certificates.items() if n])


async def count_sheets(sheet_ids: Iterable[int], *, sign: int) -> None:
    """Adds (`sign=1`) or takes away (`sign=-1`) everything that stands on these sheets, whatever their state: for the
    verbs that make, move and cancel sheets or change their college or building. Three statements."""
    ids = many(sheet_ids)
    for kept in (COLLEGES, BUILDINGS, CERTIFICATES):
        source = f"SELECT {kept.keys}, {sign:+d} * n AS n FROM ({kept.counted('sheet.id IN LIST(?1)')}) AS found"
        await database.execute(kept.upsert(source), [ids])


# --- the three tables


@dataclass(frozen=True, slots=True)
class Kept:
    """One counter table: its keys with their types, and where they come from."""

    table: str
    columns: tuple[tuple[str, str], ...]
    source: str
    expressions: tuple[str, ...]
    extra: str = ""

    @property
    def keys(self) -> str:
        return ", ".join(name for name, _ in self.columns)

    def counted(self, where: str) -> str:
        """The count of what is there, by key, under a condition."""
        chosen = ", ".join(
            f"{expression} AS {name}" for expression, (name, _) in zip(self.expressions, self.columns, strict=True)
        )
        group = ", ".join(self.expressions)
        return f"SELECT {chosen}, count(*) AS n FROM {self.source} WHERE {where}{self.extra} GROUP BY {group}"

    def upsert(self, source: str) -> str:
        """Adds the rows of `source` (keys and n), in key order. `WHERE true` tells SQLite that ON is no join's."""
        return (
            f"INSERT INTO {self.table} ({self.keys}, n) SELECT {self.keys}, n FROM ({source}) AS added WHERE true"
            f" ORDER BY {self.keys} ON CONFLICT ({self.keys}) DO UPDATE SET n = {self.table}.n + excluded.n"
        )


CLEARANCES = "clearance JOIN sheet ON sheet.id = clearance.sheet_id"
COLLEGES = Kept(
    "item_college_counter",
    (("item_id", "int"), ("college_id", "int"), ("status", "int")),
    CLEARANCES,
    ("clearance.item_id", "sheet.college_id", "clearance.status"),
)
BUILDINGS = Kept(
    "item_building_counter",
    (("item_id", "int"), ("building_id", "int"), ("status", "int")),
    CLEARANCES,
    ("clearance.item_id", "sheet.building_id", "clearance.status"),
    " AND sheet.building_id IS NOT NULL",
)
CERTIFICATES = Kept(
    "certificate_counter",
    (("batch_id", "int"), ("college_id", "int"), ("kind", "text"), ("status", "text")),
    "certificate JOIN sheet ON sheet.id = certificate.sheet_id",
    ("sheet.batch_id", "sheet.college_id", "certificate.kind", "certificate.status"),
)
ACTIVE = f"sheet.state = '{SheetState.ACTIVE.value}'"


async def _add(kept: Kept, rows: list[tuple[int | str, ...]]) -> None:
    if not rows:
        return
    declared = ", ".join(f"{name} {kind}" for name, kind in kept.columns)
    await database.execute(
        kept.upsert(f"SELECT {kept.keys}, n FROM ROWS(?1: {declared}, n int) AS moved"),
        [table(rows)],
    )


# --- recounting


@dataclass(frozen=True, slots=True)
class Difference:
    """A counter that is not what is there: its table, its key, and stored minus counted."""

    table: str
    key: tuple[int | str, ...]
    off_by: int


async def recount() -> list[Difference]:
    """Every counter that differs from a count of the rows (invariant 7), in key order."""
    found = []
    for kept in (COLLEGES, BUILDINGS, CERTIFICATES):
        rows = await database.fetch(
            f"SELECT {kept.keys}, sum(n) AS n FROM (SELECT {kept.keys}, n FROM {kept.table} UNION ALL"
            f" SELECT {kept.keys}, -n AS n FROM ({kept.counted(ACTIVE)}) AS counted) AS both_sides"
            f" GROUP BY {kept.keys} HAVING sum(n) <> 0 ORDER BY {kept.keys}"
        )
        found += [Difference(kept.table, tuple(row)[:-1], int(tuple(row)[-1])) for row in rows]
    return found


async def rebuild() -> None:
    """Counts everything anew: after a restore, or a bulk load that left the counters out."""
    async with database.transaction():
        for kept in (COLLEGES, BUILDINGS, CERTIFICATES):
            if database.dialect() is Dialect.POSTGRESQL:  # writers wait, and add to the new figures afterwards
                await database.execute(f"LOCK TABLE {kept.table} IN EXCLUSIVE MODE")
            await database.execute(f"DELETE FROM {kept.table}")
            await database.execute(f"INSERT INTO {kept.table} ({kept.keys}, n) {kept.counted(ACTIVE)}")
