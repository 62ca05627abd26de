"""What the API says when an argument of a read cannot be: sentences of BAD_INPUT, by the violation's code.

Each names the `argument` at fault, as a path: `where.studentNo.eq`.
"""

from __future__ import annotations

from graphql_api.wording import Sentence, say

PROBLEMS: tuple[Sentence, ...] = (
    say(
        "参数 {argument}:{length} 个字太长,上限 {limit}。请缩短后重试。",
        "Argument {argument}: {length} characters are too many; the limit is {limit}. Shorten it.",
        problem="TOO_LONG",
    ),
    say(
        "参数 {argument}:{count} 项太多,上限 {limit}。请分几次查询。",
        "Argument {argument}: {count} are too many; the limit is {limit}. Ask in several queries.",
        problem="TOO_MANY",
    ),
    say(
        "参数 {argument} 须在 {minimum} 到 {maximum} 之间。",
        "Argument {argument} must lie between {minimum} and {maximum}.",
        problem="OUT_OF_RANGE",
    ),
    say(
        "参数 {argument}:时间超出范围,请核对。",
        "Argument {argument}: this moment is out of range; please check it.",
        problem="OUT_OF_RANGE",
    ),
    say(
        "参数 {argument} 与 {other} 不能同时使用,请去掉其中一个。",
        "Arguments {argument} and {other} contradict each other; leave one out.",
        problem="CONTRADICTS",
    ),
    say(
        "参数 {argument} 不能为 null:不需要的条件请省略,查空值请用 isNull。",
        "Argument {argument} may not be null: leave out what is no condition; use isNull to find rows without a value.",
        problem="NULL",
    ),
    say(
        "参数 {argument} 含有不能保存的字符,请重新输入。",
        "Argument {argument} holds characters that no text can have; please type it again.",
        problem="NO_TEXT",
    ),
    say(
        "参数 {argument} 不是这类记录的标识,请使用接口给出的 id。",
        "Argument {argument} is no id of such a row; use an id that the API gave.",
        problem="BAD_ID",
    ),
    say(
        "请用一种方式指明要查的记录:{ways}。",
        "Name the row in exactly one way: {ways}.",
        problem="ONE_WAY",
    ),
    say(
        "参数 {argument}:isNull 只能直接用在关联上。",
        "Argument {argument}: isNull belongs directly inside a relation.",
        problem="NO_RELATION",
    ),
    say(
        "参数 {argument}:排序最多经过 {limit} 层关联。",
        "Argument {argument}: an order goes over at most {limit} relations.",
        problem="TOO_DEEP",
    ),
    say(
        "参数 {argument}:未按 {key} 分组。请把 {key} 加入 groupBy。",
        "Argument {argument}: these groups are not by {key}. Add {key} to groupBy.",
        problem="NOT_GROUPED",
    ),
    say(
        "{argument} 须配合参数 {needed} 使用。请在同一查询中填写 {needed}。",
        "{argument} needs the argument {needed}, which says what is meant. Give {needed} in the same question.",
        problem="ARGUMENT_NEEDED",
    ),
    say(
        "分组多于 {limit} 组。请减少 groupBy 的键、缩小 where,或用 limit 只取排序在前的几组。",
        "There are more than {limit} groups. Group by fewer keys, narrow where, or take the first ones with limit.",
        problem="TOO_MANY_GROUPS",
    ),
    say(
        "参数 {argument}:您当前身份只能统计,只能用分组键的整值作条件。",
        "Argument {argument}: you are acting in a role that may only count; conditions compare whole values of group "
        "keys.",
        problem="NOT_A_KEY",
    ),
    say(
        "参数 {argument}:您当前身份只能统计,时间须为某日零点。",
        "Argument {argument}: you are acting in a role that may only count; give the midnight at which a day begins.",
        problem="NO_WHOLE_DAY",
    ),
    say(
        "只能导出列表中的记录,不能导出 {field}。",
        "Only rows of a list can be exported, not {field}.",
        problem="EXPORT_OF_ROWS",
    ),
    say(
        "这类记录不能搜索,请用条件查询。",
        "Such rows cannot be searched; use conditions instead.",
        problem="NOT_SEARCHABLE",
    ),
)
