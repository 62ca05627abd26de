"""The table somebody is writing: one draft each, never lost to another window, and said to be stale."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import ModuleType

import pytest

from models import PolicyDraft
from models.rules.refusals import Code, Refused
from policies import drafts, store
from policies.drafts import Draft
from policies.rules import InvalidPolicy, PolicyTable, checked, parse_csv
from tests import factories

TABLE = parse_csv(["office,Student,name,read,all,allow,"])
OTHER = checked([replace(TABLE.rules[0], note="给图书馆", until=date(2026, 7, 31))])


@pytest.fixture
async def author(database: ModuleType) -> int:
    """An account, and a version in force."""
    await store.put_in_force(TABLE, expected=0, comment="x")
    return (await factories.user("policyadmin")).id


def draft(table: PolicyTable, comment: str, version: int, *, base: int = 1, stale: bool = False) -> Draft:
    return Draft(base, table, comment, version, stale)


async def test_a_draft_is_kept_changed_and_given_up(author: int):
    assert await drafts.read(author) is None
    first = await drafts.save(author, TABLE, base=1, comment="", expected_version=None)
    assert first == await drafts.read(author) == draft(TABLE, "", 1)
    second = await drafts.save(author, OTHER, base=1, comment=" 到七月 ", expected_version=1)
    assert second == await drafts.read(author) == draft(OTHER, "到七月", 2)
    assert [(rule.note, rule.until) for rule in second.table.rules] == [("给图书馆", date(2026, 7, 31))]
    assert await drafts.discard(author, version=7) is False
    assert [await drafts.discard(author), await drafts.discard(author)] == [True, False]
    assert await drafts.read(author) is None


async def test_everybody_has_one(author: int):
    colleague = (await factories.user("colleague")).id
    await drafts.save(author, TABLE, base=1, comment="mine", expected_version=None)
    await drafts.save(colleague, OTHER, base=1, comment="his", expected_version=None)
    await drafts.discard(colleague)
    assert await drafts.read(author) == draft(TABLE, "mine", 1)


async def test_a_draft_is_stale_when_another_version_is_in_force(author: int):
    await drafts.save(author, OTHER, base=1, comment="", expected_version=None)
    await store.put_in_force(OTHER, expected=1, comment="x")
    assert await drafts.read(author) == draft(OTHER, "", 1, stale=True)
    assert await drafts.save(author, OTHER, base=2, comment="", expected_version=1) == draft(OTHER, "", 2, base=2)


@pytest.mark.parametrize("expected", [None, 1, 3])
async def test_another_window_saved_meanwhile(author: int, expected: int | None):
    await drafts.save(author, TABLE, base=1, comment="", expected_version=None)
    await drafts.save(author, TABLE, base=1, comment="theirs", expected_version=1)
    with pytest.raises(Refused) as refused:
        await drafts.save(author, OTHER, base=1, comment="mine", expected_version=expected)
    assert (refused.value.refusal.code, refused.value.argument) == (Code.CONFLICT, "expectedVersion")
    assert refused.value.refusal.facts == {"problem": "DRAFT", "expected": expected or 0, "version": 2}
    assert await drafts.read(author) == draft(TABLE, "theirs", 2)


async def test_the_draft_was_given_up_meanwhile(author: int):
    with pytest.raises(Refused) as refused:
        await drafts.save(author, TABLE, base=1, comment="", expected_version=1)
    assert refused.value.refusal.facts == {"problem": "DRAFT", "expected": 1, "version": 0}
    assert await PolicyDraft.all().count() == 0


@pytest.mark.parametrize(
    ("base", "comment", "code", "argument"),
    [(2, "", Code.NOT_FOUND, "base"), (0, "", Code.NOT_FOUND, "base"), (1, "x" * 256, Code.BAD_INPUT, "comment")],
)
async def test_what_is_no_draft(author: int, base: int, comment: str, code: Code, argument: str):
    with pytest.raises(Refused) as refused:
        await drafts.save(author, TABLE, base=base, comment=comment, expected_version=None)
    assert (refused.value.refusal.code, refused.value.argument) == (code, argument)
    assert await PolicyDraft.all().count() == 0


async def test_a_draft_of_another_time_can_be_given_up(author: int):
    """A field may be gone with a new version of Lixiao."""
    await PolicyDraft.create(author_id=author, base=1, body='{"rules": [["x"]], "parents": []}')
    with pytest.raises(InvalidPolicy):
        await drafts.read(author)
    assert await drafts.save(author, TABLE, base=1, comment="", expected_version=1) == draft(TABLE, "", 2)
