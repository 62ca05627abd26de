"""What the API says of an export that cannot be made, in both languages."""

from __future__ import annotations

from graphql_api.wording import Sentence, say

REFUSED: dict[str, tuple[Sentence, ...]] = {
    "BAD_INPUT": (
        say(
            '没有"{object}"这一对象,请核对 object(接口中的对象名,如 Sheet)。',
            'There is no object "{object}"; `object` is a name of the API, such as Sheet.',
            problem="NO_OBJECT",
        ),
        say(
            "没有选择要导出的列。请至少选择一列。",
            "No columns were chosen. Choose at least one.",
            problem="NO_COLUMNS",
        ),
        say(
            "最多导出 {limit} 列。请减少列数。",
            "A file has {limit} columns at most. Choose fewer.",
            problem="MANY_COLUMNS",
        ),
        say(
            '列"{column}"写了两次。请去掉一个。',
            'The column "{column}" is named twice. Leave one out.',
            problem="COLUMN_TWICE",
        ),
        say(
            '"{object}"没有可以导出的列"{column}"。列名是接口的字段路径,如 student.studentNo。',
            '"{object}" has no column "{column}" that a file could hold. A column is a path of fields, '
            "such as student.studentNo.",
            problem="NO_COLUMN",
        ),
        say(
            '固定格式 lixiao.xlsx 只用于"环节办理状态"(Clearance),格式为 XLSX。请改用 COLUMNS。',
            "The layout STATUSES (lixiao.xlsx) is for Clearance alone, as XLSX. Use COLUMNS instead.",
            problem="NO_STATUSES",
        ),
        say(
            "查询结果共 {count} 行,超过一个文件的上限 {limit} 行,没有导出。请缩小查询范围,分几次导出。",
            "The query has {count} rows, more than the {limit} that one file holds, and was not exported. Narrow it, "
            "and export the parts.",
            problem="EXPORT_TOO_LONG",
        ),
    ),
    "CONFLICT": (
        say(
            "导出期间您切换了身份,文件没有生成。请以需要的身份重新导出。",
            "You changed to another role while the file was being made, so there is none. Export it again in the role "
            "you need.",
            problem="OTHER_ROLE_SINCE",
        ),
    ),
}
