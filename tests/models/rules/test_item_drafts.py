"""What an item is to become, field by field."""

from __future__ import annotations

import pytest

from models.enums import HandledBy, ItemKind
from models.rules.item_drafts import First, read_draft
from models.rules.refusals import Code, Refused

WHOLE = {"code": "GOWN", "name": "学位服归还", "department": "JWC", "ways": ["BULK", "SINGLE"]}


def test_a_whole_item():
    draft = read_draft(
        {
            **WHOLE,
            "name": " 学位服 归还 ",
            "kind": "NORMAL",
            "handled_by": "COLLEGE",
            "applies_to": " level in [硕士生] ",
            "order": 19,
            "instruction": " 第一行\n第二行 ",
            "prerequisites": ["LIB", {"code": "DORM", "reopen": True}],
        },
        adding=True,
    )
    assert draft.columns == {
        "code": "GOWN",
        "name": "学位服 归还",
        "ways": ["SINGLE", "BULK"],
        "kind": ItemKind.NORMAL,
        "handled_by": HandledBy.COLLEGE,
        "applies_to": "level in [硕士生]",
        "order": 19,
        "instruction": "第一行\n第二行",
    }
    assert draft.department == "JWC"
    assert draft.prerequisites == (First("LIB"), First("DORM", reopen=True))
    assert draft.mentioned == {*draft.columns, "department", "prerequisites"}


def test_only_what_is_mentioned():
    draft = read_draft({"place": "一层"}, adding=False)
    assert (draft.columns, draft.department, draft.prerequisites) == ({"place": "一层"}, None, None)
    assert read_draft({"prerequisites": []}, adding=False).prerequisites == ()


@pytest.mark.parametrize(
    ("changes", "field", "facts"),
    [
        ({"color": "red"}, "color", {"problem": "UNKNOWN_FIELD"}),
        ({"withdrawn_at": None}, "withdrawn_at", {"problem": "UNKNOWN_FIELD"}),
        ({"code": "gown"}, "code", {"problem": "CODE", "value": "gown"}),
        ({"name": ""}, "name", {"problem": "MISSING"}),
        ({"name": 7}, "name", {"problem": "NOT_TEXT"}),
        ({"name": "x" * 65}, "name", {"problem": "TOO_LONG", "value": 65, "limit": 64}),
        ({"department": ""}, "department", {"problem": "MISSING"}),
        ({"kind": "NONE"}, "kind", {"problem": "UNKNOWN_VALUE", "value": "NONE"}),
        ({"kind": 1}, "kind", {"problem": "UNKNOWN_VALUE", "value": "1"}),
        ({"handled_by": "DEAN"}, "handled_by", {"problem": "UNKNOWN_VALUE", "value": "DEAN"}),
        ({"ways": []}, "ways", {"problem": "MISSING"}),
        ({"ways": "BULK"}, "ways", {"problem": "NOT_A_LIST"}),
        ({"ways": ["FAX"]}, "ways", {"problem": "UNKNOWN_VALUE", "value": "FAX"}),
        ({"order": -1}, "order", {"problem": "NOT_A_NUMBER"}),
        ({"order": True}, "order", {"problem": "NOT_A_NUMBER"}),
        ({"prerequisites": "LIB"}, "prerequisites", {"problem": "NOT_A_LIST"}),
        ({"prerequisites": ["LIB", "LIB"]}, "prerequisites", {"problem": "TWICE"}),
        (
            {"applies_to": "has_lon"},
            "applies_to",
            {
                "value": "has_lon",
                "problem": "UNKNOWN_FIELD",
                "position": 0,
                "found": "has_lon",
                "nearest": "has_loan, has_gown",
            },
        ),
    ],
)
def test_what_is_refused(changes, field, facts):
    with pytest.raises(Refused) as caught:
        read_draft(WHOLE | changes, adding=True)
    assert caught.value.refusal.code is Code.BAD_INPUT
    assert (caught.value.argument, caught.value.refusal.facts) == (f"proposal.{field}", facts)


@pytest.mark.parametrize("missing", ["code", "name", "department", "ways"])
def test_what_a_new_item_must_have(missing):
    with pytest.raises(Refused) as caught:
        read_draft({name: value for name, value in WHOLE.items() if name != missing}, adding=True)
    assert caught.value.argument == f"proposal.{missing}"
    assert caught.value.refusal.facts == {"problem": "MISSING"}


def test_a_text_needs_no_way_and_a_code_never_changes():
    read_draft({**WHOLE, "kind": "INFO", "ways": []}, adding=True)
    with pytest.raises(Refused) as caught:
        read_draft({"code": "GOWN"}, adding=False)
    assert caught.value.refusal.facts == {"problem": "NEVER_CHANGES"}
