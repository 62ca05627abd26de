"""What is aimed at (P1 to P9), and what of it was reached in one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.beside import Figure, Ratio
from tests.benchmarks.million import SMALL
from tests.benchmarks.results import Results
from tests.benchmarks.servers import BY_HAND, COMMON, FLASK_ADMIN, LIXIAO, POSTGRAPHILE

ABOUT = (
    "What is aimed at, and what was reached. Of two numbers with a stroke the first is by the clock, the second by CPU;"
    " reached is what both reach."
)
NOT_MEASURED = "not measured in this run"


@dataclass(frozen=True, slots=True)
class Goal:
    """`said` puts into words what one database's results say of it."""

    name: str
    aim: str
    said: Callable[[Results], str]


def as_table(results: Mapping[str, Results]) -> str:
    """In Markdown; what is first in a pair of ratios is by the clock, what is second by processor time."""
    lines = [f"| | aim | {' | '.join(results)} |", "|---" * (len(results) + 2) + "|"]
    for goal in GOALS:
        cells = [goal.name, goal.aim, *(goal.said(each) for each in results.values())]
        lines += [f"| {' | '.join(cells)} |"]
    return "\n".join([ABOUT, "", *lines])


def _against(results: Results, other: str, aims: Mapping[str, float]) -> str:
    """The ratios to one server of the workloads that were measured, and whether each is what is aimed at."""
    told = []
    for name, aim in aims.items():
        ratio = _ratio(results.figures, name, other)
        if ratio is not None:
            told.append(f"{name} {_both(ratio)}{'' if _reaches(ratio, aim) else f' (aim {aim:g})'}")
    if not told:
        return NOT_MEASURED
    missed = sum("(aim" in each for each in told)
    return f"{_verdict(len(told), missed)}: {'; '.join(told)}"


def _verdict(all_of_them: int, missed: int) -> str:
    if not missed:
        return "**reached**"
    return "**not reached**" if missed == all_of_them else f"**reached by {all_of_them - missed} of {all_of_them}**"


def _both(ratio: Ratio) -> str:
    return f"{ratio.wall:.2f}" if ratio.cpu is None else f"{ratio.wall:.2f} / {ratio.cpu:.2f}"


def _reaches(ratio: Ratio, aim: float) -> bool:
    return min(ratio.wall, ratio.wall if ratio.cpu is None else ratio.cpu) >= aim


def _ratio(figures: Sequence[Figure], name: str, other: str) -> Ratio | None:
    return next((each.ratios.get(other) for each in figures if each.name == name), None)


# --- each


def _p1(results: Results) -> str:
    return _against(results, BY_HAND, dict.fromkeys(("W1", "W1 library", "W1 student", "W2", "W3"), 0.8))


def _p2(results: Results) -> str:
    told = _against(results, COMMON, dict.fromkeys(("W1", "W2", "W3"), 10.0))
    parts = [f"common stack {told}"]
    if any(POSTGRAPHILE in each.costs for each in results.figures):
        parts.insert(0, f"PostGraphile {_against(results, POSTGRAPHILE, {'W1': 2.0, 'W2': 1.5, 'W3': 4.0})}")
    return "<br>".join(parts)


def _p3(results: Results) -> str:
    told, missed, aimed = [], 0, 0
    for figure in results.figures:
        if figure.name in ("W4", "W4 by college") and LIXIAO in figure.costs:
            cost = figure.costs[LIXIAO]
            cpu = f" / {cost.cpu:.1f}" if cost.cpu is not None else ""
            told.append(f"{figure.name} {cost.speed:.1f}{cpu} ms")
            aimed, missed = aimed + 1, missed + (max(cost.speed, cost.cpu or 0) >= 3)
        ratio = figure.ratios.get(BY_HAND)
        if figure.name.startswith("W6") and ratio is not None:
            told.append(f"{figure.name} {_both(ratio)}")
            aimed, missed = aimed + 1, missed + (not _reaches(ratio, 1 / 1.1))
    return f"{_verdict(aimed, missed)}: {'; '.join(told)}" if told else NOT_MEASURED


def _p4(results: Results) -> str:
    short, full = (_ratio(results.figures, name, BY_HAND) for name in ("W5", "W5 in full"))
    if short is None or full is None:
        return NOT_MEASURED
    verdict = "**reached**" if _reaches(short, 0.5) else "**not reached**"
    return f"{verdict}: {_times(short)} the short one; {_times(full)} the one that writes as much"


def _times(ratio: Ratio) -> str:
    cpu = f" / {1 / ratio.cpu:.1f}" if ratio.cpu else ""
    return f"{1 / ratio.wall:.1f}{cpu} times"


def _p5(results: Results) -> str:
    if not results.during:
        return NOT_MEASURED
    found = results.during.get("pinned_during_p99", results.during["during_p99"])
    verdict = "**reached**" if found < 10 else "**not reached**"
    alone = results.during.get("pinned_alone_p99", results.during["alone_p99"])
    return f"{verdict}: {found:.0f} ms, without marks {alone:.0f} ms"


def _p6(results: Results) -> str:
    if not results.statements:
        return NOT_MEASURED
    grows = [name for name, counts in results.statements.items() if len(set(counts.values())) > 1]
    each = ", ".join(f"{name} {max(counts.values())}" for name, counts in results.statements.items())
    return f"**not reached** by {', '.join(grows)}: {each}" if grows else f"**reached**: {each}"


def _p7(results: Results) -> str:
    ratio = next((each.ratios.get(FLASK_ADMIN) for each in results.figures if each.name == "W7"), None)
    if ratio is None:
        return NOT_MEASURED
    return f"{'**reached**' if _reaches(ratio, 0.83) else '**not reached**'}: {_times(ratio)}; Excel is not measured"


def _p8(results: Results) -> str:
    if not results.policies:
        return NOT_MEASURED
    share = results.policies["w1_share"]
    return f"{'**reached**' if share < 5 else '**not reached**'}: {share:.1f} % for the office"


def _p9(results: Results) -> str:
    if not results.million:
        return NOT_MEASURED
    ratios = {each.name: each.ratios[SMALL] for each in results.million}
    flat = {name: _reaches(ratio, 0.9) for name, ratio in ratios.items()}
    told = "; ".join(f"{name} {_times(ratio)}" for name, ratio in ratios.items())
    return f"{_verdict(len(flat), len(flat) - sum(flat.values()))}: {told}"


GOALS = (
    Goal("P1", "W1, W2, W3 at least 0.8 of SQL by hand", _p1),
    Goal("P2", "W1 2, W2 1.5, W3 4 times PostGraphile; 10 times the common Python stack", _p2),
    Goal("P3", "W4 in less than 3 ms, exact; ad-hoc groups (W6) at least 0.91 of SQL by hand", _p3),
    Goal("P4", "W5 in at most 2 times of set-based SQL by hand", _p4),
    Goal("P5", "on SQLite W1 p99 below 10 ms while bulk marks run (server and asker on a core each)", _p5),
    Goal("P6", "statements independent of the number of rows", _p6),
    Goal("P7", "a list page of the panel at most 1.2 of Flask-Admin on SQLAlchemy; Excel in 3 and 4 s", _p7),
    Goal("P8", "policies take less than 5 % of W1", _p8),
    Goal("P9", "a request costs the same with a million students", _p9),
)
