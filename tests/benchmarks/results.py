"""What one run has found of one database, and how it is kept in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from tests.benchmarks.beside import Cost, Figure, Ratio
from tests.benchmarks.busiest_day import Day, Timed


@dataclass
class Results:
    """Empty where something was not measured. `about`: where and when the workloads were measured, and how busy the
    machine was."""

    about: dict[str, Any] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)
    million: list[Figure] = field(default_factory=list)
    day: Day | None = None
    during: dict[str, float] = field(default_factory=dict)
    statements: dict[str, dict[str, int]] = field(default_factory=dict)
    policies: dict[str, float] = field(default_factory=dict)

    def add(self, newer: Results) -> None:
        """Takes over what the newer one has measured, workload by workload."""
        for each in fields(self):
            old, new = getattr(self, each.name), getattr(newer, each.name)
            if each.name in ("figures", "million"):
                setattr(self, each.name, list({figure.name: figure for figure in (*old, *new)}.values()))
            elif new and (each.name != "about" or newer.figures or not old):
                setattr(self, each.name, new)


def write(results: Mapping[str, Results], file: Path) -> None:
    """Adds these results to the file's, and writes it anew."""
    there = read(file) if file.exists() else {}
    for name, each in results.items():
        there.setdefault(name, Results()).add(each)
    text = json.dumps({name: asdict(each) for name, each in there.items()}, indent=2, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")


def read(file: Path) -> dict[str, Results]:
    """The results of each database, by its name."""
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return {name: _results(each) for name, each in found.items()}


def _results(kept: dict[str, Any]) -> Results:
    kept["figures"] = [_figure(each) for each in kept["figures"]]
    kept["million"] = [_figure(each) for each in kept["million"]]
    if kept["day"]:
        lines = [Timed(**each) for each in kept["day"].pop("lines")]
        kept["day"] = Day(**kept["day"], lines=lines)
    return Results(**kept)


def _figure(kept: dict[str, Any]) -> Figure:
    costs = {name: Cost(**each) for name, each in kept.pop("costs").items()}
    ratios = {name: Ratio(**each) for name, each in kept.pop("ratios").items()}
    return Figure(**kept, costs=costs, ratios=ratios)
