"""连续办理 as it is switched on: for which item, what each scan does, how long; kept in the panel's signed session.

It is on for one page. Whoever leaves that page, reloads it, acts in another role or batch, switches it on elsewhere or
scans nothing for ten minutes has switched it off.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from flask import session

from admin_panel.visit import Viewer

IDLE_SECONDS = 600
REPEAT_SECONDS = 5
KEPT = "scan"


@dataclass(frozen=True, slots=True)
class Scanned:
    """A sheet that was scanned at `at` (seconds); `scan` is that scan's own mark, the same when it is sent again."""

    sheet: str
    scan: str
    at: float


@dataclass(frozen=True, slots=True)
class Mode:
    """`item` and `batch` are codes. `since` is when it was switched on, `last` when something was scanned last, in
    seconds. `fresh`: the page that it is on for is still to be shown."""

    key: str
    role: str
    batch: str
    item: str
    status: str
    note: str
    reason: str
    since: float
    last: float
    fresh: bool = True
    seen: list[Scanned] = field(default_factory=list)

    def ended(self, viewer: Viewer, now: float) -> bool:
        """Whether it is over for who acts now."""
        here = (viewer.role.name if viewer.role else "", viewer.batch.code if viewer.batch else "")
        return here != (self.role, self.batch) or now - self.last > IDLE_SECONDS

    def repeats(self, sheet: str, scan: str, now: float) -> bool:
        """Whether this sheet was scanned a moment ago; what is only sent again is no other scan."""
        return any(each.sheet == sheet and each.scan != scan and now - each.at < REPEAT_SECONDS for each in self.seen)

    def after(self, sheet: str, scan: str, now: float) -> Mode:
        """With this scan, forgetting those that repeat no more."""
        recent = [each for each in self.seen if now - each.at < REPEAT_SECONDS and each.sheet != sheet]
        return replace(self, last=now, seen=[*recent, Scanned(sheet, scan, now)])

    def without(self, sheet: str, now: float) -> Mode:
        """After undoing: this sheet may be scanned again at once."""
        return replace(self, last=now, seen=[each for each in self.seen if each.sheet != sheet])


def switched_on(viewer: Viewer, now: float, *, item: str, status: str, note: str, reason: str) -> Mode:
    """A new mode, in place of any other of this browser."""
    role, batch = viewer.role.name if viewer.role else "", viewer.batch.code if viewer.batch else ""
    mode = Mode(secrets.token_hex(8), role, batch, item, status, note, reason, now, now)
    keep(mode)
    return mode


def keep(mode: Mode) -> None:
    session[KEPT] = asdict(mode)


def kept() -> Mode | None:
    """What this browser has switched on, or had."""
    found: dict[str, Any] | None = session.get(KEPT)
    if not found:
        return None
    return Mode(**{**found, "seen": [Scanned(**each) for each in found["seen"]]})


def forget() -> None:
    session.pop(KEPT, None)
