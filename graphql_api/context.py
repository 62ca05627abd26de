"""What a resolver may know of its request: who asks, what they may, in which language; and the cookie left behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import strawberry

from graphql_api.errors import ApiError, ErrorCode
from models.rules.sessions import Identity

if TYPE_CHECKING:
    from graphql_api.execute import Api
    from policies.access import Access
    from policies.caller import Caller


@dataclass(slots=True)
class Credentials:
    """What a request brought along to say who it is; `execute` finds out whether it is true.

    `bearer`: an API token. `session`: the value of the panel's cookie. `csrf`: the X-CSRF-Token header, asked for with
    a session's mutations when `check_csrf` (the panel in this process checks its own forms). `locale`: the value of
    Accept-Language. `address`: where the request comes from, which tries of passwords are counted by. `panel`: a page
    of the panel in this process, whose documents are our own. `inside`: the panel generating its views at start-up; it
    may read the schema and the metadata, and no data.
    """

    bearer: str | None = None
    session: str | None = None
    csrf: str | None = None
    check_csrf: bool = False
    locale: str = ""
    address: str = ""
    panel: bool = False
    inside: bool = False


@dataclass(slots=True)
class SessionCookie:
    """The session that signIn opened (its token), or that signOut ended (None)."""

    token: str | None


@dataclass(slots=True)
class Context:
    """One request's context. `caller` and `access` raise UNAUTHENTICATED for a request without a caller; `problem` is
    why a credential did not hold; `remembered`: it was looked up a moment ago, which a write does not rely on."""

    credentials: Credentials
    locale: str
    identity: Identity | None = None
    signed_in: Caller | None = None
    rights: Access | None = None
    problem: ApiError | None = None
    remembered: bool = False
    kind: str = ""  # query, mutation or subscription, once that is known; the operation's name and its cost likewise
    operation: str = ""
    cost: int = 0
    cookie: SessionCookie | None = None
    api: Api | None = None  # which this was asked of: whoever makes a file asks it again, page by page
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

    @property
    def asks_freely(self) -> bool:
        """Whether this caller may run documents that are not stored; nobody in no role has anything to ask about."""
        if self.credentials.panel or self.credentials.inside or self.signed_in is None or not self.signed_in.role:
            return True
        return self.access.can("Api", "ask_freely")


Info = strawberry.Info[Context, None]
