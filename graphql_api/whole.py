"""The statement of a whole plan: one round trip instead of one for each relation.

Each node is a part of a WITH clause that begins where its owner's rows are known. The answer is a single row with a
JSON list for each node, whose rows hold the same columns in the same places as those of separate statements.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pypika_tortoise.terms import Parameterizer

from graphql_api.conditions import QUERIES, Breadth
from graphql_api.plan import Node
from graphql_api.statement import Select, Statement, select_text
from models.database_url import Dialect

WIDEST = 100  # arguments that a function of either database takes


@dataclass(frozen=True, slots=True)
class Words:
    """What the databases call the same thing."""

    row: str
    rows: str


WORDS = {
    Dialect.SQLITE: Words("json_array", "json_group_array({})"),
    Dialect.POSTGRESQL: Words("json_build_array", "json_agg({})"),
}


def whole_of(root: Node, dialect: Dialect) -> Statement | None:
    """Gives the rows of all nodes in the order of `nodes_of`; None for a plan that is one statement anyway, or wider
    than a function's arguments. Written once for a plan.

    On SQLite only for one row and what hangs on it: there a statement costs no way, but its call; of a page it would
    gather what the separate statements find by their indexes.
    """
    if root.whole is None and not root.split:
        nodes = nodes_of(root)
        many = dialect is Dialect.SQLITE and not (root.asked and root.asked.single)
        root.split = many or len(nodes) == 1 or any(_width(node) > WIDEST for node in nodes)
        root.whole = None if root.split else _Writer(dialect).write(root)
    return root.whole


def nodes_of(root: Node) -> list[Node]:
    """The nodes that are read: the root, then all below each, to-ones first. What nobody may see is not asked for."""
    below = [node for node in root.children() if node.rows is not None]
    return [root, *(each for node in below for each in nodes_of(node))]


def _width(node: Node) -> int:
    keys = len(node.asked.keys) if node.asked and node.asked.with_keys else 0
    return len(node.names) + len(node.masks) + keys


@dataclass(slots=True)
class _Writer:
    dialect: Dialect
    parameters: Parameterizer = field(default_factory=Parameterizer)
    parts: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)

    def write(self, root: Node) -> Statement:
        self._add(root, root.asked)
        text = f"WITH {', '.join(self.parts)} SELECT {', '.join(self.lists)}"
        return Statement(text, tuple(self.parameters.values))

    def _add(self, node: Node, asked: Select | None) -> None:
        if asked is None:
            raise TypeError("the plan is not complete")
        name = f"n{len(self.parts)}"
        text = select_text(asked, self.dialect, Breadth.ONE if asked.single else Breadth.FEW, self.parameters)
        self.parts.append(f"{name} AS MATERIALIZED ({text})")
        columns = ", ".join(f'"c{place}"' for place in range(_width(node)))
        # a scan of a materialized part yields its rows in their order, and so does the list
        words = WORDS[self.dialect]
        self.lists.append(f"CAST((SELECT {words.rows.format(f'{words.row}({columns})')} FROM {name}) AS TEXT)")
        shown = f"{name}{self._page(asked)}"
        for relation, child in node.ones.items():
            self._below(child, f'SELECT "c{node.names[relation]}" FROM {shown}')
        for each in node.lists:
            self._below(each.node, f'SELECT "c0" FROM {shown}')

    def _page(self, asked: Select) -> str:
        """Nothing is read below the row that only tells whether there are more."""
        if asked.limit is None:
            return ""
        return f" LIMIT {self.parameters.create_param(asked.limit).get_sql(QUERIES[self.dialect].SQL_CONTEXT)} - 1"

    def _below(self, node: Node, above: str) -> None:
        if node.rows is not None and node.asked is not None:
            self._add(node, replace(node.asked, above=above))
