"""One sheet on screen: what the student reads, what staff may do, and why not."""

from __future__ import annotations

import re

import pytest

from tests.served import Person, Someone, sheet_of, statuses

FINAL = "COLLEGE_FINAL"


def item(person: Person, code: str) -> str:
    """The card of one item."""
    found = re.search(
        rf'<li class="item[^"]*" id="item-{code}".*?</li>\s*(?=<li class="item|</ul>\s*</section>)',
        person.text,
        re.DOTALL,
    )
    assert found is not None, code
    return found[0]


def act(person: Person, code: str, status: str, **more: str) -> None:
    """Press one button of the item's first form on the page that came last."""
    forms = re.findall(r'<form method="post" action="/admin/acts/status">.*?</form>', person.text, re.DOTALL)
    [form, *_] = [form for form in forms if f'name="item" value="{code}"' in form and f'value="{status}"' in form]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    person.post("/admin/acts/status", **(fields | {"status": status} | more))


def test_a_student_reads_the_own_sheet_and_can_do_nothing_to_it(someone: Someone) -> None:
    student = someone("student")
    assert "林晓雨" in student.words
    assert "221599101" in student.words
    assert re.search(r"已完成 6 / 13", student.words)
    shown = statuses(student)
    assert set(shown.values()) == {"未办理", "无需办理", "已办理"}
    assert len(shown) == 22
    assert "/admin/acts/" not in student.text
    assert "内部备注" not in student.text


def test_each_red_item_says_how_and_whom_to_ask(someone: Someone) -> None:
    student = someone("student")
    for code, word in statuses(student).items():
        card = item(student, code)
        if word == "未办理":
            assert '<svg class="icon" aria-hidden="true" focusable="false"><use href="/admin/static/icons.svg' in card
            assert "#cross" in card
            assert 'class="howto"' in card
            assert 'href="tel:' in card
        else:
            assert 'class="howto"' not in card


def test_the_sheet_speaks_english_too(someone: Someone) -> None:
    student = someone("student", language="en")
    assert re.search(r"6 of 13 items settled", student.words)
    assert {"Not cleared", "Not required", "Cleared"} == set(statuses(student).values())
    assert "College final sign-off" in student.words
    assert not re.search(r"未办理|已办理|无需办理", student.words)


def test_nobody_reads_a_sheet_out_of_reach(someone: Someone) -> None:
    other = sheet_of(someone("office"), "221599103")
    student = someone("student")
    assert student.get("/admin/sheet/details/", id=other).status_code == 403
    everybody = someone("office").get("/admin/sheet/", page_size="100").text
    foreign = re.search(r'details/\?id=([\w-]+)">\w?2[23](?!15)\d+<', everybody)
    assert foreign is not None
    assert someone("counsellor", role="counsellor").get("/admin/sheet/details/", id=foreign[1]).status_code == 404


def test_the_final_item_is_disabled_with_its_blockers_and_the_api_refuses_it(someone: Someone) -> None:
    counsellor = someone("counsellor", role="counsellor")
    sheet = sheet_of(counsellor, "221599104")
    counsellor.get("/admin/sheet/details/", id=sheet)
    card = item(counsellor, FINAL)
    assert re.search(r'name="status" value="CLEARED" disabled title="还不能确认"', card.replace("&#34;", '"'))
    assert "公寓退宿" in card
    assert "8108" in card
    act(counsellor, FINAL, "CLEARED")
    assert "还不能确认" in counsellor.words
    assert statuses(counsellor)[FINAL] == "未办理"


def test_passing_and_revoking_change_the_sheet_and_are_told(someone: Someone) -> None:
    counsellor = someone("counsellor", role="counsellor")
    counsellor.get("/admin/sheet/details/", id=sheet_of(counsellor, "221599105"))
    assert statuses(counsellor)["STU_CARD"] == "未办理"
    act(counsellor, "STU_CARD", "CLEARED", note="已收回学生证")
    assert "已办理:221599105 覃雪梅 · 学生证注销" in counsellor.words
    assert statuses(counsellor)["STU_CARD"] == "已办理"
    assert "已收回学生证" in item(counsellor, "STU_CARD")
    assert "赵文静" in item(counsellor, "STU_CARD")
    act(counsellor, "STU_CARD", "PENDING")
    assert "已撤销:221599105 覃雪梅" in counsellor.words
    assert statuses(counsellor)["STU_CARD"] == "未办理"


def test_markup_in_a_note_stays_text(someone: Someone) -> None:
    counsellor = someone("counsellor", role="counsellor")
    counsellor.get("/admin/sheet/details/", id=sheet_of(counsellor, "221599106"))
    act(counsellor, "STU_CARD", "CLEARED", note="<img src=x onerror=alert(1)>")
    assert "<img" not in counsellor.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in item(counsellor, "STU_CARD")


