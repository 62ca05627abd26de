"""Lists of any length as one parameter in Tortoise's filters."""

from __future__ import annotations

import pytest
from tortoise.expressions import Q

from models import Department
from models.in_list import in_list

pytestmark = pytest.mark.usefixtures("database")


async def test_numbers_and_texts_are_one_parameter_each(database):
    for code in ("A", "B", "'; --", "$1"):
        await Department.create(code=code, name=code)
    with database.statements() as sent:
        assert await Department.filter(id__in=in_list(range(100_000))).count() == 4
        assert await Department.filter(code__in=in_list(["A", "'; --", "$1", "?", '"'])).count() == 3
        assert await Department.filter(Q(id__in=in_list([1, 2])) & ~Q(code__in=in_list(["A"]))).count() == 1
    assert max(map(len, sent)) < 300


async def test_an_empty_list_matches_nothing_and_its_contrary_everything():
    await Department.create(code="A", name="A")
    assert await Department.filter(id__in=in_list(())).count() == 0
    assert await Department.filter(~Q(id__in=in_list(()))).count() == 1
    assert await Department.filter(code__in=in_list((), texts=True)).count() == 0
