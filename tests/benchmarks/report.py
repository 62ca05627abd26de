"""What was measured, in words: tables for people, and the same as JSON."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.beside import Figure
from tests.benchmarks.policies import FIGURES

DURING = {
    "alone_p50": "W1 alone, half of them, in ms",
    "alone_p99": "W1 alone, the slowest of a hundred, in ms",
    "during_p50": "W1 while bulk marks run without pause, half of them, in ms",
    "during_p99": "the same, the slowest of a hundred, in ms",
    "marks": "bulk marks meanwhile",
}


@dataclass
class Results:
    """Of one database."""

    figures: list[Figure] = field(default_factory=list)
    during: dict[str, float] = field(default_factory=dict)
    statements: dict[str, dict[str, int]] = field(default_factory=dict)
    policies: dict[str, float] = field(default_factory=dict)


def machine() -> dict[str, Any]:
    """Where this was measured, and how busy that machine is (the average number of processes that wish to run)."""
    return {
        "processor": _processor() or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "busy": round(os.getloadavg()[0], 1),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text(encoding="utf-8").splitlines() if described.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def as_json(results: dict[str, Results], about: dict[str, Any]) -> dict[str, Any]:
    return {**about, "databases": {name: asdict(each) for name, each in results.items()}}


def as_text(results: dict[str, Results], about: dict[str, Any]) -> str:
    """All tables, in Markdown."""
    words = "{students} students, {rounds} rounds; {processor}, {cores} cores, Python {python}, load {busy}"
    tables = [_beside(name, each.figures) for name, each in results.items()]
    tables.append(_columns("W1 while others write", DURING, {name: each.during for name, each in results.items()}, 1))
    tables.append(_statements(results))
    costs = {name: each.policies for name, each in results.items()}
    tables.append(_columns("What the policies cost, in the application's own process", FIGURES, costs, 2))
    return "\n\n".join([words.format(**about), *tables])


def _beside(database: str, figures: list[Figure]) -> str:
    lines = [f"{database}: the desk beside SQL written by hand; ratio 1 is as fast", ""]
    lines += ["| workload | Lixiao | by hand | ratio | goal |", "|---|---|---|---|---|"]
    for each in figures:
        desk = "not there yet" if each.lixiao is None else _amount(each.lixiao, each.unit)
        hand = "–" if each.by_hand is None else _amount(each.by_hand, each.unit)
        ratio = "–" if each.ratio is None else f"{each.ratio:.3f}"
        lines.append(f"| {each.name}: {each.what} | {desk} | {hand} | {ratio} | {_goal(each)} |")
    return "\n".join(lines)


def _goal(figure: Figure) -> str:
    if figure.goal is None:
        return "–"
    said = "" if figure.ratio is None else ", reached" if figure.ratio >= figure.goal else ", not reached"
    return f"≥ {figure.goal}{said}"


def _amount(value: float, unit: str) -> str:
    return f"{value:,.0f}/s" if unit == "/s" and value >= 100 else f"{value:,.1f}{'/s' if unit == '/s' else ' ms'}"


def _statements(results: dict[str, Results]) -> str:
    lines = ["SQL statements of a request, by the number of rows, the session's included", ""]
    lines += ["| workload | " + " | ".join(results) + " |", "|---" * (len(results) + 1) + "|"]
    for workload in next(iter(results.values())).statements:
        counts = [_by_size(each.statements[workload]) for each in results.values()]
        lines.append(f"| {workload} | " + " | ".join(counts) + " |")
    return "\n".join(lines)


def _by_size(counts: dict[str, int]) -> str:
    return ", ".join(f"{rows}: {n}" for rows, n in counts.items())


def _columns(title: str, rows: dict[str, str], columns: dict[str, dict[str, float]], digits: int) -> str:
    lines = [title, "", "| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for key, what in rows.items():
        lines.append(f"| {what} | " + " | ".join(f"{each[key]:.{digits}f}" for each in columns.values()) + " |")
    return "\n".join(lines)
