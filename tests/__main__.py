"""`python -m tests [pytest's arguments]`: all tests, once per database, each in a process of its own.

SQLite always; PostgreSQL when LIXIAO_TEST_POSTGRES holds a URL; tests in a browser (marked `browser`) when there is a
Chromium, the audits in `tests/conformance` when there are Node.js and npm. What is left out is said aloud, and with
LIXIAO_TEST_COMPLETE set it is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NO_TESTS_COLLECTED = 5  # pytest's exit code: the arguments chose tests of the other database only


def main(arguments: list[str]) -> int:
    """Runs pytest and gives the exit code: the first failing run's."""
    postgres = os.environ.get("LIXIAO_TEST_POSTGRES", "")
    left_out = [] if postgres else ["PostgreSQL (set LIXIAO_TEST_POSTGRES to the URL of a database)"]
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        left_out.append("the tests in a browser (install Chromium)")
    if not (shutil.which("node") and shutil.which("npm")):
        left_out.append("the audits of others in tests/conformance (install Node.js and npm)")
    for what in left_out:
        print(f"LEFT OUT: {what}", flush=True)
    if left_out and os.environ.get("LIXIAO_TEST_COMPLETE"):
        print("LIXIAO_TEST_COMPLETE is set: nothing may be left out", file=sys.stderr)
        return 1
    choice = [] if chromium else ["-m", "not browser"]
    databases = {"PostgreSQL": postgres, "SQLite": ""} if postgres else {"SQLite": ""}
    codes = [
        run(name, [*choice, *arguments], {"LIXIAO_TEST_DATABASE": database}) for name, database in databases.items()
    ]
    wrong = [code for code in codes if code not in (0, NO_TESTS_COLLECTED)]
    return wrong[0] if wrong else min(codes)


def run(name: str, arguments: list[str], environment: dict[str, str]) -> int:
    """One run of pytest."""
    print(f"\n== {name}", flush=True)
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
