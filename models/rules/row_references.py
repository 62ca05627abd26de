"""Other rows as a list names them: by their key, by their name in either language, or by both together; all names of a
list are looked up with one statement for each relation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Q
from tortoise.models import Model

from models.declare import entity_of
from models.in_list import in_list
from models.rules.cells import LONGEST_SHOWN
from models.rules.editing_values import is_relation
from models.rules.identity import normalise
from models.rules.refusals import Code, Refusal

#: What one row's key is joined with when it has several parts, as in `2026-06/BOOKS`.
JOINT = "/"


@dataclass(frozen=True, slots=True)
class Unclear:
    """A text that means no row, or may mean several (`ids`)."""

    refusal: Refusal
    ids: frozenset[int] = frozenset()


#: What a name was found to mean: a row's id, or why it means none.
Meaning = int | Unclear


def key_paths(model: type[Model]) -> tuple[str, ...]:
    """The columns that make the natural key, over relations: `("batch__code", "code")`."""
    found: list[str] = []
    for name in entity_of(model).natural_key:
        target: Any = model._meta.fields_map[name]
        found += [f"{name}__{each}" for each in key_paths(target.related_model)] if is_relation(model, name) else [name]
    return tuple(found)


async def meanings(
    model: type[Model], written: Mapping[str, Collection[str]], within: Mapping[str, Q]
) -> dict[str, dict[str, Meaning]]:
    """What each text means, by relation. `within`: the rows that the caller knows of; what is outside is not there."""
    return {name: await _meant(model, name, texts, within.get(name)) for name, texts in written.items() if texts}


async def _meant(model: type[Model], name: str, texts: Collection[str], within: Q | None) -> dict[str, Meaning]:
    relation: Any = model._meta.fields_map[name]
    target: type[Model] = relation.related_model
    paths, called = key_paths(target), _names(target)
    words = {part for text in texts for part in _parts(text)}
    among: dict[str, Any] = {f"{each}__in": in_list(words, texts=True) for each in (*paths[-1:], *called)}
    some = Q(**among, join_type=Q.OR)
    rows = target.filter(some) if within is None else target.filter(within, some)
    by_key: dict[str, int] = {}
    by_name: dict[str, set[int]] = defaultdict(set)
    for row in await rows.values("id", *paths, *called):
        key = JOINT.join(str(row[path]) for path in paths)
        by_key[key.casefold()] = row["id"]
        for each in called:
            label = normalise(str(row[each] or ""))
            for text in filter(None, (label, f"{key} {label}", f"{label}({key})")):
                by_name[text.casefold()].add(row["id"])
    return {text: _one(name, text, by_key, by_name) for text in texts}


def _names(target: type[Model]) -> list[str]:
    called = [*entity_of(target).label_fields, "name", "name_en"]
    own = [each for each in dict.fromkeys(called) if each in target._meta.fields_map and not is_relation(target, each)]
    return [each for each in own if each not in entity_of(target).natural_key]


def _parts(text: str) -> set[str]:
    """The text, and whatever of it may be a key or a name."""
    head, _, tail = text.partition(" ")
    bare = text.partition("(")[0].strip()
    return {each for each in (text, head, tail, bare, text.rpartition(JOINT)[2].strip()) if each}


def _one(name: str, text: str, by_key: Mapping[str, int], by_name: Mapping[str, set[int]]) -> Meaning:
    key = JOINT.join(part.strip() for part in text.split(JOINT)).casefold()
    if key in by_key:
        return by_key[key]
    called = by_name.get(text.casefold(), set())
    if len(called) == 1:
        return next(iter(called))
    facts: dict[str, str | int] = {"field": name, "value": text[:LONGEST_SHOWN]}
    if not called:
        return Unclear(Refusal(Code.NOT_FOUND, facts=facts))
    facts |= {"problem": "AMBIGUOUS", "count": len(called)}
    return Unclear(Refusal(Code.BAD_INPUT, facts=facts), frozenset(called))
