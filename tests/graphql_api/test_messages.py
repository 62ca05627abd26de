"""Every code says who, what and the next step in both languages, and the glossary's sentences come out exactly."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Self

import pytest

from graphql_api import messages
from graphql_api.errors import ErrorCode
from graphql_api.outcome_wording import DONE, UNCHANGED
from models.declare import Words
from models.enums import OperationKind, Outcome
from models.rules.applicability import Condition, ConditionError
from models.rules.refusals import Blocker, Code, Refusal
from models.rules.results import RowOutcome
from models.rules.undoing import UNDOABLE
from settings import settings

ZH, EN = "zh_CN", "en"
LIBRARY = Blocker(
    "LIBRARY", Words("图书清还", "Library books"), Words("图书馆", "Library"), Words("一层服务台 8105", "8105")
)
DORM = Blocker("DORM", Words("公寓退宿", "Dormitory"), Words("", ""), Words("竹园3舍值班室", "Zhuyuan 3"))
CODES = sorted({code.value for code in Code} | {code.value for code in ErrorCode})


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_words_in_both_languages_even_without_any_fact(code: str) -> None:
    zh, en = messages.of_error(code, {}, ZH), messages.of_error(code, {}, EN)
    assert zh.endswith("。")
    assert en.endswith(".")
    assert any("一" <= each <= "鿿" for each in zh)
    assert en.isascii()


def test_no_sentence_is_unreachable_or_vague() -> None:
    for sentences in (*messages.SENTENCES.values(), *DONE.values(), UNCHANGED):
        seen = set()
        for each in sentences:
            assert (each.needs, tuple(each.only.items())) not in seen
            seen.add((each.needs, tuple(each.only.items())))
            for vague in ("操作失败", "系统错误", "权限不足"):
                assert vague not in each.words.zh


def test_the_words_name_codes_that_exist() -> None:
    assert set(CODES) == set(messages.SENTENCES)


def test_final_and_issue_name_what_is_still_needed() -> None:
    final = Refusal(Code.BLOCKED, (LIBRARY, DORM))
    assert messages.of_refusal(final, ZH) == (
        '还不能确认"院系离校":还有 2 个环节未办理——图书清还(图书馆 一层服务台 8105)、公寓退宿(竹园3舍值班室)。'
    )
    assert messages.of_refusal(final, EN) == (
        "Cannot sign off yet: 2 items still needed – Library books (Library 8105), Dormitory (Zhuyuan 3)."
    )
    issue = Refusal(Code.BLOCKED, (LIBRARY,))
    assert messages.of_refusal(issue, ZH, act="ISSUE") == (
        "还不能发证:还有 1 个环节未办理,两证均不能发放——图书清还(图书馆 一层服务台 8105)。"
    )
    assert messages.of_refusal(issue, EN, act="ISSUE") == (
        "Cannot issue: 1 item still needed; neither certificate may be issued – Library books (Library 8105)."
    )


def test_many_blockers_are_named_up_to_five() -> None:
    assert messages.named([LIBRARY] * 7, EN).endswith("Library books (Library 8105), 2 more")
    assert messages.named([LIBRARY] * 7, ZH).endswith("、另 2 个环节")


class Noon(datetime):
    """A clock that stands still at noon of 20 June 2026."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls(2026, 6, 20, 12, tzinfo=settings().timezone).astimezone(tz)


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "datetime", Noon)


@pytest.mark.usefixtures("noon")
def test_who_was_faster_is_said_instead_of_an_error() -> None:
    at = datetime(2026, 6, 20, 10, 32, tzinfo=settings().timezone).astimezone(UTC)
    row = RowOutcome(Outcome.UNCHANGED, "20221503107", after="CLEARED", by="李敏", at=at)
    assert messages.of_row(row, ZH, "SET_CLEARANCES") == "已由 李敏 于 10:32 办理,无变化。"
    late = RowOutcome(Outcome.UNCHANGED, "20221503107", after="CLEARED", by="finance", at=at, newer=True)
    assert messages.of_row(late, ZH, "SYNC") == "finance已报送过较新的核对结果(10:32),本条较旧,未采用,无变化。"
    assert messages.of_row(late, EN, "SYNC") == (
        "finance has sent a newer report, of 10:32; this older one was not taken over and changed nothing."
    )
    assert messages.of_row(row, EN, "SET_CLEARANCES") == "Already cleared by 李敏 at 10:32; nothing changed."


def test_a_row_that_changed_needs_no_words() -> None:
    assert messages.of_row(RowOutcome(Outcome.APPLIED, "20221503107"), ZH, "SET_CLEARANCES") is None


