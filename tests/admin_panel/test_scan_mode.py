"""How long scan mode is on, and which scan is a repetition."""

from __future__ import annotations

from dataclasses import replace

import pytest

from admin_panel.language import Text
from admin_panel.scan_mode import IDLE_SECONDS, REPEAT_SECONDS, Mode, Scanned
from admin_panel.visit import Batch, Role, Viewer

ROLE = Role("operator", Text("办理人员", "Operator"), ("图书馆",))
BATCH = Batch("QmF0Y2g6MQ", "2026-06", Text("2026年6月", "June 2026"), "OPEN")
VIEWER = Viewer("library", "李敏", "", (ROLE,), ROLE, BATCH, {}, False)
MODE = Mode("key", "operator", "2026-06", "LIB_BOOKS", "CLEARED", "", "", since=1000.0, last=1000.0)


def test_it_is_on_until_nothing_was_scanned_for_ten_minutes() -> None:
    assert IDLE_SECONDS == 600
    assert not MODE.ended(VIEWER, 1600.0)
    assert MODE.ended(VIEWER, 1600.1)
    assert not MODE.after("S1", "a", 1500.0).ended(VIEWER, 2100.0)
    assert MODE.after("S1", "a", 1500.0).ended(VIEWER, 2100.1)


@pytest.mark.parametrize(
    "other",
    [
        replace(VIEWER, role=replace(ROLE, name="cert_officer")),
        replace(VIEWER, role=None),
        replace(VIEWER, batch=replace(BATCH, code="2026-12")),
        replace(VIEWER, batch=None),
    ],
)
def test_it_ends_with_the_role_and_the_batch(other: Viewer) -> None:
    assert MODE.ended(other, 1000.0)


def test_the_same_student_within_five_seconds_is_a_repetition() -> None:
    assert REPEAT_SECONDS == 5
    scanned = MODE.after("S1", "a", 1000.0)
    assert scanned.repeats("S1", "b", 1004.9)
    assert not scanned.repeats("S1", "b", 1005.0)
    assert not scanned.repeats("S2", "b", 1001.0)


def test_what_is_sent_again_is_no_other_scan() -> None:
    assert not MODE.after("S1", "a", 1000.0).repeats("S1", "a", 1001.0)


def test_a_student_between_does_not_hide_the_repetition() -> None:
    assert MODE.after("S1", "a", 1000.0).after("S2", "b", 1001.0).repeats("S1", "c", 1002.0)


def test_only_what_may_repeat_is_remembered() -> None:
    mode = MODE
    for number in range(100):
        mode = mode.after(f"S{number}", "mark", 1000.0 + number)
    assert mode.seen == [Scanned(f"S{number}", "mark", 1000.0 + number) for number in range(95, 100)]


def test_after_undoing_the_student_may_be_scanned_at_once() -> None:
    assert not MODE.after("S1", "a", 1000.0).without("S1", 1001.0).repeats("S1", "b", 1001.0)
