"""Two people enter the same number at the same moment: the second one is told so, row by row, as if he came later."""

from __future__ import annotations

import asyncio

import pytest

from models import Certificate, Student
from models import database as db
from models.enums import CertificateKind, Outcome
from models.rules.accounts import create_user
from models.rules.certificates import CertificateLine, import_certificates
from models.rules.people import create_student
from models.rules.people_import import PersonRow, import_people
from models.rules.refusals import Code, Refused
from tests import factories
from tests.models.rules.waiting import waits_or_ends

pytestmark = pytest.mark.usefixtures("sound_database")
CELLS = {"student_no": "20229999", "name": "王伟", "gender": "男", "level": "本科生"}


async def after_one_another(first, second):
    """`second` begins when `first` has written, and waits for it; the answer of both, or what was raised."""
    written, go = asyncio.Event(), asyncio.Event()

    async def hold():
        async with db.transaction():
            answer = await first
            written.set()
            await go.wait()
            return answer

    one = asyncio.create_task(hold())
    await written.wait()
    other = asyncio.ensure_future(second)
    await waits_or_ends(other)
    go.set()
    return await asyncio.gather(one, other, return_exceptions=True)


async def test_of_a_certificate():
    uni = await factories.university()
    season = await factories.season(uni)
    await factories.crowd(season.batch, 2)

    def number(student_no):
        line = CertificateLine(student_no, CertificateKind.GRADUATION, number="g1", printed=True)
        return import_certificates(uni.actor, batch="2026-06", lines=[line])

    one, other = await after_one_another(number("20230001"), number("20230002"))
    assert [row.outcome for row in one.rows] == [Outcome.APPLIED]
    assert [row.refusal.code for row in other.rows] == [Code.DUPLICATE]
    assert await Certificate.all().count() == 1


async def test_of_a_student_who_is_on_two_lists():
    uni = await factories.university()
    await factories.season(uni)

    def listed():
        return import_people(uni.actor, batch="2026-06", college="15", rows=[PersonRow(CELLS)])

    one, other = await after_one_another(listed(), listed())
    assert [row.outcome for row in (*one.rows, *other.rows)] == [Outcome.APPLIED, Outcome.UNCHANGED]
    assert await Student.all().count() == 1


async def test_of_an_account():
    actor = factories.acting(await factories.user())

    def made():
        return create_user(actor, username="wangwei", name="王伟")

    _, other = await after_one_another(made(), made())
    assert isinstance(other, Refused)
    assert (other.refusal.code, other.argument) == (Code.DUPLICATE, "username")


async def test_of_a_student_who_is_entered_twice():
    uni = await factories.university()

    def entered():
        return create_student(uni.actor, college="15", values=CELLS)

    _, other = await after_one_another(entered(), entered())
    assert isinstance(other, Refused)
    assert other.refusal.code is Code.DUPLICATE
    assert await Student.all().count() == 1
