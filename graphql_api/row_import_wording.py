"""What the API says of lists of any object's rows, in both languages: why a row is refused, and what was done."""

from __future__ import annotations

from graphql_api.wording import Sentence, say

ACT = "IMPORT_ROWS"
UNDO = "UNDO"

REFUSED: dict[str, tuple[Sentence, ...]] = {
    "NOT_FOUND": (
        say(
            "没有“{value}”这条记录,本行未导入。请核对代码;如需新增,请联系有新增权限的人员。",
            'There is no "{value}"; row not imported. Check the key; to have it added, ask somebody who may.',
            problem="NO_SUCH_ROW",
        ),
        say(
            "没有“{value}”这条记录,本行未导入。新增会影响离校单,请在该对象的页面上新增。",
            'There is no "{value}"; row not imported. A new one concerns clearance sheets: add it on its own page.',
            problem="NOT_MADE_BY_LIST",
        ),
        say(
            "“{value}”这条记录已不存在,本行未导入。如需重新新增,请清空行标识。",
            'The record "{value}" is not there any more; row not imported. To add it again, empty its row key.',
            problem="ROW_GONE",
        ),
        say(
            "{field}“{value}”不存在,本行未导入。请核对代码或名称。",
            '{field}: there is no "{value}"; row not imported. Check the code or name.',
            act=ACT,
        ),
    ),
    "FORBIDDEN": (
        say(
            "以您当前的身份不能修改该记录的“{field}”,本行未导入。请删去该单元格的内容,或联系其所属单位。",
            'In your present role you may not change "{field}" of this record; row not imported. Empty the cell, or '
            "ask the unit that it belongs to.",
            problem="NOT_THIS_FIELD",
        ),
        say(
            "以您当前的身份不能删除该记录,已保留。如需停用,请修改“在用”。",
            "You may not delete this record in your present role; it was kept.",
            problem="NOT_YOURS_TO_DELETE",
        ),
    ),
    "DUPLICATE": (
        say(
            "“{value}”与第 {other_row} 行重复,两行均未导入。请只保留一行。",
            '"{value}" stands in row {other_row} too; neither was imported. Keep one row only.',
            problem="TWICE",
        ),
        say(
            "{field}“{value}”已被使用,不能新增。请核对,或换一个。",
            '{field} "{value}" is taken already; row not imported. Check it, or choose another one.',
            problem="TAKEN",
        ),
        say(
            "该证件号属于已有在办离校单的另一个学号,本行未导入。请核对证件号。",
            "This document belongs to another number with an active sheet; row not imported. Check the number.",
            problem="TWO_SHEETS",
        ),
    ),
    "ROW_MISMATCH": (
        say(
            "有 {count} 行的代码与行标识不符,疑似只对部分列排过序,整份名单未导入。请重新导出后修改。",
            "In {count} rows key and row key do not match; the file seems to have been sorted by one column only. "
            "Nothing was imported. Export again and edit that.",
            problem="ROW_KEYS",
        ),
        say(
            "“{value}”与行标识不符,本行未导入。请重新导出,或清空行标识。",
            '"{value}" does not match the row key; row not imported. Export again, or empty the row key.',
            problem="ROW_KEY",
        ),
    ),
    "CONFLICT": (
        say(
            "已有其他记录引用,未删除。请先处理引用它的记录。",
            "Other records refer to it by now, so it was kept. See to those first.",
            problem="USED_SINCE",
        ),
        say(
            "这类记录不能删除,新增的记录已保留。如有错误,请直接修改。",
            "Such records are never deleted; what was added stays. If it is wrong, correct it.",
            problem="NEVER_DELETED",
        ),
    ),
    "BAD_INPUT": (
        say(
            "名单中没有可导入的行。请填写后重试。",
            "The list holds no row. Fill it in and try again.",
            problem="MISSING",
            argument="rows",
        ),
        say("{field}未填写。请补全后重新导入。", "{field} is missing. Complete the row and import it again.",
            problem="MISSING", act=ACT),
        say(
            "“{field}”不能通过导入修改。请改回原值,或在该记录的页面上办理。",
            '"{field}" is not changed by an import. Put back what stood there, or change it on the record\'s own page.',
            problem="NOT_BY_LIST",
        ),
        say(
            "{field}“{value}”有 {count} 条同名记录。请改填代码。",
            '{field}: {count} records are called "{value}". Write the code instead.',
            problem="AMBIGUOUS",
        ),
        say(
            "{field}“{value}”不是整数。请改正后重新导入。",
            '{field}: "{value}" is no whole number. Correct the row and import it again.',
            problem="NO_WHOLE_NUMBER",
        ),
        say(
            "{field}“{value}”不是日期或时间。请写成 2026-06-30 或 2026-06-30 18:00。",
            '{field}: "{value}" is no date or time. Write it as 2026-06-30 or 2026-06-30 18:00.',
            problem="NO_MOMENT",
        ),
        say(
            "{field}须在 {minimum} 到 {maximum} 之间。请改正后重新导入。",
            "{field} must lie between {minimum} and {maximum}. Correct the row and import it again.",
            problem="NUMBER_RANGE", act=ACT,
        ),
        say(
            "{field}只能含字母、数字和 _ - . 。请改正后重新导入。",
            "{field} holds letters, digits, _, - and . only. Correct the row and import it again.",
            problem="CODE_FORM", act=ACT,
        ),
        say(
            "行标识或行版本无法识别,本行未导入。请重新导出,或清空这两列。",
            "Row key or row version cannot be read; row not imported. Export again, or empty these two columns.",
            problem="ROW_KEY",
        ),
        say(
            "修改的都是敏感信息,操作记录不保存其原值,不能恢复。请直接更正。",
            "Only sensitive values were changed, which no operation keeps: they stay as they are. Correct them.",
            problem="NOT_KEPT",
        ),
        say(
            "没有“{value}”这种名单。可导入的对象:{choices}。",
            'There are no lists of "{value}". Of these there are: {choices}.',
            problem="NO_LIST_OF",
        ),
        say(
            "名单须有标题行(header),且每行不超过标题的列数。",
            "A list has headings (`header`), and no row has more cells than these.",
            problem="NO_HEADER",
        ),
    ),
}  # fmt: skip

DONE: dict[str, tuple[Sentence, ...]] = {
    "IMPORT_ROWS": (
        say(
            "已导入 {applied} 条;{refused} 行不能导入(见清单)。可在 操作记录 中撤回本次操作。",
            "{applied} imported; {refused} refused (see the list). It can be undone under Operations.",
        ),
        say(
            "已导入 {applied} 条。可在 操作记录 中撤回本次操作。",
            "{applied} imported. It can be undone under Operations.",
        ),
        say("{refused} 行不能导入(见清单),未作更改。", "{refused} refused (see the list); nothing was changed."),
        say("与现有记录一致,没有变化。", "Everything is so already; nothing changed."),
    ),
    "UNDO_IMPORT": (
        say(
            "已恢复 {applied} 条;{refused} 条未恢复(原因见清单)。",
            "{applied} put back; {refused} were not (the list says why).",
        ),
        say("{refused} 条未恢复(原因见清单),未作更改。", "None of {refused} was put back (the list says why)."),
        say("已恢复 {applied} 条。", "{applied} put back."),
    ),
}