@pytest.mark.usefixtures("noon")
def test_another_day_is_named() -> None:
    zone = settings().timezone
    assert messages.clock(datetime(2026, 6, 18, 14, 20, tzinfo=zone)) == "2026-06-18 14:20"
    assert messages.clock(datetime(2026, 6, 19, 15, 59, tzinfo=UTC)) == "2026-06-19 23:59"
    assert messages.clock(datetime(2026, 6, 19, 16, 0, tzinfo=UTC)) == "00:00"
    assert messages.clock(datetime(2026, 6, 21, 0, 30, tzinfo=zone)) == "2026-06-21 00:30"


@pytest.mark.parametrize(
    ("code", "facts", "zh"),
    [
        (
            "ALREADY_ISSUED",
            {"office": "8101"},
            "该生两证已发放,环节状态不能再修改。如确有错误,请联系学生离校工作主管部门(8101)。",
        ),
        (
            "RANGE_TOO_LARGE",
            {"count": 201, "limit": 200},
            "学号范围共 201 个,超过上限 200。请缩小范围,或按班级、粘贴名单办理。",
        ),
        ("BAD_INPUT", {"reason": "prefix_or_length"}, "起止学号长度或前缀不同,不能组成范围。"),
        (
            "NOT_FOUND",
            {"student_no": "20221503107"},
            "未找到学号 20221503107,请核对;若学生不在本批次,请联系学院数据维护员。",
        ),
        ("BAD_INPUT", {"count": 2, "name": "王伟"}, '找到 2 名"王伟",请按学号办理。'),
        ("BATCH_NOT_OPEN", {"status": "CLOSED"}, "本批次已截止。个别补办请联系学生离校工作主管部门开通。"),
        ("WAY_NOT_ALLOWED", {"ways": "SYNC", "way": "SINGLE"}, "本环节由数据同步办理;确需人工办理请填写原因。"),
        (
            "ROW_MISMATCH",
            {"row": 37, "cell": "C37", "given": "张三", "found": "张珊"},
            '第 37 行(单元格 C37):学号与姓名不符(表中"张三",系统"张珊"),本行未导入。',
        ),
        (
            "ROW_MISMATCH",
            {"count": 25},
            "有 25 行学号与行标识不符,疑似排序错行,整份文件未导入。请重新导出后修改。",
        ),
        (
            "BAD_INPUT",
            {"problem": "NUMBER_CELL", "cell": "B12"},
            "单元格 B12 的学号是数字格式,可能已丢失前导 0。请设为文本后重新填写。",
        ),
        (
            "STALE_ROW",
            {"by": "财务处 王芳", "at": "14:20"},
            "自您导出后,该行已由 财务处 王芳 于 14:20 修改,未覆盖。",
        ),
        (
            "NO_STUDENT_STATUS",
            {"contact": "计算机与信息科学学院 学生工作办公室(8215)"},
            "您没有学籍信息,不能自助申请。请联系 计算机与信息科学学院 学生工作办公室(8215)。",
        ),
        (
            "FORBIDDEN",
            {"role": "学校离校办理人员(图书馆)", "deed": "发放证书", "needed": "学院发证人员"},
            '您当前身份为"学校离校办理人员(图书馆)",不能发放证书。需要"学院发证人员"身份。',
        ),
        ("DEADLINE_PASSED", {"deadline": "2026-05-15 18:00"}, "已过流程项申请截止时间(2026-05-15 18:00)。"),
        ("REASON_REQUIRED", {"applies_to": "all"}, '设为"无需办理"须填写原因。'),
        (
            "ROW_MISMATCH",
            {"argument": "number", "number": "99999…123", "owner": "李娜", "owner_no": "20221503108"},
            "证书编号与离校单不符:扫描 99999…123 属于 李娜(20221503108)。请勿发放。",
        ),
        ("BAD_INPUT", {"problem": "PROXY"}, "代领须填写代领人姓名、证件后四位、与学生关系,并核验委托书。"),
    ],
)
def test_the_sentences_of_the_glossary(code: str, facts: dict[str, object], zh: str) -> None:
    assert messages.of_error(code, facts, ZH) == zh


