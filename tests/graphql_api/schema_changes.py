"""What a schema breaks for those who wrote against an earlier one, and whether the changelog says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from graphql import GraphQLSchema, find_breaking_changes, find_dangerous_changes

NAME = re.compile(r"[A-Za-z_]\w*")
#: How graphql-core names a place: `Student.phone`, `Query.students(first:)`, `@skip(if:)`.
PLACE = re.compile(r"(?:@(\w+)|\b([A-Za-z_]\w*)\.(\w+))(?:\((\w+):\))?")
#: Types that nobody names who speaks of their fields.
ROOTS = {"Query", "Mutation", "Subscription"}


@dataclass(frozen=True)
class Change:
    """One change in graphql-core's words, and the names that its announcement must hold: those of the type, and of the
    field, argument or value in it."""

    words: str
    names: frozenset[str]


def breaking(old: GraphQLSchema, new: GraphQLSchema) -> list[Change]:
    """What worked with `old` and will not with `new`: a field that is gone, an argument that is required."""
    return [_change(each.description, old, new) for each in find_breaking_changes(old, new)]


def dangerous(old: GraphQLSchema, new: GraphQLSchema) -> list[str]:
    """What may surprise a client that was not written with care: a new value of an enum, another default."""
    return [each.description for each in find_dangerous_changes(old, new)]


def _change(words: str, *schemas: GraphQLSchema) -> Change:
    """Where no place is named, the first name of a type is meant: `Student was removed.`"""
    place = PLACE.search(words)
    if place is not None:
        return Change(words, frozenset(name for name in place.groups() if name) - ROOTS)
    types = [name for name in NAME.findall(words) if any(name in schema.type_map for schema in schemas)]
    return Change(words, frozenset(types[:1]))


def unannounced(changes: list[Change], changelog: str) -> list[str]:
    """The changes that no entry of the changelog's `[Unreleased]` names."""
    entries = [frozenset(NAME.findall(entry)) for entry in entries_of(changelog)]
    return [each.words for each in changes if not any(each.names and each.names <= entry for entry in entries)]


def entries_of(changelog: str) -> Iterator[str]:
    """Each point under `[Unreleased]`, with the lines that continue it."""
    _, _, after = changelog.partition("## [Unreleased]")
    section = re.split(r"^## ", after, maxsplit=1, flags=re.MULTILINE)[0]
    yield from (entry for entry in re.split(r"^- ", section, flags=re.MULTILINE)[1:])


def latest_release(changelog: str) -> str:
    """The version that was released last, as the changelog's headings say."""
    [latest, *_] = re.findall(r"^## \[?(\d+\.\d+\.\d+)", changelog, flags=re.MULTILINE)
    return str(latest)
