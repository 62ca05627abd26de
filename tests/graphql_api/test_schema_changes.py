"""The schema against the one that was released last: what breaks clients is announced in the changelog, by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema

from graphql_api.schema import FILE
from tests.graphql_api.schema_changes import breaking, dangerous, latest_release, unannounced

RELEASED = Path(__file__).with_name("released_schema.graphql")
CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"
OF_VERSION = "# The schema of version {}: what clients are written against. A release replaces it by its own.\n"


@cache
def schema_of(text: str) -> GraphQLSchema:
    """Built once a run: a schema of this size takes a second."""
    return build_schema(text)


def schema_in(file: Path) -> GraphQLSchema:
    return schema_of(file.read_text(encoding="utf-8"))


def test_what_breaks_clients_is_announced() -> None:
    changes = breaking(schema_in(RELEASED), schema_in(FILE))
    assert unannounced(changes, CHANGELOG.read_text(encoding="utf-8")) == [], (
        "an entry of CHANGELOG.md under [Unreleased] must name each of these"
    )


def test_the_schema_compared_with_is_that_of_the_latest_release() -> None:
    version = latest_release(CHANGELOG.read_text(encoding="utf-8"))
    assert RELEASED.read_text(encoding="utf-8").startswith(OF_VERSION.format(version)), (
        f"{version} was released: {RELEASED.name} must be its schema.graphql, under a first line that says so"
    )


# --- that it would be noticed

TEXT = FILE.read_text(encoding="utf-8")


def doctored(text: str, line: str, instead: str) -> GraphQLSchema:
    assert line in text
    return build_schema(text.replace(line, instead))


@pytest.mark.parametrize(
    ("line", "instead", "words", "announced", "not_enough"),
    [
        ("PageInfo", "PageFacts", "PageInfo was removed.", "`PageInfo` is gone", "`Page` is gone"),
        (
            "  progress: Progress\n",
            "  headway: Progress\n",
            "Field Sheet.progress was removed.",
            "`Sheet` has no `progress` any more",
            "There is no progress",
        ),
        (
            "  progress: Progress\n",
            "  progress: Int\n",
            "Field Sheet.progress changed type from Progress to Int.",
            "`Sheet.progress` is a number",
            "A sheet shows its progress as a number",
        ),
        (
            "  SIMULATE_POLICY\n",
            "  SIMULATION\n",
            "Enum value OperationKind.SIMULATE_POLICY was removed.",
            "`SIMULATE_POLICY` is no `OperationKind`",
            "An OperationKind less",
        ),
        (
            "can(object: String!, action: String!, field: String)",
            "can(object: String!, action: String!, field: String!)",
            "Argument Viewer.can(field:) has changed type from String to String!.",
            "`Viewer.can` must be given its `field`",
            "`Viewer.can` has another argument",
        ),
        (
            "\ninput NumberRange {\n",
            "\ninput NumberRange {\n  step: Int!\n",
            "A required field NumberRange.step was added.",
            "`NumberRange` must have a `step`",
            "A range of numbers must have a step",
        ),
    ],
)
def test_a_breaking_change_must_be_named(line: str, instead: str, words: str, announced: str, not_enough: str) -> None:
    changes = breaking(schema_of(TEXT), doctored(TEXT, line, instead))
    assert words in [each.words for each in changes]
    changes = [each for each in changes if each.words == words]
    for entry, left in ((announced, []), (not_enough, [words]), ("", [words])):
        changelog = f"# Changelog\n\n## [Unreleased]\n\n### Changed\n\n- {entry}.\n\n## 0.1.0\n\n- {announced}\n"
        assert unannounced(changes, changelog) == left


def test_the_names_stand_in_one_entry() -> None:
    changes = breaking(schema_of(TEXT), doctored(TEXT, "  progress: Progress\n", "  headway: Progress\n"))
    apart = "## [Unreleased]\n\n- `Sheet` has more.\n- `progress` of operations.\n"
    assert unannounced(changes, apart) == ["Field Sheet.progress was removed."]
    assert unannounced(changes, "## [Unreleased]\n\n- Of `Sheet`\n  the `progress` went.\n") == []


def test_a_root_field_needs_no_word_of_the_root() -> None:
    changes = breaking(schema_of(TEXT), doctored(TEXT, "  syncObservation(", "  observation("))
    assert unannounced(changes, "## [Unreleased]\n\n- `syncObservation` is `observation`.\n") == []
    assert unannounced(changes, "## [Unreleased]\n") == ["Field Query.syncObservation was removed."]


def test_what_is_added_breaks_nobody() -> None:
    """A new value of an enum may surprise, and needs no announcement."""
    more = doctored(TEXT, "  SIMULATE_POLICY\n", "  SIMULATE_POLICY\n  LOST\n")
    assert breaking(schema_of(TEXT), more) == []
    assert dangerous(schema_of(TEXT), more) == ["Enum value OperationKind.LOST was added."]
