"""The texts of the lists of objects, of their nested conditions, and of the choice of columns."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
    "search": Text("查询", "Search"),
    "search_in": Text("查询{what}", "Search {what}"),
    "filter": Text("筛选", "Filter"),
    "filter_clear": Text("清除条件", "Clear all"),
    "remove_condition": Text("去掉条件:{what}", "Remove condition: {what}"),
    "rows_total": Text("共 {n} 条", "{n} in total"),
    "rows_shown": Text("第 {first}–{last} 条,共 {n} 条", "{first}–{last} of {n}"),
    "page_size": Text("每页", "Per page"),
    "page_of": Text("第 {page} / {pages} 页", "Page {page} of {pages}"),
    "previous": Text("上一页", "Previous"),
    "next": Text("下一页", "Next"),
    "sort_by": Text("按{what}排序", "Sort by {what}"),
    "nothing_found": Text("没有符合条件的记录", "Nothing matches"),
    "nothing_found_hint": Text(
        "请放宽条件,或清除当前批次等条件后再查。", "Loosen a condition, or remove the batch condition above."
    ),
    "tick_row": Text("勾选 {what}", "Tick {what}"),
    "tick_all": Text("勾选本页全部", "Tick all on this page"),
    "ticked": Text("已勾选 {n} 条", "{n} ticked"),
    "with_ticked": Text("批量办理所选学生", "Bulk handling of the ticked"),
    "tick_something": Text("请先勾选至少一名学生。", "Tick at least one student first."),
    "bad_filter": Text(
        "“{value}”不是有效的“{what}”条件,已忽略。", "“{value}” is no valid condition for {what}; ignored."
    ),
    "contains": Text("包含", "contains"),
    "eq": Text("等于", "is"),
    "starts": Text("开头是", "starts with"),
    "from": Text("从", "from"),
    "until": Text("至", "to"),
    # --- groups and rows
    "match_all": Text("全部满足", "all of these"),
    "match_any": Text("任一满足", "any of these"),
    "match_none": Text("都不满足", "none of these"),
    "side_some": Text("至少有一条", "at least one"),
    "side_none": Text("没有一条", "none"),
    "side_every": Text("每一条都", "every one"),
    # --- operators
    "op_not_contains": Text("不包含", "does not contain"),
    "op_ne": Text("不等于", "is not"),
    "op_in": Text("属于", "is one of"),
    "op_not_in": Text("不属于", "is none of"),
    "op_gte": Text("不小于(不早于)", "at least (from)"),
    "op_lte": Text("不大于(不晚于)", "at most (until)"),
    "op_between": Text("介于", "between"),
    "op_empty": Text("为空", "is empty"),
    "op_filled": Text("不为空", "is not empty"),
    # --- conditions in words
    "said_one": Text("{what} {how} {value}", "{what} {how} {value}"),
    "said_nothing": Text("{what} {how}", "{what} {how}"),
    "said_and": Text(" 且 ", " and "),
    "said_or": Text(" 或 ", " or "),
    "said_none": Text("都不满足:{parts}", "none of: {parts}"),
    "rows_said": Text("{what} {side}:{which}", "{what}, {side}: {which}"),
    "rows_any": Text("(不限)", "(any)"),
    "searched": Text("查询: {what}", "Search: {what}"),
    # --- what is wrong
    "condition_wrong": Text("高级搜索第 {n} 个条件:{why}", "Advanced search, condition {n}: {why}"),
    "field_unknown": Text(
        "没有“{what}”这一项,或当前身份不能查看。", "There is no “{what}”, or your present role may not see it."
    ),
    "operator_unknown": Text("“{what}”不能用“{how}”比较。", "{what} cannot be compared by “{how}”."),
    "value_missing": Text("请填写“{what}”的值。", "Give a value for {what}."),
    "value_missing_two": Text("请填写“{what}”的起止两个值。", "Give both ends for {what}."),
    "value_too_many": Text("“{what}”的值过多。", "Too many values for {what}."),
    "value_wrong": Text("“{value}”不是有效的“{what}”。", "“{value}” is no valid {what}."),
    "q_unreadable": Text(
        "高级搜索的条件无法识别,没有执行查询。请修改,或清除后重新添加。",
        "The advanced search cannot be read; nothing was searched. Mend it, or clear it and start anew.",
    ),
    "q_too_long": Text(
        "高级搜索的条件过长,没有执行查询。较长的名单请用“批量办理”中的粘贴名单。",
        "The advanced search is too long; nothing was searched. For a long list of numbers, paste it under Bulk.",
    ),
    "q_too_deep": Text("高级搜索最多嵌套 4 层。", "An advanced search has at most 4 levels."),
    "q_too_many": Text("高级搜索最多 40 个条件。", "An advanced search has at most 40 conditions."),
    "document_in_address": Text(
        "身份证件号不能写入网址,没有按它查询。请到“现场办理”的学生框中输入。",
        "An ID-document number must not stand in an address, so it was not searched. Use the student box at the Desk.",
    ),
    # --- the form
    "combine": Text("高级搜索", "Advanced search"),
    "combine_lead": Text(
        "组合任意字段的条件;条件写在网址里,可以收藏或发给同事。",
        "Combine conditions on any field. They stand in the address, so you can keep or share it.",
    ),
    "match_label": Text("组内条件", "Conditions of this group"),
    "field_to_add": Text("添加条件", "Add a condition"),
    "add_condition": Text("添加", "Add"),
    "add_group": Text("添加条件组", "Add a group"),
    "remove_this": Text("移除{what}", "Remove {what}"),
    "this_group": Text("该条件组", "this group"),
    "operator_label": Text("{what}:比较方式", "{what}: how to compare"),
    "value_label": Text("{what}:值", "{what}: value"),
    "value_first": Text("{what}:从", "{what}: from"),
    "value_last": Text("{what}:至", "{what}: to"),
    "lines_hint": Text("多个值用逗号或换行分开", "Part several values by commas or lines"),
    "show_boxes": Text("更新", "Update"),
    "no_conditions": Text(
        "还没有条件。请在下面选择字段,再按“添加”。", "No conditions yet. Choose a field below and add it."
    ),
    "mend_condition": Text("修改条件", "Edit the conditions"),
    "expression_text": Text("条件原文", "The conditions as they came"),
    "read_text": Text("重新读取", "Read again"),
    "back_to_list": Text("返回列表", "Back to the list"),
    # --- columns
    "columns": Text("显示列", "Columns"),
    "columns_lead": Text("选择列表显示哪些列、按什么顺序。", "Which columns the list shows, and in which order."),
    "columns_use": Text("应用", "Show these"),
    "columns_reset": Text("恢复默认", "Reset"),
    "column_to_add": Text("添加列", "Add a column"),
    "column_left": Text("前移{what}", "Move {what} forward"),
    "column_right": Text("后移{what}", "Move {what} back"),
    "permanent_link": Text("本页链接", "Link to this page"),
    "link_copied": Text("已复制链接", "Link copied"),
}
