"""Which students an item applies to (B7): conditions in a small language; how it is read and meant stands beside.

    all
    has_loan
    not is_international
    level in [M, D] and (uses_lab or leave_type != WITHDRAWAL)
    political_status in [中共党员, 中共预备党员]

The fields are the facts declared on Student, its yes/no columns and its closed sets, with `nationality` and the sheet's
`leave_type`; a new fact is known here as soon as the model has it. A value is a member's stored name or its words in
either language; words with blanks stand in quotes. Nothing is ever evaluated as code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.rules.condition_reader import MAX_LENGTH, ConditionError, Parser, Problem
from models.rules.condition_tree import Node, Test, compiled, explained, known_facts, student_facts, written

__all__ = ["MAX_LENGTH", "Condition", "ConditionError", "Problem", "known_facts", "student_facts"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that was understood. Equal when the tree is equal; `str()` writes it in one canonical way."""

    node: Node
    _test: Test = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Reads a condition. Raises ConditionError."""
        node = Parser(text).condition()
        return cls(node, compiled(node))

    def matches(self, facts: Mapping[str, Any]) -> bool:
        """Whether it holds for these facts: enum members or their stored texts, booleans or 0 and 1, by field name."""
        return self._test(facts)

    def explain(self, locale: str) -> str:
        """In words, for the student who asks why an item is grey."""
        return explained(self.node, locale)

    def __str__(self) -> str:
        return written(self.node)
