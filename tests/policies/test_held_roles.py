"""The fields that a token may be cut down to, and what is said of those that there are not."""

from __future__ import annotations

import pytest

from models.rules.refusals import Code, Refused
from policies import held_roles
from policies.held_roles import check_fields


def refused(*fields: str) -> dict[str, object]:
    with pytest.raises(Refused) as caught:
        check_fields(fields)
    assert (caught.value.refusal.code, caught.value.argument) == (Code.BAD_INPUT, "fields")
    return dict(caught.value.refusal.facts)


def test_fields_are_known_as_the_policies_and_as_the_api_spell_them() -> None:
    check_fields(["Student.studentNo", "Student.student_no", "Student.*", "studentNo", "student_no"])


def test_an_unknown_field_is_named_with_those_that_look_like_it() -> None:
    found = refused("Student.studentNo", "Student.studntNo")
    assert (found["problem"], found["names"]) == ("UNKNOWN_FIELDS", "Student.studntNo")
    assert str(found["nearest"]).startswith("Student.studentNo")
    assert refused("Studnt.*")["names"] == "Studnt.*"
    assert refused("*")["names"] == "*"


def test_of_very_many_unknown_fields_the_first_are_named_and_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []

    def nearest(written: str, _known: object) -> tuple[str, ...]:
        compared.append(written)
        return ()

    monkeypatch.setattr(held_roles, "nearest", nearest)
    first = [f"Student.x{number}" for number in range(10)]
    found = refused(*first, *first, "Student." + "x" * 200_000, *(f"y{number}" for number in range(15_000)))
    assert compared == first
    assert found["names"] == ", ".join(first)
    assert refused("Student." + "x" * 200_000)["names"] == "Student." + "x" * 56
