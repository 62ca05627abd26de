"""Who asks: a bearer token or the panel's session cookie becomes a Caller in exactly one acting role (R12)."""

from __future__ import annotations

import hashlib
import hmac

from graphql_api.context import Context, Credentials
from graphql_api.errors import ApiError, ErrorCode
from graphql_api.remembered import Identities
from models.rules.sessions import Identity, resolve_session
from models.rules.tokens import resolve_token
from policies import store
from policies.caller import Caller
from settings import settings

SESSION_COOKIE = "lixiao_session"
CSRF_HEADER = "X-CSRF-Token"


async def authenticate(context: Context, known: Identities | None = None, *, anew: bool = False) -> None:
    """Fills in the caller and what he may do; without any credential the request stays anonymous.

    A credential that does not hold (any more) leaves the request anonymous too, with the `problem` to answer when it
    asks for more than to sign in: whoever has an old cookie must still be able to do that. `known` may answer for a
    request that only reads; for one that writes the database is asked `anew`, as it is without `known`.
    """
    context.identity = context.signed_in = context.rights = None
    identity, kind = await _identify(context, known or Identities(), anew=anew)
    if identity is None:
        context.problem = ApiError(ErrorCode.UNAUTHENTICATED, problem=kind) if kind else None
        return
    context.identity = identity
    context.signed_in = caller_of(identity, context.locale)
    context.rights = await store.access_for_read(context.signed_in)


async def _identify(context: Context, known: Identities, *, anew: bool) -> tuple[Identity | None, str]:
    """Who the credential shows, and which kind of credential it is. A bearer token goes before a cookie: a program that
    sends one means it."""
    bearer, session = context.credentials.bearer, context.credentials.session
    kind, credential = ("TOKEN", bearer) if bearer is not None else ("SESSION", session)
    if credential is None:
        return None, ""
    resolve = resolve_session if bearer is None else resolve_token
    identity, context.remembered = await known.of(kind, credential, resolve, anew=anew)
    return identity, kind


def caller_of(identity: Identity, locale: str) -> Caller:
    """The caller as the policies know it: one role and that role's units."""
    return Caller(
        user_id=identity.user_id,
        username=identity.username,
        name=identity.name,
        role=identity.role,
        units=identity.units,
        token=identity.token,
        locale=locale,
        default_batch_id=identity.batch_id,
    )


def bearer_of(authorization: str | None) -> str | None:
    """The token of an Authorization header; another scheme than Bearer is no credential of ours."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def csrf_token(session: str) -> str:
    """What a page of this session sends along with a write; another site cannot know it."""
    return hmac.new(settings().secret_key.encode(), b"csrf " + session.encode(), hashlib.sha256).hexdigest()


def csrf_token_matches(credentials: Credentials) -> bool:
    """Only what a browser adds by itself needs the token: the cookie, from outside this process."""
    if not credentials.check_csrf or credentials.bearer is not None or credentials.session is None:
        return True
    return hmac.compare_digest(csrf_token(credentials.session).encode(), (credentials.csrf or "").encode())
