"""Signing in and out, and choosing the acting role and the batch."""

from __future__ import annotations

import logging

import strawberry

from graphql_api.authentication import csrf_token
from graphql_api.context import Info, SessionCookie
from graphql_api.errors import ApiError, ErrorCode, Violation, bad_input
from graphql_api.messages import of_error
from graphql_api.throttling import place_of, throttled
from models.declare import Words
from models.rules import sessions
from policies.roles import ROLES
from settings import settings

LONGEST_SHOWN = 32
logger = logging.getLogger("lixiao.graphql_api")


@strawberry.input
class SignInInput:
    username: str
    password: str


@strawberry.input
class ChooseRoleInput:
    """What is left out stays as it is."""

    role: str | None = None
    batch: str | None = None


@strawberry.type
class SessionState:
    """`csrfToken` goes along with every write of this session, in the header X-CSRF-Token."""

    csrf_token: str
    role: str


async def sign_in(info: Info, input: SignInInput) -> SessionState:  # noqa: A002  # the contract's argument
    """Opens a session; the response sets its cookie."""
    try:
        with throttled():
            opened = await sessions.sign_in(
                input.username, input.password, place=place_of(info.context), hours=settings().session_hours
            )
    except sessions.WrongCredentials:
        logger.warning("sign-in refused, from %s", info.context.credentials.address or "this process")
        raise ApiError(ErrorCode.UNAUTHENTICATED, problem="PASSWORD") from None
    info.context.cookie = SessionCookie(opened.token)
    return SessionState(csrf_token=csrf_token(opened.token), role=opened.role)


async def sign_out(info: Info) -> bool:
    """Ends the session whose cookie came along; the response deletes the cookie."""
    await sessions.sign_out(_session(info))
    info.context.cookie = SessionCookie(None)
    return True


async def choose_role(info: Info, input: ChooseRoleInput) -> SessionState:  # noqa: A002
    """From the next request on, the session acts in this role and batch (R3, R12)."""
    identity, token = info.context.identity, _session(info)
    if identity is None or identity.session_id is None:
        raise bad_input("role", problem="SESSION")
    if input.role is not None and input.role not in {held.role for held in identity.roles}:
        raise _not_held(info, input.role)
    await sessions.choose_role(identity.session_id, role=input.role, batch=input.batch)
    return SessionState(csrf_token=csrf_token(token), role=input.role or identity.role)


def _not_held(info: Info, role: str) -> ApiError:
    wanted = ROLES[role].label if role in ROLES else Words(role[:LONGEST_SHOWN], role[:LONGEST_SHOWN])
    words = of_error(ErrorCode.FORBIDDEN.value, {"problem": "NOT_HELD", "wanted": wanted}, info.context.locale)
    return ApiError(ErrorCode.FORBIDDEN, words, [Violation(("input", "role"), "NOT_HELD")], role=role[:LONGEST_SHOWN])


def _session(info: Info) -> str:
    """A token has one role for good and cannot sign out: that is for whoever came with the cookie."""
    session = info.context.credentials.session
    if session is None or info.context.credentials.bearer is not None:
        raise ApiError(ErrorCode.BAD_INPUT, problem="NO_SESSION")
    return session


FIELDS = {"sign_in": sign_in, "sign_out": sign_out, "choose_role": choose_role}
