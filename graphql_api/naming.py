"""How the words of the models become the words of the schema: camelCase, plurals, descriptions in both languages."""

from __future__ import annotations

from models.declare import FieldNote, Words


def camel(name: str) -> str:
    """`student_no` as `studentNo`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def lower_first(name: str) -> str:
    """`ItemRequest` as `itemRequest`."""
    return name[0].lower() + name[1:]


def plural(name: str) -> str:
    """`clearance` as `clearances`, `batch` as `batches`, `college` as `colleges`, `property` as `properties`."""
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return name[:-1] + "ies"
    if name.endswith(("s", "x", "z", "ch", "sh")):
        return name + "es"
    return name + "s"


def described(words: Words, hint: Words | None = None) -> str:
    """`学号 · Student no.`, with the hint on a second line."""
    first = f"{words.zh} · {words.en}"
    return f"{first}\n{hint.zh} · {hint.en}" if hint else first


def description(note: FieldNote) -> str:
    """What a field's declaration says of it, in both languages."""
    return described(note.label, note.hint)
