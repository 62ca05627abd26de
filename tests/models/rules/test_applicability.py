"""Conditions: what they mean, how they are written and said, and what is wrong with a bad one."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.declare import note_of
from models.enums import EnrolmentStatus, Gender, IdType, LeaveType, Level, PoliticalStatus
from models.people import Student
from models.rules.applicability import MAX_LENGTH, Condition, ConditionError, Problem, known_facts, student_facts
from tests.work import at_most

FACTS: dict[str, Any] = {
    "level": Level.UG,
    "gender": Gender.F,
    "id_type": IdType.RESIDENT_ID,
    "political_status": PoliticalStatus.LEAGUE_MEMBER,
    "nationality": "中国",
    "enrolment_status": EnrolmentStatus.REGISTERED,
    "leave_type": LeaveType.GRADUATION,
    "is_resident": True,
    "has_loan": False,
    "has_advance": False,
    "has_medical_debt": False,
    "has_gown": True,
    "uses_lab": False,
    "hukou_at_school": False,
    "archive_at_school": True,
    "is_international": False,
}


def test_every_fact_is_known():
    assert set(known_facts()) == set(FACTS)
    assert set(student_facts()) == set(FACTS) - {"leave_type"}


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("all", {}, True),
        ("not all", {}, False),
        ("is_resident", {}, True),
        ("not is_resident", {}, False),
        ("level == UG", {}, True),
        ("level != UG", {}, False),
        ("level in [M, D]", {}, False),
        ("level in [M, D]", {"level": Level.D}, True),
        ("level in [M, D]", {"level": "D"}, True),
        ("not level in [M, D]", {}, True),
        ("has_loan or has_gown", {}, True),
        ("has_loan and has_gown", {}, False),
        ("has_loan and has_gown or is_resident", {}, True),
        ("has_loan and (has_gown or is_resident)", {}, False),
        ("not has_loan and has_gown", {}, True),
        ("not (has_loan and has_gown)", {}, True),
        ("has_loan", {"has_loan": 1}, True),
        ("nationality == 中国", {}, True),
        ("nationality != 中国", {"nationality": "Côte d’Ivoire"}, True),
        ('nationality in [法国, "Côte d’Ivoire"]', {"nationality": "Côte d’Ivoire"}, True),
        ("leave_type in [毕业, 结业]", {}, True),
        ("leave_type != WITHDRAWAL", {"leave_type": LeaveType.WITHDRAWAL}, False),
        (
            "political_status in [中共党员, 中共预备党员]",
            {"political_status": PoliticalStatus.PROBATIONARY_MEMBER},
            True,
        ),
        ("enrolment_status == REGISTERED", {"enrolment_status": EnrolmentStatus.NONE}, False),
    ],
)
def test_meaning(text: str, facts: dict[str, Any], expected: bool):
    assert Condition.parse(text).matches(FACTS | facts) is expected


@pytest.mark.parametrize(
    "text", ["political_status == PARTY_MEMBER", "political_status==中共党员", 'political_status == "party member"']
)
def test_a_member_by_its_name_or_its_words(text: str):
    assert Condition.parse(text) == Condition.parse("political_status == PARTY_MEMBER")


def test_what_a_chinese_keyboard_types():
    assert str(
        Condition.parse("level in \u3010M\u3001D\u3011 and \uff08has_loan or level \uff1d\uff1d “本科生”\uff09")
    ) == ("level in [M, D] and (has_loan or level == UG)")
    assert str(Condition.parse("level in [M\uff0cD] and gender \uff01\uff1d 男")) == "level in [M, D] and gender != M"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("  all ", "all"),
        ("level in [M]", "level == M"),
        ("not level == M", "level != M"),
        ("level in [M,D,M]", "level in [M, D]"),
        ("not (has_loan or has_gown)", "not (has_loan or has_gown)"),
        ("has_loan and (has_gown and uses_lab)", "has_loan and has_gown and uses_lab"),
        ("has_loan or (has_gown or uses_lab)", "has_loan or has_gown or uses_lab"),
        ('nationality == "Sri Lanka"', 'nationality == "Sri Lanka"'),
        ('nationality == "not"', 'nationality == "not"'),
    ],
)
def test_canonical_text(text: str, canonical: str):
    assert str(Condition.parse(text)) == canonical
    assert Condition.parse(canonical) == Condition.parse(text)


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("all", "全部学生", "All students"),
        ("level in [M, D]", "硕士生或博士生", "Master's student or Doctoral student"),
        ("has_loan", "助学贷款", "Student loan"),
        ("not is_international", "非“国际学生”", "not “International student”"),
        ("leave_type != WITHDRAWAL", "非“离校类别为退学”", "not “Leaving type: Withdrawal”"),
        ("political_status == OTHER", "政治面貌为其他", "Political status: Other"),
        ("nationality == 法国", "国籍为法国", "Nationality: 法国"),
        (
            "level in [M, D] and (uses_lab or has_advance)",
            "(硕士生或博士生)且(使用实验室或个人借款)",
            "(Master's student or Doctoral student) and (Uses a laboratory or Advance)",
        ),
    ],
)
def test_in_words(text: str, zh: str, en: str):
    assert Condition.parse(text).explain("zh_CN") == zh
    assert Condition.parse(text).explain("en") == en


@pytest.mark.parametrize(
    ("text", "problem", "position", "found", "nearest"),
    [
        ("", Problem.EMPTY, 0, "", ("all",)),
        (" \t", Problem.EMPTY, 0, "", ("all",)),
        ("has_lon", Problem.UNKNOWN_FIELD, 0, "has_lon", ("has_loan", "has_gown")),
        ("all and student_no == 1", Problem.UNKNOWN_FIELD, 8, "student_no", tuple(known_facts())),
        ("level == X", Problem.UNKNOWN_VALUE, 9, "X", ("UG", "M", "D")),
        ("leave_type == WITHDRAWL", Problem.UNKNOWN_VALUE, 14, "WITHDRAWL", ("WITHDRAWAL",)),
        ("level", Problem.VALUE_NEEDED, 5, "", ("==", "!=", "in")),
        ("has_loan == yes", Problem.NO_VALUE_TAKEN, 9, "==", ("and", "or")),
        ("has_loan; all", Problem.UNEXPECTED, 8, ";", ("and", "or")),
        ("has_loan has_gown", Problem.UNEXPECTED, 9, "has_gown", ("and", "or")),
        ("(has_loan", Problem.UNEXPECTED, 9, "", (")",)),
        ("level in []", Problem.UNEXPECTED, 10, "]", ("UG", "M", "D")),
        ("level in M", Problem.UNEXPECTED, 9, "M", ("[",)),
        ("level ==", Problem.UNEXPECTED, 8, "", ("UG", "M", "D")),
        ("has_loan or", Problem.UNEXPECTED, 11, "", tuple(known_facts())),
        ("not " * 9 + "has_loan", Problem.TOO_DEEP, 32, "not", ()),
        ("(" * 9 + "has_loan" + ")" * 9, Problem.TOO_DEEP, 8, "(", ()),
        ("has_loan" + " or has_loan" * 21, Problem.TOO_LONG, MAX_LENGTH, "260", ()),
        ('nationality == ""', Problem.UNEXPECTED, 16, "", ()),
        ("__import__('os').system('id')", Problem.UNKNOWN_FIELD, 0, "__import__", tuple(known_facts())),
    ],
)
def test_what_is_wrong(text: str, problem: Problem, position: int, found: str, nearest: tuple[str, ...]):
    with pytest.raises(ConditionError) as caught:
        Condition.parse(text)
    error = caught.value
    assert (error.problem, error.position, error.found, error.nearest) == (problem, position, found, nearest)
    assert error.facts == {
        "problem": problem.value,
        "position": position,
        "found": found,
        "nearest": ", ".join(nearest),
    }


PARTS = st.sampled_from(["all", "has_loan", "uses_lab", "level in [M, D]", "level == UG", "leave_type != 退学"])
TEXTS = st.recursive(
    PARTS,
    lambda inner: st.one_of(
        inner.map(lambda text: f"not ({text})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda three: f"({' '.join(three)})"),
    ),
    max_leaves=5,
)


def parsed(text: str) -> Condition | ConditionError:
    try:
        return Condition.parse(text)
    except ConditionError as error:
        return error


@given(TEXTS)
def test_the_canonical_text_is_the_same_condition(text: str):
    condition = parsed(text)
    if isinstance(condition, ConditionError):
        assert condition.problem in (Problem.TOO_LONG, Problem.TOO_DEEP)
        return
    again = Condition.parse(str(condition))
    assert str(again) == str(condition)
    for loan, lab, level, leave in itertools.product((0, 1), (0, 1), Level, (LeaveType.GRADUATION, "WITHDRAWAL")):
        facts = FACTS | {"has_loan": loan, "uses_lab": lab, "level": level, "leave_type": leave}
        assert again.matches(facts) is condition.matches(facts)


@given(st.text(max_size=MAX_LENGTH + 5))
def test_any_text_is_a_condition_or_a_clear_error(text: str):
    found = parsed(text)
    assert isinstance(found, Condition) or 0 <= found.position <= MAX_LENGTH


def test_a_sheet_is_judged_in_a_few_calls():
    """A whole roster is 15,500 sheets of twenty items: 310,000 such judgements."""
    texts = ["all", "level in [M, D]", "has_loan", "not is_international", "enrolment_status == REGISTERED"]
    for test in [Condition.parse(text).matches for text in texts]:
        with at_most(10):
            test(FACTS)


def test_a_condition_never_names_a_sensitive_column():
    assert not {name for name in student_facts() if note_of(Student, name).sensitive}
