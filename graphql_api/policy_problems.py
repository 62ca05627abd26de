"""What is wrong with a policy table, as errors of the API: every problem is told, each with its row, cell and the
nearest valid names; and what speaks against publishing one that is well formed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from graphql_api.errors import ApiError, ErrorCode, Violation
from graphql_api.messages import of_error
from graphql_api.policy_names import LONGEST_SHOWN, action_label, field_label, object_label, role_label
from graphql_api.policy_wording import IN_ROW
from models.declare import Words
from models.rules.sessions import UNIT_KINDS
from policies.assurances import Broken
from policies.publishing import Verdict
from policies.rules import MOST_ENDS, MOST_ROWS, InvalidPolicy, Problem

MOST_VIOLATIONS = 100  # of a table with more, the number alone is told

#: How the reasons of `policies.rules` and `policies.publishing` begin or read, by the column they are about.
KINDS: tuple[tuple[str, str, str], ...] = (
    ("row", "cells instead", "CELLS"),
    ("row", "says the same", "SAME_ROW"),
    ("row", "not readable", "NOT_CSV"),
    ("field", "cannot be granted", "NOT_GRANTABLE"),
    ("scope", "cannot be narrowed", "NOT_NARROWED"),
    ("scope", "the code of one", "UNIT_CODE"),
    *(("scope", f"no such {unit}", "UNKNOWN_UNIT") for unit in UNIT_KINDS),
    ("until", "", "NO_SUCH_DAY"),
    ("note", "", "NOTE"),
    ("table", "has no rows", "EMPTY"),
    ("table", "stands for more", "TOO_MANY_ROWS"),
    ("table", "denials end", "TOO_MANY_ENDS"),
    ("table", "", "UNUSABLE"),
    ("inheritance", "inherits from itself", "CYCLE"),
)

LIMITS = {"TOO_MANY_ENDS": MOST_ENDS}


def kind_of(problem: Problem) -> str:
    """The code of a problem; a name that does not exist unless it is one of KINDS."""
    return next(
        (kind for column, text, kind in KINDS if column == problem.column and text in problem.reason), "NO_SUCH"
    )


def facts_of(problem: Problem) -> dict[str, Any]:
    """What a client needs to show it, and its words to tell it."""
    return {
        "row": problem.row,
        "column": problem.column,
        "value": problem.value[:LONGEST_SHOWN],
        "nearest": list(problem.nearest),
    }


def words_of(problem: Problem) -> Words:
    """The sentence about one problem, in both languages, with its row where there are rows."""
    kind = kind_of(problem)
    told = {**facts_of(problem), "choices": ", ".join(problem.nearest), "limit": LIMITS.get(kind, MOST_ROWS)}
    said = _both({"problem": f"POLICY_{kind}", **told})
    if not problem.row:
        return Words(said.zh, said.en[:1].upper() + said.en[1:])
    return Words(IN_ROW.zh.format(row=problem.row) + said.zh, IN_ROW.en.format(row=problem.row) + said.en)


def _both(facts: Mapping[str, Any]) -> Words:
    return Words(*(of_error(ErrorCode.BAD_INPUT.value, facts, locale) for locale in ("zh_CN", "en")))


@contextmanager
def with_every_problem(*path: str) -> Iterator[None]:
    """Raises BAD_INPUT that points at an argument for the InvalidPolicy inside: one violation for each problem."""
    try:
        yield
    except InvalidPolicy as invalid:
        raise every_problem(invalid.problems, *path) from invalid


def every_problem(problems: tuple[Problem, ...], *path: str) -> ApiError:
    """The first problem is told in the message, with how many there are."""
    violations = [_violation(each, path) for each in problems[:MOST_VIOLATIONS]]
    facts = {"problem": "POLICY_TABLE", "first": words_of(problems[0]), "count": len(problems)}
    return ApiError(ErrorCode.BAD_INPUT, "", violations, **facts)


def _violation(problem: Problem, path: tuple[str, ...]) -> Violation:
    words = words_of(problem)
    return Violation(path, kind_of(problem), {**facts_of(problem), "zh": words.zh, "en": words.en})


def unusable(problem: InvalidPolicy, *path: str, code: str = "UNUSABLE_VERSION", **facts: Any) -> ApiError:
    """A stored table that was tampered with, or that this version of the program does not understand."""
    violations = [Violation(path, code, {**facts_of(each)}) for each in problem.problems[:MOST_VIOLATIONS]]
    return ApiError(ErrorCode.BAD_INPUT, "", violations, problem=code, **facts)


# --- what speaks against publishing


def reasons_against(verdict: Verdict) -> Iterator[Words]:
    """Each in words, with the next step; none for a table that may be published."""
    yield from (broken_words(each) for each in verdict.broken)
    if verdict.lockout is not None:
        yield _both({"problem": f"POLICY_LOCKOUT_{verdict.lockout}"})
    yield from (words_of(each) for each in verdict.unknown_units)


def broken_words(broken: Broken) -> Words:
    """`"权限管理员之外的身份不能调整权限":…` with the right that would break it."""
    role, what = role_label(broken.role), object_label(broken.object)
    action, field = action_label(broken.action), field_label(broken.object, broken.action, broken.field)
    right = Words(
        f"{role.zh} {action.zh} {what.zh}·{field.zh}", f"{role.en}: {action.en}, {what.en}, {field.en.rstrip('.')}"
    )
    return _both({"problem": "POLICY_ASSURANCE", "assurance": broken.assurance.words, "right": right})


def not_publishable(verdict: Verdict, *path: str) -> ApiError:
    """BAD_INPUT with one violation for each thing that speaks against it, as many of a kind as are told."""
    violations = [
        Violation(path, "ASSURANCE", {"name": each.assurance.name, **_right(each), **_texts(broken_words(each))})
        for each in verdict.broken[:MOST_VIOLATIONS]
    ]
    if verdict.lockout is not None:
        said = _both({"problem": f"POLICY_LOCKOUT_{verdict.lockout}"})
        violations.append(Violation(path, f"LOCKOUT_{verdict.lockout}", _texts(said)))
    violations += [_violation(each, path) for each in verdict.unknown_units[:MOST_VIOLATIONS]]
    count = len(verdict.broken) + (verdict.lockout is not None) + len(verdict.unknown_units)
    facts = {"problem": "POLICY_NOT_PUBLISHABLE", "first": next(reasons_against(verdict)), "count": count}
    return ApiError(ErrorCode.BAD_INPUT, "", violations, **facts)


def _right(broken: Broken) -> dict[str, str]:
    return {"role": broken.role, "object": broken.object, "action": broken.action, "field": broken.field}


def _texts(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
