"""Who a credential showed a moment ago, remembered in this process, so that a page of many questions is one look-up.

Only what reads may use it; a write asks the database, and so does everybody after a write that changed who somebody
is. What another process changed is obeyed within SECONDS, the same promise that a read has for the policy in force.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection

from models.rules.sessions import Identity, hashed

SECONDS = 0.5
MOST = 5_000  # credentials; some 2 kB each

#: The mutations of the busiest days, which change nobody's account, role, token, unit or present session. After any
#: other one everything is forgotten: a new mutation is careful until somebody lists it here.
HARMLESS = frozenset(
    {
        "__typename",
        "applyOperation",
        "applyToLeave",
        "cancelFile",
        "cancelOperation",
        "exportRows",
        "importCertificates",
        "importClearances",
        "issueCertificates",
        "setClearances",
        "signIn",
        "signStudents",
        "syncClearances",
        "undoIssue",
        "undoOperation",
    }
)

Resolve = Callable[[str], Awaitable[Identity | None]]


class Identities:
    """A bounded memory. A credential is kept by its hash alone; one that did not hold is not kept at all."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], tuple[float, Identity]] = OrderedDict()
        self._forgotten = 0

    async def of(
        self, kind: str, credential: str, resolve: Resolve, *, anew: bool = False
    ) -> tuple[Identity | None, bool]:
        """Whom this credential shows, and whether that was remembered, which it is not `anew`. `kind` keeps tokens and
        sessions apart."""
        key, now = (kind, hashed(credential)), self._clock()
        found = self._known.get(key)
        if found is not None and now - found[0] < SECONDS and not anew:
            return found[1], True
        before = self._forgotten
        identity = await resolve(credential)
        if before == self._forgotten:  # else what was read may be older than what made us forget
            self._keep(key, now, identity)
        return identity, False

    def _keep(self, key: tuple[str, str], now: float, identity: Identity | None) -> None:
        self._known.pop(key, None)
        if identity is not None and SECONDS:
            self._known[key] = (now, identity)
            if len(self._known) > MOST:
                self._known.popitem(last=False)

    def forget(self) -> None:
        """Everything, and what is being looked up at this moment."""
        self._forgotten += 1
        self._known.clear()

    def after(self, mutations: Collection[str]) -> None:
        """Forgets, unless these root fields cannot have changed who anybody is."""
        if not HARMLESS.issuperset(mutations):
            self.forget()
