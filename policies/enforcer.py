"""Casbin, filled with a few rows of the policy table and asked about them; its shipped model is `model.conf`."""

from __future__ import annotations

import ast
import functools
import logging
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import casbin
from casbin.model import Model
from casbin.util.expression import SimpleEval

from policies.rules import Rule

logging.getLogger("casbin").setLevel(logging.ERROR)  # it warns of every refused question; a refusal is an answer

MODEL = Path(__file__).with_name("model.conf").read_text(encoding="utf-8")
ALLOWED = "e = some(where (p.eft == allow)) && !some(where (p.eft == deny))"
NOT_DENIED = "e = !some(where (p.eft == deny))"


class Enforcer(casbin.Enforcer):  # type: ignore[misc]  # casbin has no types
    """Casbin's, which parses its matcher once instead of at every question.

    Parsing is what takes most of a question's time, and CPython 3.11 fails when two threads parse at once
    ("AST constructor recursion depth mismatch"): whoever builds a schema while a policy is decided would pay for it.
    """

    @staticmethod
    def _get_expression(expr: str, functions: Mapping[str, Any] | None = None) -> SimpleEval:
        made = SimpleEval("", functions)
        made.ast_parsed_value = _parsed(expr)
        return made


@functools.cache
def _parsed(expression: str) -> ast.expr:
    """Casbin's operators in Python's words, as Casbin itself writes them, and parsed."""
    text = re.sub(r"!(?!=)", "not ", expression.replace("&&", "and").replace("||", "or"))
    return ast.parse(text.strip(), mode="eval").body


def enforcer(effect: str, rules: Iterable[Rule], parents: Iterable[tuple[str, str]]) -> Enforcer:
    """Filled row by row through the model: `add_policies` is quadratic, and a loading adapter drops rows silently.

    `EnforceContext` would be the way to ask with another effect, but its effect is ignored; hence a second enforcer.
    """
    model = Model()
    model.load_model_from_text(MODEL.replace(ALLOWED, effect))
    made = Enforcer(model)
    for rule in rules:
        model.add_policy("p", "p", list(rule.cells_for_casbin))
    for child, parent in parents:
        model.add_policy("g", "g", [child, parent])
    made.build_role_links()
    return made


def _parse_ahead() -> None:
    """Parses the matcher while this module is imported, before there is a second thread."""
    row = Rule("role", "object", "field", "action", "scope", "allow")
    enforcer(ALLOWED, [row], [("role", "role")]).enforce("role", "object", "action", "field", "scope", "ordinary")


_parse_ahead()