def test_not_required_asks_for_a_reason(someone: Someone) -> None:
    counsellor = someone("counsellor", role="counsellor")
    counsellor.get("/admin/sheet/details/", id=sheet_of(counsellor, "221599107"))
    act(counsellor, "STU_CARD", "NOT_REQUIRED", reason="")
    assert "须填写原因" in counsellor.words
    assert statuses(counsellor)["STU_CARD"] == "未办理"
    act(counsellor, "STU_CARD", "NOT_REQUIRED", reason="SPECIAL_APPROVAL")
    assert statuses(counsellor)["STU_CARD"] == "无需办理"
    assert "特批" in item(counsellor, "STU_CARD")


def test_a_stale_page_overwrites_nothing(someone: Someone) -> None:
    first, second = someone("counsellor", role="counsellor"), someone("counsellor", role="counsellor")
    sheet = sheet_of(first, "221599108")
    for person in (first, second):
        person.get("/admin/sheet/details/", id=sheet)
    act(first, "STU_CARD", "CLEARED", note="第一位")
    act(second, "STU_CARD", "NOT_REQUIRED", reason="OTHER", note="第二位")
    assert "已由 赵文静" in second.words
    assert statuses(second)["STU_CARD"] == "已办理"
    assert "第二位" not in second.words


def test_a_secretary_signs_in_a_supervisors_place(someone: Someone) -> None:
    secretary = someone("secretary")
    secretary.get("/admin/sheet/details/", id=sheet_of(secretary, "S231599104"))
    assert statuses(secretary)["SUPERVISOR"] == "未办理"
    assert "代替导师 陈志远" in item(secretary, "SUPERVISOR")
    fields = secretary.fields_of("/admin/acts/sign")
    supervisor = re.search(r'<option value="([^"]+)">代替导师 陈志远', secretary.text)
    assert supervisor is not None
    secretary.post("/admin/acts/sign", **(fields | {"supervisor": supervisor[1], "note": "导师出差"}))
    assert statuses(secretary)["SUPERVISOR"] == "已办理"
    assert "代签 陈志远" in item(secretary, "SUPERVISOR")
    owner = someone("supervisor")  # who takes it back, as others count who is still to be signed
    owner.get("/admin/sheet/details/", id=sheet_of(owner, "S231599104"))
    act(owner, "SUPERVISOR", "PENDING")
    assert statuses(owner)["SUPERVISOR"] == "未办理"


def test_somebody_elses_item_offers_no_button(someone: Someone) -> None:
    counsellor = someone("counsellor", role="counsellor")
    counsellor.get("/admin/sheet/details/", id=sheet_of(counsellor, "221599104"))
    assert "<button" not in item(counsellor, "FIN_FEES")
    assert "<button" in item(counsellor, "STU_CARD")


def test_a_forged_act_on_somebody_elses_item_changes_nothing(someone: Someone) -> None:
    counsellor = someone("counsellor", role="counsellor")
    counsellor.get("/admin/sheet/details/", id=sheet_of(counsellor, "221599104"))
    before = statuses(counsellor)
    fields = counsellor.fields_of("/admin/acts/status", 'name="item" value="STU_CARD"') | {"item": "DORM_OUT"}
    clearance = re.search(r'data-item="DORM_OUT"', counsellor.text)
    assert clearance is not None
    counsellor.post("/admin/acts/status", **(fields | {"status": "CLEARED"}))
    assert statuses(counsellor) == before


@pytest.mark.parametrize("username", ["leader", "auditor"])
def test_who_only_looks_finds_no_form(someone: Someone, username: str) -> None:
    person = someone(username)
    person.get("/admin/sheet/", search="22")
    link = re.search(r'href="(/admin/sheet/details/\?id=[\w-]+)"', person.text)
    if link is None:
        assert "/admin/sheet/" not in person.get("/admin/").text
        return
    person.get(link[1])
    assert "/admin/acts/" not in person.text


def test_a_secretary_finds_only_the_signature_that_the_api_offers(someone: Someone) -> None:
    secretary = someone("secretary")
    secretary.get("/admin/desk/", sheet=sheet_of(secretary, "S231599101"))
    assert statuses(secretary)["SUPERVISOR"] == "未办理"
    assert re.findall(r"</svg>(\w+)</button>", item(secretary, "SUPERVISOR")) == ["代签"]
    assert "/admin/acts/status" not in secretary.text


def test_what_the_api_would_not_revoke_is_listed_without_a_button(someone: Someone) -> None:
    secretary = someone("secretary")
    secretary.get("/admin/desk/")
    [aside] = re.findall(r"<aside.*?</aside>", secretary.text, re.DOTALL)
    assert "谭笑" in aside
    assert "导师签字" in aside
    assert "撤销" not in aside
