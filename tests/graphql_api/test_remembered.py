"""Who a credential showed is remembered for half a second: for reads, and until something happens in this process."""

from __future__ import annotations

import pytest

from graphql_api import execute, remembered
from graphql_api.context import Credentials
from graphql_api.execute import Api
from graphql_api.remembered import Identities
from models import RoleAssignment, Session, User, database
from models.rules.accounts import disable_user
from models.rules.actor import SYSTEM
from models.rules.sessions import Identity, hashed
from models.rules.tokens import create_token, revoke_token
from tests.api import OpenDesk, built_schema, member

WHO = "{ viewer { username activeRole } }"
LOOK_UPS = ("FROM session", "FROM api_token")


class Clock:
    """A clock that stands still until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Remembering is on, and its time is the test's own."""
    stopped = Clock()
    monkeypatch.setattr(execute, "Identities", lambda: Identities(stopped))
    return stopped


@pytest.fixture
async def door(api: OpenDesk, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Api:
    await api()
    monkeypatch.setattr(remembered, "SECONDS", 0.5)
    return Api(built_schema())


async def signed_in(api: OpenDesk) -> Credentials:
    desk = await api(as_="library")
    return Credentials(session=desk.http.cookies["lixiao_session"])


async def looked_up(door: Api, who: Credentials, document: str = WHO) -> tuple[int, str | None]:
    """How often the database was asked who that is, and the code of the answer's error."""
    with database.statements() as sent:
        answer = await door.execute(document, credentials=who)
    return sum(any(each in statement for each in LOOK_UPS) for statement in sent), answer.code


async def test_a_read_within_half_a_second_asks_nobody(api: OpenDesk, door: Api, clock: Clock) -> None:
    await member("library", "operator")
    who = await signed_in(api)
    assert [await looked_up(door, who) for _ in range(3)] == [(1, None), (0, None), (0, None)]
    clock.now += 0.499
    assert await looked_up(door, who) == (0, None)
    clock.now += 0.001
    assert await looked_up(door, who) == (1, None)


async def test_what_another_process_did_is_obeyed_after_half_a_second(api: OpenDesk, door: Api, clock: Clock) -> None:
    await member("library", "operator")
    who = await signed_in(api)
    await looked_up(door, who)
    await disable_user(SYSTEM, "library")
    assert await looked_up(door, who) == (0, None)
    clock.now += 0.5
    assert await looked_up(door, who) == (1, "UNAUTHENTICATED")


async def test_a_write_never_relies_on_memory(api: OpenDesk, door: Api) -> None:
    await member("library", "operator")
    who = await signed_in(api)
    await looked_up(door, who)
    chosen = await looked_up(door, who, 'mutation { chooseRole(input: { role: "operator" }) { role } }')
    assert chosen == (1, None)
    await looked_up(door, who)
    await User.filter(username="library").update(active=False)
    assert await looked_up(door, who) == (0, None)
    assert await looked_up(door, who, "mutation { signOut }") == (1, "UNAUTHENTICATED")
    assert await looked_up(door, who) == (1, "UNAUTHENTICATED")  # what the write found is known to the next read


async def test_signing_out_and_choosing_a_role_are_obeyed_at_once(api: OpenDesk, door: Api) -> None:
    user = await member("library", "operator")
    await RoleAssignment.create(user=user, role="leader")
    who = await signed_in(api)
    await looked_up(door, who)
    chosen = await door.execute('mutation { chooseRole(input: { role: "leader" }) { role } }', credentials=who)
    assert chosen.body() == {"data": {"chooseRole": {"role": "leader"}}}
    read = await door.execute(WHO, credentials=who)
    assert read.body() == {"data": {"viewer": {"username": "library", "activeRole": "leader"}}}
    await door.execute("mutation { signOut }", credentials=who)
    assert await looked_up(door, who) == (1, "UNAUTHENTICATED")


async def test_a_revoked_token_is_refused_at_once(api: OpenDesk, door: Api) -> None:
    await member("library", "operator")
    made = await create_token(SYSTEM, "library")
    who = Credentials(bearer=made.secret)
    await looked_up(door, who)
    await revoke_token(SYSTEM, made.token_id)
    assert await looked_up(door, who) == (0, None)  # as from another process: nothing told this one
    door.identities.after({"revokeToken"})
    assert await looked_up(door, who) == (1, "UNAUTHENTICATED")


async def test_what_the_busiest_day_does_makes_nobody_forgotten(api: OpenDesk, door: Api) -> None:
    await member("library", "operator")
    who = await signed_in(api)
    await looked_up(door, who)
    door.identities.after({"setClearances", "__typename"})
    door.identities.after({"syncClearances"})
    assert await looked_up(door, who) == (0, None)


def a_person(name: str) -> Identity:
    return Identity(1, name, name, "operator", ())


async def test_a_look_up_that_began_before_a_change_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Identities(Clock())

    async def slow(credential: str) -> Identity:
        known.forget()  # meanwhile
        return a_person(credential)

    assert await known.of("SESSION", "a", slow) == (a_person("a"), False)
    assert await known.of("SESSION", "a", slow) == (a_person("a"), False)


async def test_the_memory_is_bounded_and_holds_no_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 2)
    known = Identities(Clock())
    asked: list[str] = []

    async def resolve(credential: str) -> Identity | None:
        asked.append(credential)
        return None if credential == "wrong" else a_person(credential)

    for credential in ("a", "b", "c", "b", "a", "wrong", "wrong"):
        await known.of("TOKEN", credential, resolve)
    assert asked == ["a", "b", "c", "a", "wrong", "wrong"]
    assert list(known._known) == [("TOKEN", hashed("c")), ("TOKEN", hashed("a"))]
    assert (await known.of("SESSION", "a", resolve))[1] is False


async def test_an_ended_session_of_another_process_is_a_session_that_ended(
    api: OpenDesk, door: Api, clock: Clock
) -> None:
    await member("library", "operator")
    who = await signed_in(api)
    await looked_up(door, who)
    await Session.filter(token_hash=hashed(who.session or "")).delete()
    clock.now += 0.5
    answer = await door.execute(WHO, credentials=who)
    assert answer.errors[0]["extensions"]["params"] == {"problem": "SESSION"}
