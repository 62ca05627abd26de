"""What unique indexes forbid is recounted all the same: a restored database may have lost them."""

from __future__ import annotations

import pytest

from models.database_url import Dialect
from models.enums import CertificateKind
from models.rules.check import check
from tests import factories


class TakenBack(Exception):
    """Ends a transaction that was made for looking only."""


@pytest.mark.parametrize(
    ("table", "damage", "what"),
    [
        ("sheet", "student_id = (SELECT min(student_id) FROM {real})", "two sheets of one student in a batch"),
        ("clearance", "item_id = (SELECT min(item_id) FROM {real})", "two clearances of one item on a sheet"),
        ("certificate", "kind = 'DEGREE', number = 'x', status = 'VOID'", "a certificate number twice"),
    ],
)
async def test_twice(database, table, damage, what):
    """A copy of the table without indexes stands before the real one, for one transaction."""
    season = await factories.season(await factories.university())
    [sheet, _] = await factories.crowd(season.batch, 2)
    for kind in (CertificateKind.GRADUATION, CertificateKind.DEGREE):
        await factories.certificate(sheet, kind)
    real = f"{'main' if database.dialect() is Dialect.SQLITE else 'public'}.{table}"

    async def told() -> list[str]:
        await database.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM {real}")
        await database.execute(f"UPDATE {table} SET {damage.format(real=real)}")
        return [each.what for each in await check()]

    found = []
    try:
        async with database.transaction():
            found += await told()
            raise TakenBack
    except TakenBack:
        assert what in found
