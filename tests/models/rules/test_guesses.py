"""Guesses of passwords: who guesses is slowed down, and shuts nobody else out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models import Session, SignInAttempt, User
from models.rules import guesses
from models.rules.accounts import set_password
from models.rules.actor import SYSTEM
from models.rules.guesses import TooManyAttempts, count_guess, forget_guesses
from models.rules.passwords import hash_password
from models.rules.sessions import WrongCredentials, sign_in

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
PASSWORD = "correct horse"
DESK, DORMITORY = "the desk", "the dormitory"


async def a_user(username: str = "limin") -> User:
    return await User.create(username=username, name="李敏", password_hash=await hash_password(PASSWORD))


async def guess(username: str, place: str, times: int, now: datetime = NOW) -> None:
    for _ in range(times):
        await count_guess(username, place, now)


async def stopped(username: str, place: str, now: datetime = NOW) -> datetime:
    with pytest.raises(TooManyAttempts) as caught:
        await count_guess(username, place, now)
    return caught.value.retry_at


async def test_ten_tries_of_a_name_from_one_place_shut_that_place_out_and_no_other(database):
    await a_user()
    await guess("limin", DORMITORY, 10)
    with pytest.raises(TooManyAttempts):
        await sign_in("limin", PASSWORD, place=DORMITORY, now=NOW)
    opened = await sign_in("limin", PASSWORD, place=DESK, now=NOW)
    assert await Session.filter(id=opened.session_id).values_list("place", flat=True) == [DESK]
    await stopped("limin", DORMITORY)  # that she came in from elsewhere gives who guesses no new tries
    await guess("another", DORMITORY, 1)


async def test_the_right_password_forgets_what_was_tried_from_there(database):
    await a_user()
    for _ in range(3):
        await guess("limin", DESK, 9)
        await sign_in(" Limin".lower(), PASSWORD, place=DESK, now=NOW)
    assert await SignInAttempt.all().count() == 0


async def test_many_who_guess_one_name_together_are_stopped_but_not_who_is_known(database, monkeypatch):
    monkeypatch.setattr(guesses, "GUESSES_OF_A_NAME", 20)
    await a_user()
    await sign_in("limin", PASSWORD, place=DESK, now=NOW - timedelta(days=89))
    for n in range(4):
        await guess("limin", f"place {n}", 5, NOW + timedelta(seconds=n))
    assert await stopped("limin", "place 99", NOW + timedelta(minutes=1)) == NOW + timedelta(minutes=15)
    assert (await sign_in("limin", PASSWORD, place=DESK, now=NOW + timedelta(minutes=1))).user_id
    with pytest.raises(WrongCredentials):
        await sign_in("nobody", PASSWORD, place="place 99", now=NOW)


async def test_one_password_tried_on_everybody_is_stopped_but_not_who_is_known(database, monkeypatch):
    monkeypatch.setattr(guesses, "GUESSES_FROM_A_PLACE", 20)
    await a_user()
    await sign_in("limin", PASSWORD, place=DORMITORY, now=NOW)
    for n in range(20):
        await guess(f"2024{n:04}", DORMITORY, 1)
    assert await stopped("20249999", DORMITORY) == NOW + timedelta(minutes=15)
    assert (await sign_in("limin", PASSWORD, place=DORMITORY, now=NOW)).user_id
    await guess("20249999", DESK, 1)


async def test_who_is_known_guesses_no_more_than_ten_times(database, monkeypatch):
    monkeypatch.setattr(guesses, "GUESSES_OF_A_NAME", 5)
    await a_user()
    await sign_in("limin", PASSWORD, place=DESK, now=NOW)
    await guess("limin", DESK, 10)
    await stopped("limin", DESK)


async def test_a_place_is_known_for_ninety_days_and_no_place_is_known_to_nobody(database, monkeypatch):
    monkeypatch.setattr(guesses, "GUESSES_OF_A_NAME", 1)
    await a_user()
    await sign_in("limin", PASSWORD, place=DESK, now=NOW)
    await sign_in("limin", PASSWORD, now=NOW)
    later = NOW + timedelta(days=91)
    await guess("limin", "elsewhere", 1, later)
    await Session.all().update(created_at=NOW)
    await stopped("limin", DESK, later)
    await stopped("limin", "", later)


async def test_another_password_set_by_who_may_ends_the_wait(database):
    await a_user()
    await guess("limin", DESK, 10)
    await guess("limin", DORMITORY, 10)
    await set_password(SYSTEM, "limin", "another horse", now=NOW)
    assert (await sign_in("limin", "another horse", place=DESK, now=NOW)).user_id
    assert await SignInAttempt.all().count() == 0


async def test_a_name_leaves_a_hash_alone(database):
    await guess("my secret password", DESK, 1)
    [attempt] = await SignInAttempt.all()
    assert (len(attempt.who), attempt.place) == (64, DESK)
    await forget_guesses("my secret password", DESK)
    assert await SignInAttempt.all().count() == 0


async def test_what_is_past_is_cleared_away(database):
    await guess("limin", DESK, 10)
    await guess("another", DESK, 1, NOW + timedelta(minutes=15))
    assert await SignInAttempt.all().count() == 1
