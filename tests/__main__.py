"""`python -m tests [pytest's arguments]`: all tests, once per database, each in a process of its own, side by side.

SQLite always; PostgreSQL when LIXIAO_TEST_POSTGRES holds a URL; tests in a browser (marked `browser`) when there is a
Chromium, the audits of others when there are Node.js and npm, workbooks that another program saved when there is
LibreOffice. What is left out is said aloud, and with LIXIAO_TEST_COMPLETE set it is a failure. One run is seen as it
goes; what the other says follows, and the closing words of both, with whatever failed, come last.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import IO

NO_TESTS_COLLECTED = 5  # pytest's exit code: the arguments chose tests of the other database only
ASKING = (
    "--pdb",
    "--trace",
    "-s",
    "--capture=no",
)  # whoever looks on while tests run sees one database after the other
CLOSING = "short test summary info"


def main(arguments: list[str]) -> int:
    """Runs pytest and gives the exit code: that of a run that failed, if one did."""
    postgres = os.environ.get("LIXIAO_TEST_POSTGRES", "")
    left_out = [] if postgres else ["PostgreSQL (set LIXIAO_TEST_POSTGRES to the URL of a database)"]
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        left_out.append("the tests in a browser (install Chromium)")
    if not (shutil.which("node") and shutil.which("npm")):
        left_out.append("the audits of others in tests/conformance and tests/accessibility (install Node.js and npm)")
    if not shutil.which("libreoffice"):
        left_out.append("workbooks that another program saved (install LibreOffice Calc)")
    for what in left_out:
        print(f"LEFT OUT: {what}", flush=True)
    if left_out and os.environ.get("LIXIAO_TEST_COMPLETE"):
        print("LIXIAO_TEST_COMPLETE is set: nothing may be left out", file=sys.stderr)
        return 1
    command = [sys.executable, "-m", "pytest", *([] if chromium else ["-m", "not browser"]), *arguments]
    databases = {"PostgreSQL": postgres, "SQLite": ""} if postgres else {"SQLite": ""}
    if len(databases) == 1 or any(asking in arguments for asking in ASKING):
        codes = [run(name, command, url) for name, url in databases.items()]
    else:
        codes = run_together(command, databases)
    wrong = [code for code in codes if code not in (0, NO_TESTS_COLLECTED)]
    return wrong[0] if wrong else min(codes)


def run(name: str, command: Sequence[str], url: str) -> int:
    """One run of pytest, on the screen and the keyboard of whoever started it."""
    print(f"\n== {name}", flush=True)
    return subprocess.run(command, env=environment(url), check=False).returncode


def run_together(command: Sequence[str], databases: dict[str, str]) -> list[int]:
    """One run for each database at the same time; what they say comes one after the other."""
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    with ExitStack() as stack:
        kept = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace"))
        names, runs = list(databases), []
        for name, url in databases.items():
            said = subprocess.PIPE if name == names[0] else kept
            runs.append(stack.enter_context(start([*command, *colour], url, said)))
        stack.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, partial(end, runs)))
        closings = [shown(names[0], runs[0].stdout or ())]
        codes = [each.wait() for each in runs]
        kept.seek(0)
        closings.append(shown(names[1], kept))
    for name, code, closing in zip(names, codes, closings, strict=True):
        print(f"\n== {name}: {'passed' if code == 0 else f'exit code {code}'}\n{closing}", end="", flush=True)
    return codes


def start(command: Sequence[str], url: str, said: int | IO[str]) -> subprocess.Popen[str]:
    """A run without a keyboard, whose errors stand where they happened."""
    return subprocess.Popen(
        command,
        env=environment(url),
        stdin=subprocess.DEVNULL,
        stdout=said,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def end(runs: Sequence[subprocess.Popen[str]], *_: object) -> None:
    """Whoever ends this ends both runs, as Ctrl+C does: they still drop their databases."""
    for each in runs:
        each.send_signal(signal.SIGINT)
    sys.exit(128 + signal.SIGTERM)


def shown(name: str, lines: Iterable[str]) -> str:
    """Prints what a run says as it comes, and gives its closing words: what failed, and the count."""
    print(f"\n== {name}", flush=True)
    closing: list[str] = []
    failing = False
    for line in lines:
        print(line, end="", flush=True)
        closing = [] if CLOSING in line else [*closing, line] if failing else [line]
        failing = failing or CLOSING in line
    return "".join(closing)


def environment(url: str) -> dict[str, str]:
    return {**os.environ, "LIXIAO_TEST_DATABASE": url}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
