"""Reads the text of a condition into its tree, or says where and why it cannot; nothing is ever evaluated as code."""

from __future__ import annotations

import difflib
import re
import sys
from dataclasses import dataclass
from enum import Enum

from models.rules.condition_tree import KEYWORDS, Either, Every, Everybody, Fact, Holds, Node, Not, OneOf, known_facts
from models.season import Item

MAX_LENGTH: int = Item._meta.fields_map["applies_to"].max_length  # type: ignore[attr-defined]  # a CharField has one
MAX_DEPTH = 8


class Problem(Enum):
    """What is wrong, for the door to put into words."""

    EMPTY = "EMPTY"
    TOO_LONG = "TOO_LONG"
    TOO_DEEP = "TOO_DEEP"
    UNEXPECTED = "UNEXPECTED"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    UNKNOWN_VALUE = "UNKNOWN_VALUE"
    VALUE_NEEDED = "VALUE_NEEDED"
    NO_VALUE_TAKEN = "NO_VALUE_TAKEN"


class ConditionError(ValueError):
    """The text is no condition. `position` counts characters from 0; `found` is what stands there ("" at the end);
    `nearest` are the words that were perhaps meant, or the ones that may stand there."""

    def __init__(self, problem: Problem, position: int, found: str = "", nearest: tuple[str, ...] = ()) -> None:
        super().__init__(f"{problem.value} at {position}: {found!r}; perhaps {', '.join(nearest) or 'nothing near'}")
        self.problem = problem
        self.position = position
        self.found = found
        self.nearest = nearest

    @property
    def facts(self) -> dict[str, str | int]:
        """The same as plain values, for a refusal's facts."""
        return {
            "problem": self.problem.value,
            "position": self.position,
            "found": self.found,
            "nearest": ", ".join(self.nearest),
        }


TOKEN = re.compile(r"""\s*(?:(?P<symbol>==|!=|[\[\](),])|"(?P<quoted>[^"]*)"|(?P<word>[\w'’.·-]+)|(?P<other>\S))""")
#: What a Chinese keyboard types for the symbols above; one character each, so that positions stay true.
KEYBOARD = str.maketrans("\uff0c\u3001\uff08\uff09\u3010\u3011\uff1d\uff01\u201c\u201d", ',,()[]=!""')


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is "" at the end of the condition. A quoted word is never a keyword or a symbol."""

    text: str
    position: int
    kind: str

    def says(self, text: str) -> bool:
        return self.kind != "quoted" and self.text == text


def tokens(text: str) -> list[Token]:
    """The words and symbols of `text`, then the end."""
    found = [
        Token(sys.intern(match[match.lastgroup]), match.start(match.lastgroup), match.lastgroup)
        for match in TOKEN.finditer(text.translate(KEYBOARD))
        if match.lastgroup
    ]
    return [*found, Token("", len(text), "end")]


class Parser:
    """Recursive descent: or, and, not, then a comparison or brackets."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_LENGTH:
            raise ConditionError(Problem.TOO_LONG, MAX_LENGTH, str(len(text)))
        if not text.strip():
            raise ConditionError(Problem.EMPTY, 0, nearest=("all",))
        self.tokens = tokens(text)
        self.depth = 0

    def condition(self) -> Node:
        """The whole text. Raises ConditionError when something is left over."""
        node = self.either()
        if self.here.kind != "end":
            raise self.unexpected("and", "or")
        return node

    @property
    def here(self) -> Token:
        return self.tokens[0]

    def take(self) -> Token:
        return self.tokens.pop(0)

    def taken(self, text: str) -> bool:
        return self.here.says(text) and bool(self.take())

    def unexpected(self, *instead: str) -> ConditionError:
        return ConditionError(Problem.UNEXPECTED, self.here.position, self.here.text, instead)

    def expect(self, text: str) -> None:
        if not self.taken(text):
            raise self.unexpected(text)

    def either(self) -> Node:
        nodes = [self.both()]
        while self.taken("or"):
            nodes.append(self.both())
        return nodes[0] if len(nodes) == 1 else Either(_flat(nodes, Either))

    def both(self) -> Node:
        nodes = [self.single()]
        while self.taken("and"):
            nodes.append(self.single())
        return nodes[0] if len(nodes) == 1 else Every(_flat(nodes, Every))

    def single(self) -> Node:
        opening = self.here
        if not (opening.says("not") or opening.says("(")):
            return self.comparison()
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ConditionError(Problem.TOO_DEEP, opening.position, opening.text)
        node = self.negation() if self.taken("not") else self.brackets()
        self.depth -= 1
        return node

    def negation(self) -> Node:
        return Not(self.single())

    def brackets(self) -> Node:
        self.expect("(")
        node = self.either()
        self.expect(")")
        return node

    def comparison(self) -> Node:
        if self.taken("all"):
            return Everybody()
        fact = self.fact()
        if self.here.says("==") or self.here.says("!=") or self.here.says("in"):
            return self.values(fact)
        if fact.takes_value:
            raise ConditionError(Problem.VALUE_NEEDED, self.here.position, self.here.text, ("==", "!=", "in"))
        return Holds(fact)

    def fact(self) -> Fact:
        token = self.here
        if token.kind != "word" or token.text in KEYWORDS:
            raise self.unexpected(*known_facts())
        if token.text not in known_facts():
            near = tuple(difflib.get_close_matches(token.text, known_facts()) or known_facts())
            raise ConditionError(Problem.UNKNOWN_FIELD, token.position, token.text, near)
        return known_facts()[self.take().text]

    def values(self, fact: Fact) -> Node:
        if not fact.takes_value:
            raise ConditionError(Problem.NO_VALUE_TAKEN, self.here.position, self.here.text, ("and", "or"))
        if self.taken("in"):
            return OneOf(fact, self.listed(fact))
        node = OneOf if self.taken("==") else _differs
        self.taken("!=")
        return node(fact, (self.value(fact),))

    def listed(self, fact: Fact) -> tuple[str, ...]:
        self.expect("[")
        found = [self.value(fact)]
        while self.taken(","):
            found.append(self.value(fact))
        self.expect("]")
        return tuple(dict.fromkeys(found))

    def value(self, fact: Fact) -> str:
        token = self.here
        if token.kind not in ("word", "quoted") or not token.text:
            raise self.unexpected(*(choice.name for choice in fact.choices))
        self.take()
        return token.text if fact.text else _member(fact, token)


def _flat(nodes: list[Node], kind: type[Every] | type[Either]) -> tuple[Node, ...]:
    """`a and (b and c)` is `a and b and c`."""
    return tuple(inner for node in nodes for inner in (node.nodes if isinstance(node, kind) else (node,)))


def _differs(fact: Fact, values: tuple[str, ...]) -> Node:
    return Not(OneOf(fact, values))


def _member(fact: Fact, token: Token) -> str:
    """The stored text of the choice that `token` names, by its name or its words."""
    wanted = token.text.casefold()
    spellings = {
        spelling.casefold(): choice
        for choice in fact.choices
        for spelling in (choice.words.en, choice.words.zh, choice.value, choice.name)
    }
    if wanted in spellings:
        return str(spellings[wanted].value)
    near = [spellings[found].name for found in difflib.get_close_matches(wanted, spellings)]
    nearest = tuple(dict.fromkeys(near)) or tuple(choice.name for choice in fact.choices)
    raise ConditionError(Problem.UNKNOWN_VALUE, token.position, token.text, nearest)
