"""What a resolver may know of its request: who asks, what they may, in which language; and the cookie left behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import strawberry

from graphql_api.errors import ApiError, ErrorCode
from models.rules.sessions import Identity

if TYPE_CHECKING:
    from policies.access import Access
    from policies.caller import Caller


@dataclass(slots=True)
class Credentials:
    """What a request brought along to say who it is; `execute` finds out whether it is true.

    `bearer`: an API token. `session`: the value of the panel's cookie. `csrf`: the X-CSRF-Token header, asked for with
    a session's mutations when `check_csrf` (the panel in this process checks its own forms). `locale`: the value of
    Accept-Language. `address`: where the request comes from, for the log of refused sign-ins. `inside`: the
    panel generating its views at start-up; it may read the schema and the metadata, and no data.
    """

    bearer: str | None = None
    session: str | None = None
    csrf: str | None = None
    check_csrf: bool = False
    locale: str = ""
    address: str = ""
    inside: bool = False


@dataclass(slots=True)
class SessionCookie:
    """The session that signIn opened (its token), or that signOut ended (None)."""

    token: str | None


@dataclass(slots=True)
class Context:
    """One request's context. `caller` and `access` raise UNAUTHENTICATED for a request without a caller; `problem` is
    why a credential did not hold."""

    credentials: Credentials
    locale: str
    identity: Identity | None = None
    signed_in: Caller | None = None
    rights: Access | None = None
    problem: ApiError | None = None
    cookie: SessionCookie | None = None
    kept: dict[object, Any] = field(default_factory=dict)  # worked out once per request, by whoever needs it

    @property
    def caller(self) -> Caller:
        if self.signed_in is None:
            raise self.problem or ApiError(ErrorCode.UNAUTHENTICATED)
        return self.signed_in

    @property
    def access(self) -> Access:
        if self.rights is None:
            raise self.problem or ApiError(ErrorCode.UNAUTHENTICATED)
        return self.rights

    @property
    def may_explore(self) -> bool:
        """Whether this caller may read the schema itself: introspection and suggestions."""
        return self.credentials.inside or (self.rights is not None and self.rights.can("Api", "explore"))


Info = strawberry.Info[Context, None]
