"""Passwords: the profile of the hash, right and wrong ones, what is refused."""

from __future__ import annotations

import pytest

from models.rules.passwords import check_password, hash_password, needs_rehash, verify_password
from models.rules.refusals import Code, Refused

pytestmark = pytest.mark.usefixtures("production_passwords")


async def test_argon2id_with_19_mib():
    stored = await hash_password("correct horse")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert len(stored) <= 256
    assert not needs_rehash(stored)


async def test_right_and_wrong():
    stored = await hash_password("correct horse")
    assert await verify_password(stored, "correct horse")
    assert not await verify_password(stored, "correct horsE")
    assert not await verify_password(stored, "")
    assert not await verify_password(None, "correct horse")
    assert not await verify_password("not a hash", "correct horse")


def test_an_older_profile_is_recognised():
    older = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21l$K1tfXuRmGnTL3PDw6kVP5w"
    assert needs_rehash(older)


@pytest.mark.parametrize("password", ["", "short", "123456789", "x" * 1025])
def test_too_short_or_too_long(password: str):
    with pytest.raises(Refused) as caught:
        check_password(password, username="limin")
    assert caught.value.refusal.code is Code.BAD_INPUT
    assert caught.value.refusal.facts == {"minimum": 10, "maximum": 1024}
    assert caught.value.argument == "password"


def test_not_the_username():
    with pytest.raises(Refused) as caught:
        check_password("LiMin-2026", username="limin-2026")
    assert caught.value.refusal.facts == {"problem": "USERNAME"}
    check_password("limin-2026!", username="limin-2026")
