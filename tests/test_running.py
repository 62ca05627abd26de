"""`python -m tests`: both databases side by side, what each of them said in one piece, what failed last of all."""

from __future__ import annotations

import sys

import pytest

from tests.__main__ import run_together

PYTEST = """
import os, sys
failing = os.environ["LIXIAO_TEST_DATABASE"] == "postgres://failing"
for line in range(2_000):
    print("test", line, "of", "the failing" if failing else "the other", flush=True)
if failing:
    print("=== short test summary info ===\\nFAILED tests/test_it.py::test_it")
print("1 failed" if failing else "1 passed", file=sys.stderr)
sys.exit(failing)
"""


@pytest.mark.parametrize(
    ("databases", "closing"),
    [
        (
            {"PostgreSQL": "postgres://failing", "SQLite": ""},
            "\n== PostgreSQL: exit code 1\nFAILED tests/test_it.py::test_it\n1 failed\n\n== SQLite: passed\n1 passed\n",
        ),
        (
            {"PostgreSQL": "postgres://", "SQLite": "postgres://failing"},
            "\n== PostgreSQL: passed\n1 passed\n\n== SQLite: exit code 1\nFAILED tests/test_it.py::test_it\n1 failed\n",
        ),
    ],
    ids=["the first fails", "the second fails"],
)
def test_each_is_heard_in_one_piece_and_the_closing_words_come_last(
    capfd: pytest.CaptureFixture[str], databases: dict[str, str], closing: str
):
    codes = run_together([sys.executable, "-c", PYTEST], databases)
    failing = [url == "postgres://failing" for url in databases.values()]
    assert codes == [int(each) for each in failing]
    said = capfd.readouterr().out
    assert [line.rsplit(" ", 1)[1] for line in said.splitlines() if line.startswith("test ")] == [
        "failing" if each else "other" for each in failing for _ in range(2_000)
    ]
    assert said.count("=== short test summary info ===") == 1
    assert said.endswith(closing)