def test_what_an_act_did() -> None:
    checked = {"applied": 187, "unchanged": 9, "refused": 4, "cascaded": 3}
    assert messages.of_act("DRY_RUN", checked, ZH) == (
        "预检完成:可办理 187,无变化 9,不能办理 4;将撤销院系离校 3 人。确认提交?"
    )
    nothing = {"applied": 0, "unchanged": 9, "refused": 4, "cascaded": 0}
    assert messages.of_act("DRY_RUN", nothing, ZH) == "预检完成:可办理 0,无变化 9,不能办理 4。没有可提交的内容。"
    assert messages.of_act("DRY_RUN", nothing, EN) == (
        "Checked: 0 will change, 9 unchanged, 4 refused. There is nothing to submit."
    )
    assert messages.of_act("DRY_RUN", {**checked, "cascaded": 0}, ZH) == (
        "预检完成:可办理 187,无变化 9,不能办理 4。确认提交?"
    )
    done = {"applied": 187, "unchanged": 9, "refused": 0, "cascaded": 0}
    assert messages.of_act("DONE", done, ZH) == "已办理 187 人。可在 操作记录 中撤回本次操作。"
    closed = {"applied": 1, "unchanged": 0, "refused": 0, "cascaded": 0}
    assert messages.of_act("CLOSE_BATCH", closed, ZH) == "批次已截止。个别补办请对该生开通补办。"
    assert messages.of_act("CLOSE_BATCH", {**closed, "applied": 0}, EN) == "Nothing changed."
    assert messages.of_act("CANCEL_SHEET", {**closed, "refused": 2}, ZH) == "已终止办理 1 人;2 行不能办理(见清单)。"
    assert messages.of_act("CANCEL_SHEET", {**closed, "applied": 0, "refused": 2}, ZH) == (
        "2 行不能办理(见清单),未作更改。"
    )
    for kind in OperationKind:
        if kind not in (*UNDOABLE, OperationKind.BULK_EDIT):
            for sentence in DONE.get(kind.name, ()):
                assert "中撤回本次操作" not in sentence.words.zh
    undone = {"applied": 180, "unchanged": 0, "refused": 7, "issued": 2}
    assert messages.of_act("UNDO", undone, ZH) == (
        "已撤回 180 人;7 人之后又有变更,未撤回(见清单);其中 2 人已发证,请线下处理。"
    )
    assert messages.of_act("APPLY_TO_LEAVE", {"applied": 1}, ZH) == (
        "您的离校单已生成,无需审批,请按红色环节的办理说明办理。"
    )
    assert messages.of_act("APPLY_TO_LEAVE", {"applied": 0, "batch": "2026年6月"}, ZH) == (
        "您已有离校单(2026年6月批次),无需重复申请。"
    )


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", "zh_CN"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh_CN"),
        ("en-GB,en;q=0.9", "en"),
        ("fr,en;q=0.5,zh;q=0.4", "en"),
        ("en;q=0,zh", "zh_CN"),
        ("en;q=nonsense", "zh_CN"),
        ("fr;q=1," * 1000, "zh_CN"),
    ],
)
def test_the_language_is_the_first_that_the_desk_speaks(header: str, locale: str) -> None:
    assert messages.locale_of(header) == locale


def test_stored_values_are_told_in_words() -> None:
    way = Refusal(Code.WAY_NOT_ALLOWED, facts={"way": "BULK", "ways": "IMPORT,SINGLE,SYNC"})
    assert messages.of_refusal(way, ZH) == "本环节不能批量办理。请改为逐个办理并填写原因。"
    assert messages.of_refusal(way, EN).startswith('This item does not admit "In bulk".')
    decided = Refusal(Code.CONFLICT, facts={"state": "REJECTED"})
    assert messages.of_refusal(decided, ZH) == "该申请未获同意,不能再审批或撤回。请在 流程项申请 中查看。"
    running = Refusal(Code.CONFLICT, facts={"state": "RUNNING"})
    assert messages.of_refusal(running, ZH) == "该操作不能撤回或提交(状态 进行中)。请在 操作记录 中查看。"
    kind = Refusal(Code.CONFLICT, facts={"kind": "LOAD_ROSTER"})
    assert messages.of_refusal(kind, EN).startswith("This kind of operation (Load roster) can be neither")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("研究生", '适用对象:没有名为"研究生"的条件(第 0 个字后)。可用:id_type、gender'),
        ("levl == M", '适用对象:没有名为"levl"的条件(第 0 个字后)。可用:level。也可写 all 表示全部学生。'),
        ("level in [X]", '适用对象:"X"不是这里可用的值(第 10 个字后)。可用:UG、M、D。'),
        ("level", "适用对象:第 5 个字后应写比较:==、!=、in。"),
        ("uses_lab == 1", "适用对象:该条件不带值(第 9 个字后)。可接着写:and、or。"),
        ("uses_lab uses_lab", '适用对象:第 9 个字后的"uses_lab"不应出现在这里。此处可写:and、or。'),
        ("level ==", "适用对象:第 8 个字后"),
    ],
)
def test_a_condition_is_told_where_it_goes_wrong(text: str, told: str) -> None:
    with pytest.raises(ConditionError) as wrong:
        Condition.parse(text)
    said = messages.of_error("BAD_INPUT", {"value": text, **wrong.value.facts}, ZH).replace(", ", "、")
    assert said.startswith(told), said
