"""The registry of computed fields: fields of a generated type that are no column but an answer, worked out for a whole
page at once, so that they cost the same number of statements for one row and for a thousand.

    @computed("Sheet", "progress", Progress, Words("进度", "Progress"))
    async def progress(sheets: list[int], context: Context) -> Mapping[int, Progress]:
        return await display.progress(sheets)

The function is called once for each place of the document that selects the field, with the ids of all rows there. It
answers a mapping from id to value; a missing id is null. What it returns is completed as any Strawberry value is: the
type may be a Strawberry type, a list of one, an enum or a scalar. A computed field needs the right to read its object;
`needs` names columns whose readability it needs too: where the policy hides one of them, the field is refused or null.
`exported_as` names the object and column that it tells of: whoever may export that may have the field in a file, and
without one nobody may.

A field with `arguments` (`types.Parameter` by name) is worked out in two steps: the function below answers for all
rows, and `asked` makes the value of one row when its arguments are known; graphql-core executes such a document.

The entries stand in modules called `computed_…` in this folder; `schema` imports them all before the types are made.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql_api.context import Context
from models.declare import Words

Answer = Callable[[list[int], Context], Awaitable[Mapping[int, Any]]]
#: What a field with arguments makes of its answer for one row.
Asked = Callable[[Any, Context, Mapping[str, Any]], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Computed:
    """One computed field. `graphql` is its name in the schema; `type` any Strawberry annotation, always nullable."""

    object: str
    graphql: str
    type: Any
    words: Words
    answer: Answer
    needs: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    asked: Asked | None = None
    exported_as: tuple[str, str] | None = None


_ENTRIES: dict[tuple[str, str], Computed] = {}


def computed(
    object_name: str,
    name: str,
    kind: Any,
    words: Words,
    *,
    needs: tuple[str, ...] = (),
    arguments: Mapping[str, Any] | None = None,
    asked: Asked | None = None,
    exported_as: tuple[str, str] | None = None,
) -> Callable[[Answer], Answer]:
    """Register the function below as the field `name` of `object_name`. Raises ValueError for a name taken twice."""

    def register(answer: Answer) -> Answer:
        if (object_name, name) in _ENTRIES:
            raise ValueError(f"{object_name}.{name} is computed already")
        _ENTRIES[object_name, name] = Computed(
            object_name, name, kind, words, answer, needs, arguments or {}, asked, exported_as
        )
        return answer

    return register


def computed_fields(object_name: str) -> dict[str, Computed]:
    """The computed fields of one object, by their name in the schema."""
    return {name: entry for (owner, name), entry in _ENTRIES.items() if owner == object_name}
