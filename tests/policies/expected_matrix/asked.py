"""The three subjects, in the order in which they may be asked: reading leaves no trace, acting does."""

from __future__ import annotations

from pathlib import Path

from tests.policies.expected_matrix import fields, mutations, pages
from tests.policies.expected_matrix.table import HOW, Matrix
from tests.policies.expected_matrix.world import Asked

FOLDER = Path(__file__).parent
FILES = {name: FOLDER / f"{name}.txt" for name in ("fields", "pages", "mutations")}

COMMON = f"""
Who is not named is refused: FORBIDDEN for a role, UNAUTHENTICATED for nobody; "signed-in" is every role.
Asked by tests/policies/test_expected_matrix.py of a small season in which everybody has rows.
A difference that is meant: `{HOW}`, and read the diff.
"""


def heads() -> dict[str, str]:
    """What stands at the top of each file."""
    told = {"fields": fields.HEAD, "pages": pages.HEAD, "mutations": mutations.HEAD}
    return {name: f"{head.strip()}\n{COMMON}" for name, head in told.items()}


async def matrices(world: Asked) -> dict[str, Matrix]:
    """Everything that can be asked, by everybody."""
    return {
        "fields": await fields.ask_fields(world),
        "pages": await pages.ask_pages(world),
        "mutations": await mutations.ask_mutations(world),
    }
