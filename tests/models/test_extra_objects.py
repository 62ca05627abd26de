"""What the database itself refuses, and what it fills in."""

from __future__ import annotations

import pytest
from tortoise.exceptions import IntegrityError

from models import Certificate, Event, Operation, OperationRow
from models.database_url import Dialect
from models.enums import CertificateKind, CertificateStatus, OperationKind, Outcome
from tests import factories


@pytest.fixture
async def operation(database) -> Operation:
    """An operation with one row and one event."""
    made = await Operation.create(kind=OperationKind.SET_CLEARANCES)
    await OperationRow.create(operation=made, object="Sheet", outcome=Outcome.APPLIED)
    await Event.create(operation=made, object="Sheet", object_id=1, at=made.created_at)
    return made


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("UPDATE event SET role = 'x'", "event refuses UPDATE"),
        ("DELETE FROM event", "event refuses DELETE"),
        ("DELETE FROM operation_row", "operation_row refuses DELETE"),
        ("DELETE FROM operation", "operation refuses DELETE"),
    ],
)
async def test_what_was_done_stays_written(database, operation, statement, refusal):
    with pytest.raises(IntegrityError, match=refusal):
        await database.execute(statement)
    assert await Event.all().count() == 1
    assert await OperationRow.all().count() == 1
    assert await Operation.all().count() == 1


async def test_an_operation_may_change(database, operation):
    assert await database.execute("UPDATE operation SET applied = 1") == 1
    assert await database.execute("UPDATE operation_row SET cascaded = TRUE") == 1


async def test_at_most_one_certificate_of_a_kind_is_not_void(database):
    made = await factories.season(await factories.university())
    sheet = await factories.sheet(made.batch)
    first = await factories.certificate(sheet, CertificateKind.DEGREE, number="1")
    with pytest.raises(IntegrityError):
        await factories.certificate(sheet, CertificateKind.DEGREE, number="2")
    await factories.certificate(sheet, CertificateKind.GRADUATION, number="3")
    await Certificate.filter(id=first.id).update(status=CertificateStatus.VOID)
    await factories.certificate(sheet, CertificateKind.DEGREE, number="4")
    with pytest.raises(IntegrityError):
        await Certificate.filter(id=first.id).update(status=CertificateStatus.ISSUED)
    assert await Certificate.filter(sheet=sheet).count() == 3


async def test_an_event_knows_its_transaction(database, operation):
    """Whether the column is given as NULL, as Tortoise does, or left out."""
    if database.dialect() is Dialect.SQLITE:
        assert await Event.all().values_list("xid", flat=True) == [None]
        return
    async with database.transaction():
        await Event.create(operation=operation, object="Sheet", object_id=2, at=operation.created_at)
        await database.copy_rows(
            "event",
            ["operation_id", "object", "object_id", "changed", "cause", "role", "at"],
            [(operation.id, "Sheet", 3, "status", "ACT", "", operation.created_at)],
        )
        [(mine,)] = await database.fetch("SELECT pg_current_xact_id()::text::bigint")
    xids = await Event.all().order_by("id").values_list("xid", flat=True)
    assert xids[1:] == [mine, mine]
    assert xids[0] < mine
