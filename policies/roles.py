"""The roles, read from `roles.csv`: their words, the units an assignment names, and whose rights they have besides."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from models.declare import Words

FILE = Path(__file__).with_name("roles.csv")


@dataclass(frozen=True, slots=True)
class Role:
    """`units`: the kinds of unit an assignment may name (`college`, `department`, `building`, or `none`).
    `assignable`: False for what others have in common (`staff`, `desk`), which nobody holds as such."""

    name: str
    label: Words
    units: frozenset[str]
    parent: str | None
    assignable: bool


def _read(file: Path) -> dict[str, Role]:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.reader(lines) if row and not row[0].startswith("#")]
    return {row[0]: _role(*row) for row in rows}


def _role(name: str, zh: str, en: str, units: str, parent: str) -> Role:
    kinds = frozenset() if units == "-" else frozenset((units or "none").split("|"))
    return Role(name, Words(zh, en), kinds, parent or None, assignable=units != "-")


ROLES: dict[str, Role] = _read(FILE)

#: The shipped inheritance as (child, parent); a published policy carries its own.
PARENTS: tuple[tuple[str, str], ...] = tuple((role.name, role.parent) for role in ROLES.values() if role.parent)
