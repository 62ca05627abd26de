"""Putting a table in force: who may, what is refused and why, and that a refusal leaves everything as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import ModuleType

import pytest

from models import Event, Operation, PolicyHead, PolicyVersion, RoleAssignment, User
from models.enums import OperationKind
from models.rules import policy_publishing
from models.rules.refusals import Code, Refused
from policies import store
from policies.assurances import ASSURANCES, Broken
from policies.caller import Caller
from policies.publishing import NotPublishable, Verdict, publish, rollback, verdict
from policies.rules import InvalidPolicy, PolicyTable, Problem, checked, parse_csv, read_csv
from policies.store import PolicyStore
from tests import factories

BY_NAME = {each.name: each for each in ASSURANCES}
SHIPPED = read_csv()
TUNE = "policy_admin,PolicyVersion,*,tune,all,allow,"
PHONE = "operator,Student,phone,read,own_department_students,allow,"


def table(*lines: str, without: Iterable[str] = ()) -> PolicyTable:
    """The shipped table with these rows besides, and without those."""
    gone = {rule for line in without for rule in parse_csv([line]).rules}
    rules = dict.fromkeys([*(rule for line in lines for rule in parse_csv([line]).rules), *SHIPPED.rules])
    return checked([rule for rule in rules if rule not in gone], SHIPPED.parents)


async def member(username: str, role: str = "policy_admin", **period: datetime) -> Caller:
    user = await factories.user(username, f"{username}'s name", password_hash="x")
    await RoleAssignment.create(user=user, role=role, **period)
    return Caller(user.id, username, user.name, role)


@pytest.fixture
async def admin(database: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Caller:
    """A policy administrator, and the shipped table in force as version 1."""
    monkeypatch.setattr(store, "STORE", PolicyStore())
    await store.publish_default()
    await store.STORE.refresh()
    return await member("policyadmin")


async def standing() -> tuple[int, int, int, int]:
    """The version in force, and how many versions, operations and events there are."""
    head = await PolicyHead.get(id=1)
    return (head.number, await PolicyVersion.all().count(), await Operation.all().count(), await Event.all().count())


UNTOUCHED = (1, 1, 0, 0)


# --- publishing


async def test_a_table_is_published_with_a_comment_on_the_record(admin: Caller):
    assert await publish(table(PHONE), expected=1, caller=admin, comment=" 图书馆可看电话 ") == 2
    version = await PolicyVersion.get(number=2)
    assert (version.parent, version.author_id, version.comment) == (1, admin.user_id, "图书馆可看电话")  # type: ignore[attr-defined]  # Tortoise adds author_id
    [operation] = await Operation.all()
    assert (operation.kind, operation.actor_id, operation.role) == (  # type: ignore[attr-defined]  # Tortoise adds actor_id
        OperationKind.PUBLISH_POLICY,
        admin.user_id,
        "policy_admin",
    )
    assert operation.parameters == {"version": 2, "comment": "图书馆可看电话", "cascaded": 0}
    assert await Event.all().values_list("object", "object_id", "before", "after") == [
        ("PolicyVersion", version.id, "1", "2")
    ]
    assert set((await store.read_table(2)).rules) == set(table(PHONE).rules)


async def test_the_publishers_own_process_reads_by_it_at_once(admin: Caller):
    await publish(table(PHONE), expected=1, caller=admin, comment="x")
    assert store.STORE.snapshot.version == 2
    assert "phone" in store.STORE.snapshot.decision("operator", "Student", "read").grants


async def test_the_shell_publishes_as_the_command_line(admin: Caller):
    assert await publish(table(PHONE), expected=1, caller=None, comment="x") == 2
    assert await PolicyVersion.filter(number=2).values_list("author_id", flat=True) == [None]
    assert await Operation.all().values_list("actor_id", "role") == [(None, "command_line")]


async def test_the_same_table_again_changes_nothing(admin: Caller):
    assert await publish(table(), expected=1, caller=admin, comment="x") == 1
    assert await standing() == UNTOUCHED


async def test_another_note_or_last_day_is_another_table(admin: Caller):
    noted = replace(SHIPPED.rules[0], note="another")
    assert await publish(checked([noted, *SHIPPED.rules[1:]]), expected=1, caller=admin, comment="x") == 2
    until = replace(SHIPPED.rules[0], until=date(2099, 1, 1))
    assert await publish(checked([until, *SHIPPED.rules[1:]]), expected=2, caller=admin, comment="x") == 3


async def test_a_version_that_was_tampered_with_is_replaced_by_the_same_table(admin: Caller):
    await PolicyVersion.filter(number=1).update(body="{}")
    assert await publish(table(), expected=1, caller=admin, comment="x") == 2


@pytest.mark.parametrize(
    ("comment", "facts"),
    [("", {"problem": "MISSING"}), ("  \n", {"problem": "MISSING"}), ("x" * 256, {"length": 256, "limit": 255})],
)
async def test_a_comment_is_required(admin: Caller, comment: str, facts: dict[str, object]):
    with pytest.raises(Refused) as refused:
        await publish(table(PHONE), expected=1, caller=admin, comment=comment)
    assert (refused.value.refusal.code, refused.value.argument) == (Code.BAD_INPUT, "comment")
    assert refused.value.refusal.facts == facts
    assert await standing() == UNTOUCHED


async def test_the_longest_comment(admin: Caller):
    assert await publish(table(PHONE), expected=1, caller=admin, comment="说" * 255) == 2


# --- who may


async def test_who_may_not_tune(admin: Caller):
    with pytest.raises(Refused) as refused:
        await publish(table(PHONE), expected=1, caller=await member("office", "office"), comment="x")
    assert refused.value.refusal.code is Code.FORBIDDEN
    assert refused.value.refusal.facts == {
        "role": "office",
        "object": "PolicyVersion",
        "action": "tune",
        "roles": "policy_admin",
    }
    assert await standing() == UNTOUCHED


async def test_who_is_no_policy_administrator_any_more(admin: Caller):
    await member("colleague")
    await RoleAssignment.filter(user_id=admin.user_id).update(valid_until=datetime.now(UTC))
    for act in (
        publish(table(PHONE), expected=1, caller=admin, comment="x"),
        rollback(1, expected=1, caller=admin, comment="x"),
    ):
        with pytest.raises(Refused) as refused:
            await act
        assert refused.value.refusal.code is Code.FORBIDDEN
        assert refused.value.refusal.facts == {"problem": "ROLE_ENDED", "role": "policy_admin"}
    assert await standing() == UNTOUCHED


async def test_a_right_to_tune_that_ended_is_not_used_by_a_stale_process(admin: Caller):
    """Yesterday was the last day: the process has not looked at anything since."""
    ended = table(TUNE + ",2026-06-30", "office,PolicyVersion,*,simulate,all,allow,")
    await store.put_in_force(ended, expected=1, comment="x")
    store.STORE.today = lambda: date(2026, 6, 30)  # type: ignore[method-assign]  # the day of the test
    assert (await store.STORE.refresh()).decision("policy_admin", *("PolicyVersion", "tune")).grants
    store.STORE.today = lambda: date(2026, 7, 1)  # type: ignore[method-assign]
    with pytest.raises(Refused) as refused:
        await publish(table(PHONE), expected=2, caller=admin, comment="x")
    assert refused.value.refusal.code is Code.FORBIDDEN
    assert await standing() == (2, 2, 0, 0)


# --- two at once


async def test_the_second_of_two_is_told_who_was_first(admin: Caller):
    first, second = table(PHONE), table("secretary,Student,phone,read,own_college,allow,")
    colleague = await member("colleague")
    results = await asyncio.gather(
        publish(first, expected=1, caller=admin, comment="first"),
        publish(second, expected=1, caller=colleague, comment="second"),
        return_exceptions=True,
    )
    [number] = [each for each in results if not isinstance(each, BaseException)]
    [conflict] = [each for each in results if isinstance(each, Refused)]
    version = await PolicyVersion.get(number=2).prefetch_related("author")
    assert number == 2
    assert (conflict.refusal.code, conflict.argument) == (Code.CONFLICT, "expectedVersion")
    assert conflict.refusal.facts == {
        "expected": 1,
        "number": 2,
        "by": version.author.name,  # type: ignore[union-attr]  # it has one
        "at": version.created_at.astimezone(UTC).isoformat(timespec="seconds"),
    }
    assert await standing() == (2, 2, 1, 1)


async def test_publishing_over_an_older_version_is_a_conflict_even_with_the_same_table(admin: Caller):
    await publish(table(PHONE), expected=1, caller=admin, comment="x")
    with pytest.raises(Refused) as refused:
        await publish(table(PHONE), expected=1, caller=admin, comment="x")
    assert refused.value.refusal.code is Code.CONFLICT
    with pytest.raises(Refused) as refused:
        await publish(table(), expected=1, caller=admin, comment="the same as version 1, which is not in force")
    assert refused.value.refusal.code is Code.CONFLICT
    assert refused.value.refusal.facts["by"] == "policyadmin's name"


# --- promises


async def test_a_broken_promise_is_refused_by_name(admin: Caller):
    breaking = table("student,Student,id_no,read,own_self,allow,", "office,Certificate,*,issue,all,allow,")
    expected = (
        Broken(BY_NAME["students_read_no_id_no"], "student", "Student", "read", "id_no"),
        Broken(BY_NAME["nobody_reads_id_no"], "student", "Student", "read", "id_no"),
        Broken(BY_NAME["officers_issue"], "office", "Certificate", "issue", "*"),
    )
    assert await verdict(breaking, publisher=admin) == Verdict(expected)
    for caller in (admin, None):
        with pytest.raises(NotPublishable) as refused:
            await publish(breaking, expected=1, caller=caller, comment="x")
        assert refused.value.verdict == Verdict(expected)
        assert (refused.value.refusal.code, refused.value.argument) == (Code.BAD_INPUT, "table")
        assert refused.value.refusal.facts == {"problem": "ASSURANCE"}
    assert await standing() == UNTOUCHED


async def test_a_promise_that_would_be_broken_later_is_broken(admin: Caller):
    """A row that denies may end before the one that allows."""
    later = table("office,Student,id_no,read,all,allow,", "office,Student,id_no,read,all,deny,,2099-06-30")
    assert (await verdict(later, publisher=admin)).broken == (
        Broken(BY_NAME["nobody_reads_id_no"], "office", "Student", "read", "id_no"),
    )
    together = table(
        "office,Student,id_no,read,all,allow,,2099-06-30", "office,Student,id_no,read,all,deny,,2099-06-30"
    )
    assert await verdict(together, publisher=admin) == Verdict()


# --- lockout


async def test_a_table_by_which_nobody_may_tune_is_refused(admin: Caller):
    closing = table(without=[TUNE])
    for caller in (admin, None):
        with pytest.raises(NotPublishable) as refused:
            await publish(closing, expected=1, caller=caller, comment="x")
        assert refused.value.verdict == Verdict(lockout="NOBODY")
        assert refused.value.refusal.facts == {"problem": "LOCKOUT"}
    assert await standing() == UNTOUCHED


@pytest.mark.parametrize("line", ["policy_admin,PolicyVersion,*,tune,all,deny,", TUNE + ",2099-06-30"])
async def test_tuning_that_is_denied_or_ends_some_day_is_a_lockout(admin: Caller, line: str):
    assert (await verdict(table(line), publisher=None)).lockout == "NOBODY"


async def test_a_freeze_of_tuning_that_ends_is_a_lockout_until_then(admin: Caller):
    frozen = table("policy_admin,PolicyVersion,*,tune,all,deny,,2099-06-30")
    assert (await verdict(frozen, publisher=None)).lockout == "NOBODY"


async def test_the_publisher_keeps_the_right(database: ModuleType, monkeypatch: pytest.MonkeyPatch):
    """Somebody may still tune, only not the publisher in the acting role: the shell may do that, he may not."""
    monkeypatch.setattr(store, "STORE", PolicyStore())
    account_admin, admin = await member("accountadmin", "account_admin"), await member("policyadmin")
    other = "account_admin,PolicyVersion,*,tune,all,allow,"
    await store.put_in_force(table(other), expected=0, comment="x")
    assert (await verdict(table(), publisher=account_admin)).lockout == "PUBLISHER"
    assert (await verdict(table(), publisher=None)).lockout is None
    assert (await verdict(table(), publisher=admin)).lockout is None
    with pytest.raises(NotPublishable) as refused:
        await publish(table(), expected=1, caller=account_admin, comment="x")
    assert refused.value.verdict == Verdict(lockout="PUBLISHER")
    assert await publish(table(), expected=1, caller=None, comment="x") == 2


SOON, BEFORE = datetime.now(UTC) + timedelta(days=1), datetime.now(UTC) - timedelta(days=1)


@pytest.mark.parametrize(
    ("period", "account", "lockout"),
    [
        ({}, {}, None),
        ({"valid_from": BEFORE, "valid_until": SOON}, {}, None),
        ({"valid_until": BEFORE}, {}, "NOBODY"),
        ({"valid_from": SOON}, {}, "NOBODY"),
        ({}, {"active": False}, "NOBODY"),
        ({}, {"password_hash": None}, "NOBODY"),
    ],
)
async def test_who_counts_as_somebody(
    admin: Caller, period: dict[str, datetime], account: dict[str, object], lockout: str | None
):
    """An active account that can sign in, today."""
    await RoleAssignment.filter(user_id=admin.user_id).update(**period)
    await User.filter(id=admin.user_id).update(**account)
    assert (await verdict(table(PHONE), publisher=None)).lockout == lockout


# --- units


async def test_rows_about_a_unit_there_is_not(admin: Caller):
    await factories.university()
    good = table("operator,Student,phone,read,own_department_students@TSG,allow,")
    assert await verdict(good, publisher=admin) == Verdict()
    wrong = table(
        "operator,Student,phone,read,own_department_students@TGS,allow,",
        "counsellor,Student,phone,export,own_college@TSG,allow,",
    )
    expected = (
        Problem(
            1,
            "scope",
            "own_department_students@TGS",
            "no such department",
            ("own_department_students@TSG",),
        ),
        Problem(1, "scope", "own_college@TSG", "no such college"),
    )
    assert await verdict(wrong, publisher=None) == Verdict(unknown_units=expected)
    with pytest.raises(NotPublishable) as refused:
        await publish(wrong, expected=1, caller=admin, comment="x")
    assert refused.value.refusal.facts == {"problem": "UNKNOWN_UNIT"}
    assert await standing() == UNTOUCHED


# --- going back


async def test_going_back_is_a_new_version_with_the_old_rows(admin: Caller):
    await publish(table(PHONE), expected=1, caller=admin, comment="x")
    assert await rollback(1, expected=2, caller=admin, comment="后悔") == 3
    assert set((await store.read_table(3)).rules) == set(SHIPPED.rules)
    assert await PolicyVersion.filter(number=3).values_list("parent", "comment") == [(2, "后悔")]
    operation = await Operation.get(id=2)
    assert operation.parameters == {"version": 3, "comment": "后悔", "back_to": 1, "cascaded": 0}
    assert "phone" not in store.STORE.snapshot.decision("operator", "Student", "read").grants
    assert await rollback(1, expected=3, caller=admin, comment="x") == 3


@pytest.mark.parametrize("to", [0, 2, 99])
async def test_going_back_to_a_version_there_is_not(admin: Caller, to: int):
    with pytest.raises(Refused) as refused:
        await rollback(to, expected=1, caller=admin, comment="x")
    assert (refused.value.refusal.code, refused.value.argument) == (Code.NOT_FOUND, "version")
    assert refused.value.refusal.facts == {"version": to}


async def test_going_back_to_a_version_that_was_tampered_with(admin: Caller):
    await publish(table(PHONE), expected=1, caller=admin, comment="x")
    await PolicyVersion.filter(number=1).update(body='{"rules": [], "parents": []}')
    with pytest.raises(InvalidPolicy, match="checksum"):
        await rollback(1, expected=2, caller=admin, comment="x")
    assert await standing() == (2, 2, 1, 1)


async def test_going_back_is_judged_too(admin: Caller):
    """What was good once may break a promise, or lock somebody out, now."""
    await store.put_in_force(table("student,Student,id_no,read,own_self,allow,"), expected=1, comment="x")
    await store.put_in_force(table(), expected=2, comment="x")
    with pytest.raises(NotPublishable) as refused:
        await rollback(2, expected=3, caller=admin, comment="x")
    assert refused.value.refusal.facts == {"problem": "ASSURANCE"}
    with pytest.raises(Refused) as conflict:
        await rollback(1, expected=2, caller=admin, comment="x")
    assert conflict.value.refusal.code is Code.CONFLICT
    assert await policy_publishing.in_force() == policy_publishing.InForce(
        3, (await PolicyVersion.get(number=3)).sha256
    )


async def test_a_refused_act_leaves_nothing_in_an_outer_transaction(admin: Caller, database: ModuleType):
    async with database.transaction():
        with pytest.raises(NotPublishable):
            await publish(table(without=[TUNE]), expected=1, caller=admin, comment="x")
        assert await publish(table(PHONE), expected=1, caller=admin, comment="x") == 2
        assert store.STORE.snapshot.version == 1
    assert await standing() == (2, 2, 1, 1)
