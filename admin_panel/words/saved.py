"""The texts of saved lists."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
    "saved": Text("已存查询", "Saved filters"),
    "saved_lead": Text(
        "把常用的条件、列和排序存下来。别人打开共享的查询时,只看到其本人有权查看的内容。",
        "Keep conditions, columns and order that you use often. Whoever opens a shared one sees what his own role may.",
    ),
    "saved_none": Text("还没有已存查询。", "Nothing is saved yet."),
    "saved_link": Text("复制链接", "Copy link"),
    "saved_link_copied": Text("已复制", "Copied"),
    "saved_update": Text("更新为当前列表", "Replace by the present list"),
    "saved_rename": Text("改名或共享", "Rename or share"),
    "saved_delete": Text("删除", "Delete"),
    "saved_delete_sure": Text("确认删除“{what}”", "Delete “{what}” for good"),
    "saved_by": Text("{who}保存", "Saved by {who}"),
    "saved_mine": Text("我的", "Mine"),
    "by_saved": Text("已存查询", "A saved filter"),
    "by_saved_hint": Text(
        "按查询的条件办理;超过上限时,提交前须输入人数。",
        "Everybody who fulfils it; the count is typed in beyond the limit.",
    ),
    "saved_now": Text("保存当前列表", "Save the present list"),
    "saved_now_all": Text("没有条件:全部记录", "No condition: all rows"),
    "saved_name": Text("名称", "Name"),
    "saved_share": Text("共享范围", "Shared with"),
    "saved_broken": Text("“{what}”不能打开:{why}", "“{what}” cannot be opened: {why}"),
    "saved_changed": Text(
        "它的条件在这个列表中已不能照原样还原,请重新设置并保存。",
        "Its conditions cannot be shown in this list as they were saved. Set them anew and save.",
    ),
}
