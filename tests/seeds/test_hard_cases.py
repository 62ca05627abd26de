"""Every hard case is there in the smallest demonstration, and is what it is for."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from models import database as models_database
from models.rules.actor import Actor
from models.rules.operations import undo_operation
from seeds import demo
from seeds.hard_cases import hard_cases
from seeds.people import Numbering


@pytest.fixture
async def desk(database):
    await demo.build(students=45, seed=3, password="correct horse battery", today=date(2026, 11, 21))
    return database


async def rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await models_database.fetch(sql, parameters)]


async def status(student_no: str, item: str, batch: str = "2026-06") -> tuple[Any, ...]:
    """Status, who decided and why, of one clearance."""
    found = await rows(
        "SELECT clearance.status, clearance.decided_by, clearance.reason, clearance.note FROM clearance"
        " JOIN sheet ON sheet.id = clearance.sheet_id JOIN student ON student.id = sheet.student_id"
        " JOIN item ON item.id = clearance.item_id JOIN batch ON batch.id = sheet.batch_id"
        " WHERE student.student_no = ?1 AND item.code = ?2 AND batch.code = ?3",
        student_no,
        item,
        batch,
    )
    return found[0]


async def certificates(student_no: str) -> Sequence[tuple[Any, ...]]:
    return await rows(
        "SELECT kind, certificate.status, collection FROM certificate JOIN sheet ON sheet.id = certificate.sheet_id"
        " JOIN student ON student.id = sheet.student_id WHERE student.student_no = ?1 ORDER BY certificate.id",
        student_no,
    )


def test_each_case_says_what_it_is_for():
    table = hard_cases(Numbering(random.Random(1)))
    assert len({case.key for case in table}) == len(table) == 36
    assert all(case.purpose for case in table)
    numbers = [case.person.student_no for case in table]
    assert len(set(numbers)) == len(numbers)


async def test_every_case_is_a_student_with_the_sheet_it_should_have(desk):
    for case in hard_cases(Numbering(random.Random(1))):
        found = await rows(
            "SELECT student.name, batch.code, sheet.origin FROM student"
            " LEFT JOIN sheet ON sheet.student_id = student.id LEFT JOIN batch ON batch.id = sheet.batch_id"
            " WHERE student.student_no = ?1 ORDER BY batch.code",
            case.person.student_no,
        )
        assert found[0] == (case.person.name, case.season, case.origin.value if case.season else None), case.key


async def test_identifiers(desk):
    assert await rows("SELECT student_no FROM student WHERE student_no LIKE '0%'") == [("002215901",)]
    assert await rows("SELECT id_no, id_no_masked FROM student WHERE student_no = '221599105'") == [
        ("99011520040412402X", "9901**********402X")
    ]
    assert len(await rows("SELECT id FROM student WHERE name = '王伟' AND class_name = '软件工程卓越2201班'")) == 2
    [(name,)] = await rows("SELECT name FROM student WHERE student_no = '221599108'")
    assert (len(name), len(name.encode())) == (2, 7)
    [(name,)] = await rows("SELECT name FROM student WHERE student_no = '221599109'")
    assert sum(character.isalpha() for character in name) == 40


async def test_one_person_has_two_numbers_and_one_active_sheet(desk):
    [(first, _, _), (second, person, holder)] = await rows(
        "SELECT student.id, person_id, sheet.holder FROM student JOIN sheet ON sheet.student_id = student.id"
        " WHERE student_no IN ('211599106', '221599106') ORDER BY student.id"
    )
    assert person == holder == first < second


async def test_who_has_no_sheet_can_sign_in_and_apply_or_not(desk):
    found = await rows(
        "SELECT account.username, enrolment_status, sheet.id FROM student JOIN account ON account.id = student.user_id"
        " LEFT JOIN sheet ON sheet.student_id = student.id WHERE account.username IN ('student-new', 'student-none')"
        " ORDER BY 1"
    )
    assert found == [("student-new", "REGISTERED", None), ("student-none", "NONE", None)]


async def test_the_demonstrations_student_is_in_the_middle_of_it(desk):
    found = await rows(
        "SELECT clearance.status, count(*) FROM clearance JOIN sheet ON sheet.id = clearance.sheet_id"
        " JOIN student ON student.id = sheet.student_id JOIN account ON account.id = student.user_id"
        " WHERE account.username = 'student' GROUP BY 1 ORDER BY 1"
    )
    reds, greys, greens = (count for _, count in found)
    assert (reds, reds + greys + greens) == (7, 22)


async def test_certificates(desk):
    assert await certificates("221599110") == [("GRADUATION", "ISSUED", "IN_PERSON")]
    assert [kind for kind, _, _ in await certificates("221599111")] == ["COMPLETION"]
    assert await certificates("221599112") == []
    assert await certificates("J2515001") == []
    assert await certificates("221599115") == []
    assert await certificates("221599124") == [
        ("GRADUATION", "VOID", None),
        ("DEGREE", "ISSUED", "IN_PERSON"),
        ("GRADUATION", "ISSUED", "IN_PERSON"),
    ]
    assert await certificates("221599125") == [("GRADUATION", "ISSUED", "PROXY"), ("DEGREE", "ISSUED", "PROXY")]
    assert await certificates("221599126") == [("GRADUATION", "ISSUED", "IN_PERSON"), ("DEGREE", "EXPECTED", None)]
    wrong = await rows(
        "SELECT wrong_recipient, certificate.status FROM certificate JOIN sheet ON sheet.id = certificate.sheet_id"
        " JOIN student ON student.id = sheet.student_id WHERE student_no = '221599127'"
    )
    assert wrong == [(True, "PRINTED"), (True, "PRINTED")]


async def test_sheets_that_were_moved_cancelled_or_let_in_late(desk):
    [(state, holder, moved_to)] = await rows(
        "SELECT sheet.state, sheet.holder, batch.code FROM sheet JOIN student ON student.id = sheet.student_id"
        " JOIN sheet target ON target.id = sheet.moved_to_id JOIN batch ON batch.id = target.batch_id"
        " WHERE student_no = '221599116'"
    )
    assert (state, holder, moved_to) == ("MOVED", None, "2026-12")
    assert await rows(
        "SELECT state, holder FROM sheet JOIN student ON student.id = sheet.student_id WHERE student_no = '221599117'"
    ) == [("CANCELLED", None)]
    assert await rows(
        "SELECT count(*) FROM sheet JOIN batch ON batch.id = sheet.batch_id"
        " WHERE late_until IS NOT NULL AND batch.code = '2025-12'"
    ) == [(1,)]


async def test_decisions_of_the_desk(desk):
    assert await status("221599120", "FIN_FEES") == (2, "MANUAL", "SPECIAL_APPROVAL", "校长办公会特批,余款分期缴纳")
    assert (await status("221599121", "LIB_BOOKS"))[:3] == (3, "MANUAL", "SYSTEM_DOWN")
    assert await rows(
        "SELECT settled FROM sync_observation JOIN student ON student.id = sync_observation.student_id"
        " JOIN item ON item.id = sync_observation.item_id WHERE student_no = '221599121' AND item.code = 'LIB_BOOKS'"
    ) == [(False,)]
    assert await rows(
        "SELECT hold, clearance.status FROM clearance JOIN sheet ON sheet.id = clearance.sheet_id"
        " JOIN student ON student.id = sheet.student_id WHERE student_no = '221599122' AND hold <> ''"
    ) == [("尚欠图书赔偿费 35 元", 1)]


async def test_everything_grey_but_the_final_item(desk):
    found = await rows(
        "SELECT item.code, clearance.status FROM clearance JOIN sheet ON sheet.id = clearance.sheet_id"
        " JOIN student ON student.id = sheet.student_id JOIN item ON item.id = clearance.item_id"
        " WHERE student_no = '221599118' AND clearance.status <> 2 AND item.kind <> 'OPTIONAL'"
    )
    assert found == [("COLLEGE_FINAL", 1)]


async def test_a_re_opened_sheet_keeps_its_card_with_a_flag(desk):
    assert (await status("221599123", "LIB_BOOKS"))[:2] == (1, "MANUAL")
    assert (await status("221599123", "COLLEGE_FINAL"))[:2] == (1, "CASCADE")
    [(card, flag)] = await rows(
        "SELECT clearance.status, prerequisite_reopened FROM clearance JOIN sheet ON sheet.id = clearance.sheet_id"
        " JOIN student ON student.id = sheet.student_id JOIN item ON item.id = clearance.item_id"
        " WHERE student_no = '221599123' AND item.code = 'CARD'"
    )
    assert (card, bool(flag)) == (3, True)


async def test_supervisors_who_sign_for_each_other(desk):
    signed = await rows(
        "SELECT student_no, account.username, behalf.username FROM clearance"
        " JOIN sheet ON sheet.id = clearance.sheet_id JOIN student ON student.id = sheet.student_id"
        " JOIN item ON item.id = clearance.item_id JOIN account ON account.id = clearance.decided_user_id"
        " LEFT JOIN account behalf ON behalf.id = clearance.on_behalf_of_id"
        " WHERE item.code = 'SUPERVISOR' AND student_no IN ('S231599102', 'S231599103') ORDER BY 1"
    )
    assert signed == [("S231599102", "t-15-002", None), ("S231599103", "secretary", "t-15-left")]
    assert await rows("SELECT username FROM account WHERE NOT active") == [("t-15-left",)]


async def test_what_the_library_did_can_be_undone(desk):
    """The rows of the seeded operations are those that undo reads."""
    [(operation, library)] = await rows(
        "SELECT operation.id, account.id FROM operation JOIN account ON account.id = operation.actor_id"
        " JOIN operation_row ON operation_row.operation_id = operation.id"
        " WHERE account.username = 'library' AND operation_row.student_no = '221599122'"
    )
    undone = await undo_operation(Actor(library, "李敏", "operator"), operation)
    assert [row.outcome.value for row in undone.rows] == ["APPLIED"]
    assert await rows(
        "SELECT hold, clearance.status, clearance.decided_by FROM clearance JOIN sheet ON sheet.id = clearance.sheet_id"
        " JOIN student ON student.id = sheet.student_id JOIN item ON item.id = clearance.item_id"
        " WHERE student_no = '221599122' AND item.code = 'LIB_BOOKS'"
    ) == [("", 1, "RULE")]
