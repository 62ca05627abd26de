"""A condition as a tree: the facts it may speak of, what it means, how it is written and said. It is read elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

from tortoise import fields
from tortoise.fields.data import CharEnumFieldInstance

from models.declare import Words, note_of
from models.enums import Choice
from models.people import Student
from models.season import Sheet

TEXT_FACTS = ("nationality",)
KEYWORDS = frozenset({"all", "and", "or", "not", "in"})
WORD = re.compile(r"[\w'’.·-]+")

Test = Callable[[Mapping[str, Any]], bool]


# --- the facts a condition may speak of


@dataclass(frozen=True, slots=True)
class Fact:
    """One field. `choices` is empty for a yes/no fact and for free text, of which only `text` takes a value."""

    name: str
    label: Words
    choices: tuple[Choice, ...] = ()
    text: bool = False

    @property
    def takes_value(self) -> bool:
        return self.text or bool(self.choices)


@cache
def known_facts() -> Mapping[str, Fact]:
    """Every fact by its name."""
    found = {name: _fact(Student, name) for name in Student._meta.fields_map if _is_fact(name)}
    return {**found, "leave_type": _fact(Sheet, "leave_type")}


def _is_fact(name: str) -> bool:
    column = Student._meta.fields_map[name]
    return name in TEXT_FACTS or isinstance(column, fields.BooleanField | CharEnumFieldInstance)


def _fact(model: type[Student] | type[Sheet], name: str) -> Fact:
    column = model._meta.fields_map[name]
    choices = tuple(_choices(column.enum_type)) if isinstance(column, CharEnumFieldInstance) else ()
    return Fact(name, note_of(model, name).label, choices, name in TEXT_FACTS)


def _choices(kind: type[Enum]) -> list[Choice]:
    return [member for member in kind if isinstance(member, Choice)]


def student_facts() -> tuple[str, ...]:
    """The columns of Student that `Condition.matches` may ask for; `leave_type` comes from the sheet."""
    return tuple(name for name in known_facts() if name != "leave_type")


# --- the tree


@dataclass(frozen=True, slots=True)
class Everybody:
    """Everybody."""


@dataclass(frozen=True, slots=True)
class Holds:
    """A yes/no fact that is yes."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class OneOf:
    """`values` are stored texts, in the order written."""

    fact: Fact
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    node: Node


@dataclass(frozen=True, slots=True)
class Every:
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    nodes: tuple[Node, ...]


Node = Everybody | Holds | OneOf | Not | Every | Either


# --- what a tree means


def compiled(node: Node) -> Test:
    """The tree as one closure: hundreds of thousands of students are tested when a roster is loaded."""
    match node:
        case Everybody():
            return lambda facts: True
        case Holds(fact):
            return _holds(fact.name)
        case OneOf(fact, values):
            return _one_of(fact.name, values)
        case Not(inner):
            return _not(compiled(inner))
        case Every(nodes):
            return _all([compiled(each) for each in nodes])
        case Either(nodes):
            return _any([compiled(each) for each in nodes])


def _holds(name: str) -> Test:
    return lambda facts: bool(facts[name])


def _one_of(name: str, values: tuple[str, ...]) -> Test:
    if len(values) == 1:
        [value] = values
        return lambda facts: bool(facts[name] == value)
    return lambda facts: facts[name] in values


def _not(test: Test) -> Test:
    return lambda facts: not test(facts)


def _all(tests: list[Test]) -> Test:
    return lambda facts: all(test(facts) for test in tests)


def _any(tests: list[Test]) -> Test:
    return lambda facts: any(test(facts) for test in tests)


# --- how a tree is written


def written(node: Node) -> str:
    """The canonical text: `level == M`, `not has_loan`, `a and (b or c)`."""
    match node:
        case Everybody():
            return "all"
        case Holds(fact):
            return fact.name
        case OneOf(fact, (value,)):
            return f"{fact.name} == {_quoted(value)}"
        case OneOf(fact, values):
            return f"{fact.name} in [{', '.join(map(_quoted, values))}]"
        case Not(OneOf(fact, (value,))):
            return f"{fact.name} != {_quoted(value)}"
        case Not(inner):
            return f"not {_bracketed(inner, (Every, Either), written)}"
        case Every(nodes):
            return " and ".join(_bracketed(each, (Either,), written) for each in nodes)
        case Either(nodes):
            return " or ".join(written(each) for each in nodes)


def _quoted(value: str) -> str:
    return value if WORD.fullmatch(value) and value not in KEYWORDS else f'"{value}"'


def _bracketed(node: Node, within: tuple[type[Node], ...], write: Callable[[Node], str]) -> str:
    return f"({write(node)})" if isinstance(node, within) else write(node)


# --- how a tree is said

SPEAK_FOR_THEMSELVES = ("level", "political_status", "enrolment_status")  # "硕士生" needs no "培养层次为" before it


def explained(node: Node, locale: str) -> str:
    """In the words of the labels: 硕士生或博士生."""
    match node:
        case Everybody():
            return Words("全部学生", "All students")[locale]
        case Holds(fact):
            return fact.label[locale]
        case OneOf(fact, values):
            return _said(fact, values, locale)
        case Not(inner):
            return Words(f"非“{explained(inner, locale)}”", f"not “{explained(inner, locale)}”")[locale]
        case Every(nodes):
            return Words("且", " and ")[locale].join(_said_within(each, locale) for each in nodes)
        case Either(nodes):
            return Words("或", " or ")[locale].join(explained(each, locale) for each in nodes)


def _said_within(node: Node, locale: str) -> str:
    """A part of a conjunction: brackets around whatever says "or" itself."""
    ambiguous = isinstance(node, Either) or (isinstance(node, OneOf) and len(node.values) > 1)
    return f"({explained(node, locale)})" if ambiguous else explained(node, locale)


def _said(fact: Fact, values: tuple[str, ...], locale: str) -> str:
    words = {choice.value: choice.words[locale] for choice in fact.choices}
    said = Words("或", " or ")[locale].join(words.get(value, value) for value in values)
    if fact.name in SPEAK_FOR_THEMSELVES and "OTHER" not in values:
        return said
    return Words(f"{fact.label.zh}为{said}", f"{fact.label.en}: {said}")[locale]
