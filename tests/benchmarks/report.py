"""What was measured, in words: tables for people, and the same as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.beside import Cost, Figure, Ratio
from tests.benchmarks.busiest_day import Day
from tests.benchmarks.goals import as_table
from tests.benchmarks.million import LARGE, SMALL
from tests.benchmarks.results import Results
from tests.benchmarks.servers import BY_HAND, LIXIAO

ABOUT = (
    "{at}, {students:,} students, {rounds} rounds; {processor}, {cores} cores, Python {python}; load of the machine"
    " {busy} at the beginning and {busy_at_end} at the end, where {cores} is fully busy"
)
DURING = {
    "alone_p50": "W1 alone, half of them, in ms",
    "alone_p99": "W1 alone, the slowest of a hundred, in ms",
    "during_p50": "W1 while bulk marks run without pause, half of them, in ms",
    "during_p99": "the same, the slowest of a hundred, in ms",
    "marks": "bulk marks meanwhile",
    "pinned_alone_p50": "server on one core, whoever asks on the other: W1 alone, half of them, in ms",
    "pinned_alone_p99": "the same, the slowest of a hundred, in ms",
    "pinned_during_p50": "the same while bulk marks run, half of them, in ms",
    "pinned_during_p99": "the same, the slowest of a hundred, in ms",
    "pinned_marks": "bulk marks meanwhile",
}


#: What the policies cost, in the order of the table.
POLICIES = {
    "first": "first decision (role, object, action), in µs",
    "again": "the same again, in µs",
    "plan": "a caller's first plan of 10 fields, in µs",
    "plan_more": "the same with 1,000 more rows for other roles, in µs",
    "page": "1,000 rows × 10 fields, in ms",
    "page_without": "the same without policy, in ms",
    "w1": "W1 of the graduation office, in ms",
    "w1_without": "the same without policy, in ms",
    "w1_inside": "of it inside `Access`, in ms",
    "w1_share": "share of the policies, in %",
    "own": "W1 of the library (own department's students), in ms",
    "own_without": "the same without policy, in ms",
    "own_inside": "of it inside `Access`, in ms",
    "own_share": "share of the policies, in %",
}


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


def as_text(results: dict[str, Results]) -> str:
    """All tables that were measured, in Markdown."""
    said = [f"{name}: {ABOUT.format(**each.about)}" for name, each in results.items()]
    tables = [_beside(name, each.figures) for name, each in results.items() if each.figures]
    tables += [_others(name, each.figures) for name, each in results.items() if _named(each.figures)]
    tables += [_million(name, each.million) for name, each in results.items() if each.million]
    tables += [_day(name, each.day) for name, each in results.items() if each.day]
    during = {name: each.during for name, each in results.items() if each.during}
    if during:
        tables.append(_columns("W1 while others write", DURING, during, 1))
    if results and all(each.statements for each in results.values()):
        tables.append(_statements(results))
    costs = {name: each.policies for name, each in results.items() if each.policies}
    if costs:
        tables.append(_columns("What the policies cost, in the application's own process", POLICIES, costs, 2))
    if any(each.figures for each in results.values()):
        tables.append(as_table(results))
    return "\n\n".join([*said, *tables])


HEAD = ("workload", "Lixiao", "by hand", "ratio by the clock", "Lixiao, CPU", "by hand, CPU", "ratio by CPU", "goal")


def _beside(database: str, figures: list[Figure]) -> str:
    lines = [f"{database}: the desk beside SQL written by hand; ratio 1 is as fast, or as cheap", ""]
    lines += [_row(HEAD), "|---" * len(HEAD) + "|"]
    for each in figures:
        desk, hand, ratio = each.costs.get(LIXIAO), each.costs.get(BY_HAND), each.ratios.get(BY_HAND)
        walls = [_speed(desk, each.unit) if desk else "not there yet", _speed(hand, each.unit), _ratio(ratio, "wall")]
        cpus = [_cpu(desk), _cpu(hand), _ratio(ratio, "cpu")]
        lines.append(_row([f"{each.name}: {each.what}", *walls, *cpus, _goal(each)]))
    return "\n".join(lines)


def _named(figures: list[Figure]) -> list[str]:
    """The servers of others that were measured."""
    return list(dict.fromkeys(name for each in figures for name in each.costs if name not in (LIXIAO, BY_HAND)))


def _others(database: str, figures: list[Figure]) -> str:
    """What stands beside the desk for W1 to W3, and how many times as fast and as cheap the desk is."""
    names = _named(figures)
    titles = [f"{name}{word}" for name in names for word in ("", ", CPU", ": times by the clock", ": times by CPU")]
    lines = [f"{database}: the desk beside the servers of others, without sessions and policies", ""]
    lines += [_row(["workload", "Lixiao", "Lixiao, CPU", *titles]), "|---" * (len(titles) + 3) + "|"]
    for each in figures:
        if any(name in each.costs for name in names):
            desk = each.costs[LIXIAO]
            lines.append(_row([each.name, _speed(desk, each.unit), _cpu(desk), *_against(each, names)]))
    return "\n".join(lines)


def _against(figure: Figure, names: Sequence[str]) -> list[str]:
    cells = []
    for name in names:
        cost, ratio = figure.costs.get(name), figure.ratios.get(name)
        cells += [_speed(cost, figure.unit), _cpu(cost), _ratio(ratio, "wall"), _ratio(ratio, "cpu")]
    return cells


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _speed(cost: Cost | None, unit: str) -> str:
    if cost is None:
        return "–"
    if unit == "/s":
        return f"{cost.speed:,.0f}/s" if cost.speed >= 100 else f"{cost.speed:,.1f}/s"
    return f"{cost.speed:,.1f} ms"


def _cpu(cost: Cost | None) -> str:
    return "–" if cost is None or cost.cpu is None else f"{cost.cpu:,.2f} ms"


def _ratio(ratio: Ratio | None, kind: str) -> str:
    value = getattr(ratio, kind, None)
    return "–" if value is None else f"{value:.2f}"


def _goal(figure: Figure) -> str:
    """Reached when both ratios are; a machine with other work may spoil the one of the clock."""
    if figure.goal is None:
        return "–"
    ratio = figure.ratios.get(BY_HAND)
    if ratio is None:
        return f"≥ {figure.goal}"
    clock, cpu = ratio.wall >= figure.goal, ratio.cpu is None or ratio.cpu >= figure.goal
    said = (
        "reached" if clock and cpu else "reached by the clock" if clock else "reached by CPU" if cpu else "not reached"
    )
    return f"≥ {figure.goal}: {said}"


def _million(database: str, figures: list[Figure]) -> str:
    """P9: the same requests to the same server over two databases."""
    head = ("workload", SMALL, LARGE, f"{SMALL}, CPU", f"{LARGE}, CPU", "times by the clock", "times by CPU")
    lines = [f"{database}: what the same request costs when there are more students; 1 is as much", ""]
    lines += [_row(head), "|---" * len(head) + "|"]
    for each in figures:
        small, large, ratio = each.costs[SMALL], each.costs[LARGE], each.ratios[SMALL]
        times = [f"{1 / ratio.wall:.2f}", f"{1 / ratio.cpu:.2f}" if ratio.cpu else "–"]
        speeds = [_speed(small, each.unit), _speed(large, each.unit), _cpu(small), _cpu(large)]
        lines.append(_row([each.name, *speeds, *times]))
    return "\n".join(lines)


def _day(database: str, day: Day) -> str:
    """W9."""
    head = ("what they do", "answers", "in a second", "half of them, ms", "95 of 100", "99 of 100", "the slowest")
    problems = day.problems or "nothing"
    errors = f"{day.errors} errors{f' ({day.first_error})' if day.errors else ''}"
    said = (
        f"{database}, W9: {day.users} users for {day.seconds:.0f} s at {day.rate:g} times the peak that is expected;"
        f" {errors}; the server and its database took {day.busy:.2f} of a core; {day.listeners} listeners were told of"
        f" {day.news:,} changes; afterwards `lixiao check` found {problems}"
    )
    lines = [said, "", _row(head), "|---" * len(head) + "|"]
    for each in day.lines:
        times = (each.p50, each.p95, each.p99, each.slowest)
        lines.append(_row([each.name, f"{each.answers:,}", f"{each.rate:.1f}", *(f"{ms:,.1f}" for ms in times)]))
    return "\n".join(lines)


def _statements(results: dict[str, Results]) -> str:
    lines = ["SQL statements of a request, by the number of rows", ""]
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
        if all(key in each for each in columns.values()):
            lines.append(_row([what, *(f"{each[key]:.{digits}f}" for each in columns.values())]))
    return "\n".join(lines)


# --- the document

DOCUMENT = Path("docs/performance.md")
BEGIN, END = "<!-- figures: written by make bench ARGS=--write-docs -->", "<!-- end of the figures -->"


def write_document(text: str) -> None:
    """Puts the tables in the place of the former ones in docs/performance.md."""
    whole = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = whole.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
