"""Which columns a list may show: the object's own, those of what its relations lead to, and what the API works out."""

from __future__ import annotations

from admin_panel.askable import BETWEEN_STEPS, reached
from admin_panel.columns import COMPUTED, Objects, field_at, reads
from admin_panel.language import Text
from admin_panel.registry import BOOKKEEPING
from admin_panel.visit import Viewer

MOST_COLUMNS = 20


def column_menu(objects: Objects, viewer: Viewer, object_name: str) -> list[tuple[Text, list[tuple[str, Text]]]]:
    """Path and words of every column this viewer reads, under headings: the object's own first."""
    computed = [(path, column.label) for (name, path), column in COMPUTED.items() if name == object_name]
    own = [each for each in computed if reads(viewer, objects, object_name, each[0])]
    found = []
    for steps, name in reached(objects, viewer, object_name, (), frozenset({object_name})):
        fields = sorted(objects[name].fields.values(), key=lambda each: each.name in BOOKKEEPING)
        paths = [(".".join((*steps, each.name)), each.label) for each in fields if each.kind != "list"]
        offered = [each for each in paths if reads(viewer, objects, object_name, each[0])]
        heading = steps_label(objects, object_name, steps) if steps else objects[name].label
        found.append((heading, offered if steps else [*offered, *own]))
    return [(heading, offered) for heading, offered in found if offered]


def steps_label(objects: Objects, object_name: str, steps: tuple[str, ...]) -> Text:
    """The words of a way along relations: 离校单 › 学生."""
    fields = [field_at(objects, object_name, ".".join(steps[: place + 1])) for place in range(len(steps))]
    labels = [field.label for field in fields if field]
    return Text(BETWEEN_STEPS.join(each.zh for each in labels), BETWEEN_STEPS.join(each.en for each in labels))


def full_label(objects: Objects, object_name: str, path: str) -> Text:
    """A column's words with the way to it, where two could be called the same."""
    if (object_name, path) in COMPUTED:
        return COMPUTED[object_name, path].label
    return steps_label(objects, object_name, tuple(path.split(".")))


def columns_in(text: str) -> list[str]:
    """The columns that an address asks for, each once and in its order."""
    return list(dict.fromkeys(each for part in text.split(",") if (each := part.strip())))[:MOST_COLUMNS]
