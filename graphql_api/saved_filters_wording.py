"""What the API says of filters that somebody keeps, or wants to: sentences of BAD_INPUT, by the violation's code."""

from __future__ import annotations

from graphql_api.wording import Sentence, say

FILTER_PROBLEMS: tuple[Sentence, ...] = (
    say(
        '没有"{field}"这一字段(位于 {argument}):可能已改名或删除。请重新设置条件并保存。',
        'There is no field "{field}" (at {argument}): it may have been renamed or removed. Set the conditions anew and '
        "save them.",
        problem="NO_SUCH_FIELD",
    ),
    say(
        "条件写法有误(位于 {argument})。请重新设置条件并保存。",
        "This is no condition (at {argument}). Set the conditions anew and save them.",
        problem="NO_CONDITION",
    ),
    say(
        '"{label}"属于敏感信息,不能存入查询。请去掉这一条件后再保存。',
        '"{label}" is sensitive and is never kept in a saved filter. Leave that condition out and save again.',
        problem="NEVER_KEPT",
    ),
    say(
        '没有"{value}"这一对象,请核对。',
        'There is no object "{value}"; please check it.',
        problem="UNKNOWN_OBJECT",
    ),
    say(
        '没有这一对象,请在"{label}"中填写接口中的对象名,如 Sheet。',
        'There is no such object; "{label}" is a name of the API, such as Sheet.',
        problem="UNKNOWN_OBJECT",
    ),
    say(
        '"{label}"有 {length} 字节,上限 {limit}。请减少条件后重试。',
        '"{label}" has {length} bytes; the limit is {limit}. Use fewer conditions.',
        problem="JSON_TOO_LARGE",
    ),
    say(
        "您已存 {limit} 个查询,达到上限。请先删除不再使用的查询。",
        "You have saved {limit} filters, which is the limit. Delete those that you do not use any more.",
        problem="TOO_MANY_FILTERS",
    ),
    say(
        '"{label}"的格式不对,请核对。',
        '"{label}" has another form; please check it.',
        problem="NOT_OF_KIND",
    ),
)

SHARED_TOO_FAR: tuple[Sentence, ...] = (
    say(
        '您当前身份为"{role}",不能这样共享,未保存。您可以只给本人使用,或共享给同一身份;共享给全体教职工请联系学生离校工作主管部门。',
        'As "{role}" you may not share so far; nothing was saved. Keep it for yourself or share it with the same role, '
        "or ask the graduation office to share it with all staff.",
        problem="SHARED_TOO_FAR",
    ),
)
