"""A nested condition as the address of a list holds it, in the parameter `q`: reading it and writing it.

Compact JSON, three shapes of arrays, which stay as they are, because people keep such addresses:

    ["all", NODE, …]                      全部满足; also "any" 任一满足 and "none" 都不满足
    ["student.name", "contains", "王"]    a field, an operator and its values as texts (see `askable.OPERATORS`)
    ["clearances", "some", ["all", …]]    some, none or every of the rows that belong to a row

The outermost is a group. What the names mean, and whether this viewer may use them, is decided in `asking`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from admin_panel.askable import SIDES
from admin_panel.language import Text
from admin_panel.words import both

MOST_CHARACTERS = 2_500  # nine times that in an address when it is Chinese, and a server reads 64 KB
MOST_DEPTH = 4
MOST_CONDITIONS = 40
MOST_VALUES = 100

GROUPS = {"all": both("match_all"), "any": both("match_any"), "none": both("match_none")}


class Misread(ValueError):
    """A text that is no expression; `words` say why."""

    def __init__(self, words: Text) -> None:
        super().__init__(words.en)
        self.words = words


@dataclass(frozen=True, slots=True)
class Condition:
    path: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """`kind`: all, any or none of the parts."""

    kind: str
    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """Some, none or every (`side`) of the rows at `path` that are as `group` says."""

    path: str
    side: str
    group: Group


Node = Condition | Group | Rows


def parse(text: str) -> Group:
    """The expression that `text` holds. Raises Misread."""
    if len(text) > MOST_CHARACTERS:
        raise Misread(both("q_too_long"))
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()  # half a character cannot be shown
    except (ValueError, RecursionError):
        raise Misread(both("q_unreadable")) from None
    node = _node(found, 1)
    if not isinstance(node, Group):
        raise Misread(both("q_unreadable"))
    within(node)
    return node


def within(group: Group) -> None:
    """Raises Misread for more conditions than a list takes."""
    if sum(1 for _ in leaves(group)) > MOST_CONDITIONS:
        raise Misread(both("q_too_many"))


def written(group: Group) -> str:
    """The text of an expression; the same expression always has the same."""
    return json.dumps(_plain(group), ensure_ascii=False, separators=(",", ":"))


def leaves(node: Node) -> Iterator[Condition | Rows]:
    """Every condition in the order in which people read them, which numbers them; that rows belong to it is one too."""
    if isinstance(node, Group):
        for part in node.parts:
            yield from leaves(part)
        return
    yield node
    if isinstance(node, Rows):
        yield from leaves(node.group)


def pruned(group: Group) -> Group:
    """Without the empty groups, which say nothing; those that rows are asked by say that there are any."""
    parts = [_pruned(part) for part in group.parts]
    return Group(group.kind, tuple(part for part in parts if part is not None))


def _pruned(node: Node) -> Node | None:
    if isinstance(node, Group):
        found = pruned(node)
        return found if found.parts else None
    return Rows(node.path, node.side, pruned(node.group)) if isinstance(node, Rows) else node


def _node(found: Any, depth: int) -> Node:
    if depth > MOST_DEPTH:
        raise Misread(both("q_too_deep"))
    if not isinstance(found, list) or not found or not isinstance(found[0], str):
        raise Misread(both("q_unreadable"))
    head, *rest = found
    if head in GROUPS:
        return Group(head, tuple(_node(each, depth + (_nests(each))) for each in rest))
    if rest and isinstance(rest[0], str) and rest[0] in SIDES:
        return _rows(head, rest, depth)
    if not rest or not all(isinstance(each, str) for each in rest) or len(rest) > MOST_VALUES + 1:
        raise Misread(both("q_unreadable"))
    return Condition(head, rest[0], tuple(rest[1:]))


def _rows(path: str, rest: list[Any], depth: int) -> Rows:
    inner = _node(rest[1], depth) if len(rest) == 2 else None
    if not isinstance(inner, Group):
        raise Misread(both("q_unreadable"))
    return Rows(path, rest[0], inner)


def _nests(found: Any) -> int:
    """Whether a part of a group is a level of its own: a group is, and so is what rows are asked by."""
    if not isinstance(found, list) or not found:
        return 0
    return int(found[0] in GROUPS if isinstance(found[0], str) and len(found) < 2 else _holds_parts(found))


def _holds_parts(found: list[Any]) -> bool:
    return any(isinstance(each, list) for each in found)


def _plain(node: Node) -> list[Any]:
    if isinstance(node, Group):
        return [node.kind, *(_plain(part) for part in node.parts)]
    if isinstance(node, Rows):
        return [node.path, node.side, _plain(node.group)]
    return [node.path, node.operator, *node.values]
