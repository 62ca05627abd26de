"""The committed text of one subject: a line for each thing that can be asked, with the outcomes and who gets them.

A line stands for itself, so that a diff can be read without counting columns:

    Student.phone | some: supervisor; value: student data_keeper office

Whoever is not named is refused: FORBIDDEN for a role, UNAUTHENTICATED for nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from policies.roles import ROLES

NOBODY = "nobody"
#: Who asks: every role that can be held, in their order on screen, and the anonymous.
ASKERS = (*(name for name, role in ROLES.items() if role.assignable), NOBODY)
SIGNED_IN = ASKERS[:-1]

REFUSED = "refused"
NOT_TO_ANYBODY = "refused to everybody"
HOW = "python -m tests.policies.expected_matrix --write"
SHOWN = 40

Cells = dict[str, str]
"""Asker → outcome."""


@dataclass
class Matrix:
    """What was asked → asker → outcome, for one subject."""

    rows: dict[str, Cells] = field(default_factory=dict)

    def put(self, what: str, asker: str, outcome: str) -> None:
        self.rows.setdefault(what, {})[asker] = outcome

    def __getitem__(self, what: str) -> Cells:
        return self.rows[what]

    def holders(self, what: str) -> set[str]:
        """Who is not refused."""
        return {asker for asker, outcome in self.rows[what].items() if outcome != REFUSED}


# --- text


def write(matrix: Matrix, head: str) -> str:
    """The file's whole text."""
    comment = [f"# {line}".rstrip() for line in head.strip().splitlines()]
    lines = [f"{what} | {_cells(matrix[what])}" for what in sorted(matrix.rows)]
    return "\n".join([*comment, "#", f"# askers: {' '.join(ASKERS)}", "", *lines, ""])


def _cells(cells: Cells) -> str:
    outcomes = sorted({outcome for outcome in cells.values() if outcome != REFUSED})
    told = [f"{each}: {_named([who for who in ASKERS if cells.get(who) == each])}" for each in outcomes]
    return "; ".join(told) or NOT_TO_ANYBODY


def _named(who: list[str]) -> str:
    if who == list(ASKERS):
        return "everybody"
    missing = [each for each in SIGNED_IN if each not in who]
    if NOBODY in who or len(missing) > len(SIGNED_IN) // 3:
        return " ".join(who)
    return " ".join(["signed-in", *(["but", *missing] if missing else [])])


def read(text: str) -> Matrix:
    """The inverse of `write`."""
    askers = next((line.split()[2:] for line in text.splitlines() if line.startswith("# askers:")), [])
    matrix = Matrix()
    for line in text.splitlines():
        if line and not line.startswith("#"):
            what, _, told = line.partition(" | ")
            matrix.rows[what] = dict.fromkeys(askers, REFUSED) | dict(_told(told, askers))
    return matrix


def _told(text: str, askers: list[str]) -> Iterator[tuple[str, str]]:
    if text == NOT_TO_ANYBODY:
        return
    for each in text.split("; "):
        outcome, _, named = each.partition(": ")
        for who in _meant(named.split(), askers):
            yield who, outcome


def _meant(named: list[str], askers: list[str]) -> Iterable[str]:
    if named == ["everybody"]:
        return askers
    if named[0] == "signed-in":
        return [who for who in askers if who not in (NOBODY, *named[2:])]
    return named


# --- comparing


def differences(expected: Matrix, found: Matrix) -> list[str]:
    """The cells that differ, in words; empty when the committed file says what is so."""
    told = [f"{what}: has no row" for what in sorted(found.rows.keys() - expected.rows.keys())]
    told += [f"{what}: is not there any more" for what in sorted(expected.rows.keys() - found.rows.keys())]
    for what in sorted(found.rows.keys() & expected.rows.keys()):
        told += _differing(what, expected[what], found[what])
    return told


def _differing(what: str, expected: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    for who in ASKERS:
        before, now = expected.get(who, "no cell"), found.get(who, REFUSED)
        if before != now:
            yield f"{what} × {who}: expected {before}, found {now}"


def complaint(file: Path, told: list[str]) -> str:
    """What to tell whoever changed something, or else opened something unawares."""
    more = [f"… and {len(told) - SHOWN} more"] if len(told) > SHOWN else []
    return "\n".join(
        [
            f"{len(told)} differences from {file.name}:",
            *told[:SHOWN],
            *more,
            f"If this is meant: `{HOW}`, read the diff of {file.name}, and commit it.",
        ]
    )
