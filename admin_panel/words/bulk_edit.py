"""The texts of editing many rows at once, and of editing one cell of a list."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
    "edit_in_bulk": Text("批量修改", "Edit in bulk"),
    "bulk_edit_rows": Text("一、选择记录", "1. Rows"),
    "bulk_edit_ticked": Text("已勾选 {n} 条", "{n} rows ticked"),
    "bulk_edit_fields": Text("二、修改内容", "2. What is changed"),
    "bulk_edit_hint": Text(
        "没有另选的字段一律不修改。清空与不修改是两回事。",
        "A field stays as it is unless you choose otherwise. Emptying it is not the same as leaving it.",
    ),
    "bulk_edit_keep": Text("不修改", "Leave as is"),
    "bulk_edit_set": Text("设为", "Set to"),
    "bulk_edit_empty": Text("清空", "Set empty"),
    "bulk_edit_nothing": Text("请至少选择一个要修改的字段。", "Choose at least one field to change."),
    "bulk_edit_no_value": Text(
        "请填写“{what}”要设成的值;要清空请选“清空”。",
        "Fill in what “{what}” is to be; to empty it, choose “Set empty”.",
    ),
    "bulk_edit_will": Text("将修改", "Will change"),
    "bulk_edit_done": Text("已修改", "Changed"),
    "bulk_edit_refused": Text("不能修改", "Refused"),
    "bulk_edit_none": Text("预检完成:没有可以修改的记录。", "Checked: there is nothing that would change."),
    "bulk_edit_change": Text("原值 → 新值", "Old → new"),
    "bulk_edit_undo": Text("查看并撤回本次操作", "See it, or undo this operation"),
    "edit_column": Text("逐格编辑“{what}”", "Edit “{what}” cell by cell"),
    "edit_cell": Text("编辑“{what}”:{whom}", "Edit “{what}” of {whom}"),
    "save": Text("保存", "Save"),
    "now_is": Text("现在是", "It is now"),
}
