"""The workloads on a full season, over HTTP, in medians of interleaved rounds, beside SQL written by hand.

Each database's season is built, served as in production, and thrown away: SQLite, and PostgreSQL when
LIXIAO_TEST_POSTGRES holds a URL beside whose database another can be made. `--database` measures the demonstration at
a URL instead, which is kept for the next run, and built when there is none.

For a look in under a minute while changing the code, by processor time, which other work on the machine hardly moves:

    python -m tests.benchmarks --quick --only W1,W2,W3 --sqlite
    python -m tests.benchmarks --quick --only W1 --database postgres://postgres@127.0.0.1:5432/lixiao_benchmark

--quick measures only the table of workloads (W1 for the office, the library and a student), in few and short rounds;
--sqlite is the file var/benchmark.db, kept. Where the time of one request goes: `python -m tests.benchmarks.profile`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.beside import Bench, measured
from tests.benchmarks.busiest_day import busiest_day
from tests.benchmarks.common_stack import Common
from tests.benchmarks.contenders import ByHand, Contender, Desk
from tests.benchmarks.databases import KEPT, PASSWORD, backends_of, sources
from tests.benchmarks.during_marks import during_marks
from tests.benchmarks.million import compared
from tests.benchmarks.panel_beside import SAME, Panels
from tests.benchmarks.postgraphile_beside import Postgraphile, postgraphile
from tests.benchmarks.report import as_text, machine, write_document
from tests.benchmarks.results import Results, read, write
from tests.benchmarks.servers import BY_HAND, COMMON, FLASK_ADMIN, beside, lixiao
from tests.benchmarks.workloads import ALL

HERE = "tests.benchmarks"
DAY = "W9"
BESIDES = {SAME.name, DAY, "P5", "P6", "P8"}  # what is measured besides the table of workloads
QUICK_SECONDS, FULL_SECONDS = 0.4, 1.0  # how long each server is asked one workload in one round
QUICK_ROUNDS, FULL_ROUNDS = 3, 5


def main() -> None:
    options = arguments()
    results: dict[str, Results] = {}
    for source in sources(options.databases, options.students):
        say(f"{source.name}: a season of {options.students} …")
        about = {**machine(), "students": options.students, "rounds": options.rounds}
        with source.opened as url:
            results[source.name] = of_database(source.name, url, options)
        results[source.name].about = {**about, "busy_at_end": machine()["busy"]}
        if options.json:
            write(results, Path(options.json))
    print(as_text(results))
    if options.write_docs:
        write_document(as_text(read(Path(options.json)) if options.json else results))


def of_database(name: str, url: str, options: argparse.Namespace) -> Results:
    """Everything that is measured on one database, whose season is there already."""
    found = Results()
    with contextlib.ExitStack() as stack:
        backends = stack.enter_context(backends_of(url))
        desk = Desk(stack.enter_context(lixiao(url, backends)))
        others: list[Contender] = [ByHand(stack.enter_context(beside(BY_HAND, f"{HERE}.by_hand", url, backends)))]
        if options.common_stack:
            others.append(Common(stack.enter_context(beside(COMMON, f"{HERE}.common_stack", url, backends))))
        if options.postgraphile and backends is not None:
            others.append(Postgraphile(stack.enter_context(postgraphile(url, backends))))
        if DAY in options.wanted:
            say(f"{name}: the busiest day …")
            found.day = busiest_day(desk, options.day_seconds, options.day_rate)
            found.day.problems = checked(url)
        bench = Bench(desk, others, QUICK_SECONDS if options.quick else FULL_SECONDS)
        if options.workloads or options.panel:
            say(f"{name}: comparing answers, {options.rounds} rounds …")
            panels = None
            if options.panel:
                others_panel = beside(FLASK_ADMIN, f"{HERE}.flask_admin_sqla", url, backends)
                panels = Panels(desk, stack.enter_context(others_panel))
            found.figures = measured(bench, options.workloads, options.rounds, panels)
        if "P5" in options.wanted:
            say(f"{name}: reading while others write …")
            found.during = during_marks(bench)
    if "P6" in options.wanted:
        say(f"{name}: counting statements …")
        found.statements = json.loads(program(f"{HERE}.counted", url, PASSWORD))
    if "P8" in options.wanted:
        say(f"{name}: weighing policies …")
        found.policies = json.loads(program(f"{HERE}.policies", url, PASSWORD))
    if options.million:
        say(f"{name}: a million students …")
        found.million = compared(url, QUICK_SECONDS if options.quick else FULL_SECONDS, options.rounds)
    return found


def checked(url: str) -> str:
    """What `lixiao check` finds wrong; "" when every rule holds."""
    environment = {**os.environ, "LIXIAO_DATABASE_URL": url}
    command = [sys.executable, "-m", "cli", "check"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"{done.stdout} {done.stderr}"[-500:]


def program(module: str, *words: str) -> str:
    """Runs one of ours to its end, in a process of its own, and gives what it prints."""
    return subprocess.run([sys.executable, "-m", module, *words], check=True, stdout=subprocess.PIPE, text=True).stdout


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="only the table of workloads, in a few short rounds")
    parser.add_argument("--only", default="", metavar="W1,W2", help="nothing but these: W1 to W9, P5, P6, P8")
    parser.add_argument("--database", action="append", default=[], dest="databases", metavar="URL", help="see above")
    parser.add_argument("--sqlite", action="store_true", help=f"the same as --database sqlite://{KEPT}")
    parser.add_argument(
        "--common-stack", action="store_true", help="W1 to W3 also of Strawberry with Tortoise as usual"
    )
    parser.add_argument("--postgraphile", action="store_true", help="and of PostGraphile 5, on PostgreSQL, from npm")
    parser.add_argument(
        "--day-seconds", type=float, default=60, metavar="N", help="how long the busiest day (W9) lasts"
    )
    parser.add_argument("--day-rate", type=float, default=2, metavar="N", help="times the peak that is expected")
    parser.add_argument(
        "--million", action="store_true", help="W1 and W2 also with a million students (P9), in minutes"
    )
    parser.add_argument("--students", type=int, default=15500, help="how many, where a season is built")
    parser.add_argument("--rounds", type=int, help=f"{FULL_ROUNDS} unless told, {QUICK_ROUNDS} in --quick")
    parser.add_argument("--write-docs", action="store_true", help="put the tables (those of --json) into the docs")
    parser.add_argument("--json", metavar="FILE", help="add the figures to this file, too")
    options = parser.parse_args()
    if options.sqlite:
        options.databases.insert(0, f"sqlite://{KEPT}")
    names = {name.strip().upper() for name in options.only.split(",") if name.strip()}
    workloads = {each.name.split()[0] for each in ALL}
    known = workloads | BESIDES
    if names - known:
        parser.error(f"--only knows {', '.join(sorted(known))}, not {', '.join(sorted(names - known))}")
    options.wanted = names or (workloads if options.quick else known)
    options.workloads = [each for each in ALL if each.name.split()[0] in options.wanted]
    options.panel = SAME.name in options.wanted
    everything = options.wanted == known
    options.common_stack = options.common_stack or everything
    if options.write_docs and everything:
        options.million = options.postgraphile = True
    options.rounds = options.rounds or (QUICK_ROUNDS if options.quick else FULL_ROUNDS)
    return options


if __name__ == "__main__":
    main()
