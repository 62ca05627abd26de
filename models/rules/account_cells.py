"""What may stand in the columns of an account or token, as people type it; every function gives the text to store.

Each refuses with BAD_INPUT, naming its argument.
"""

from __future__ import annotations

import re
from datetime import datetime

from tortoise.models import Model

from models.accounts import ApiToken, User
from models.rules.identity import normalise
from models.rules.refusals import Code, Refused

EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
PHONE = re.compile(r"[0-9+()/# ,;.\-x]+")


def username_of(written: str) -> str:
    """Without blanks: it is typed at every sign-in."""
    text = _fitting(User, "username", written, "username")
    if not text or " " in text:
        raise Refused(Code.BAD_INPUT, argument="username", problem="USERNAME_FORM", value=text)
    return text


def name_of(written: str) -> str:
    """Never empty."""
    text = _fitting(User, "name", written, "name")
    if not text:
        raise Refused(Code.BAD_INPUT, argument="name", problem="MISSING")
    return text


def email_of(written: str) -> str:
    """Empty, or one address."""
    text = _fitting(User, "email", written, "email")
    if text and not EMAIL.fullmatch(text):
        raise Refused(Code.BAD_INPUT, argument="email", problem="EMAIL_FORM")
    return text


def phone_of(written: str) -> str:
    """Empty, or a number with the signs that people write between its digits."""
    text = _fitting(User, "phone", written, "phone")
    if text and not (PHONE.fullmatch(text) and any(each.isdigit() for each in text)):
        raise Refused(Code.BAD_INPUT, argument="phone", problem="PHONE_FORM")
    return text


def purpose_of(written: str) -> str:
    """What a token is for; may be empty."""
    return _fitting(ApiToken, "name", written, "name")


def source_of(written: str) -> str:
    """Empty, or the name of the system that a token reports for, without blanks: its reports are signed with it."""
    text = _fitting(ApiToken, "source", written, "source")
    if " " in text:
        raise Refused(Code.BAD_INPUT, argument="source", problem="SOURCE_FORM", value=text)
    return text


def _fitting(model: type[Model], column: str, written: str, argument: str) -> str:
    text = normalise(written)
    longest: int = model._meta.fields_map[column].max_length  # type: ignore[attr-defined]  # a CharField
    if len(text) > longest:
        raise Refused(Code.BAD_INPUT, argument=argument, length=len(text), limit=longest)
    return text


def check_future(moment: datetime | None, argument: str, now: datetime) -> None:
    """What ends before it begins would be of no use to anybody."""
    if moment is not None and moment <= now:
        raise Refused(Code.BAD_INPUT, argument=argument, problem="PAST", moment=moment.isoformat())
