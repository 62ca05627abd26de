"""The texts of forms read from the schema."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
    "create_user": Text("新增账号", "New account"),
    "update_user": Text("修改账号", "Edit account"),
    "disable_user": Text("停用账号", "Disable account"),
    "enable_user": Text("启用账号", "Enable account"),
    "grant_role": Text("授予身份", "Grant a role"),
    "end_role": Text("终止身份", "End this role"),
    "reset_password": Text("重置密码", "Reset password"),
    "change_password": Text("修改密码", "Change password"),
    "create_token": Text("新增接口令牌", "New API token"),
    "revoke_token": Text("吊销令牌", "Revoke token"),
    "may_be_empty": Text("选填", "optional"),
    "choose": Text("请选择", "Choose"),
    "cancel": Text("取消", "Cancel"),
    "deed_sure": Text("确定要对“{whom}”执行“{what}”吗?", "{what}: {whom}. Are you sure?"),
    "deed_late": Text("“{what}”已无需进行,请看当前状态。", "{what}: no longer needed. This is how it stands now."),
    "bad_value": Text("“{value}”不是有效的值。", "“{value}” is no valid value."),
    "nothing": Text("(空)", "(empty)"),
    "save_and_stay": Text("保存并继续编辑", "Save and continue editing"),
    "save_and_add": Text("保存并再建一条", "Save and add another"),
    "find_row": Text("查找", "Find"),
    "found_rows": Text("查找结果", "Found"),
    "found_nobody": Text("没有找到,请核对后再查。", "Nothing was found. Check what you typed."),
    "stale_by": Text(
        "您打开之后,{by} 于 {at} 修改了这条记录,您的修改尚未保存,未覆盖对方的内容。",
        "{by} changed this at {at}, after you had opened it. Yours did not overwrite it.",
    ),
    "stale_choose": Text(
        "请逐项选择保留哪一个,再保存。没有列出的字段不受影响。",
        "Choose for each field which value to keep, then save. Fields that are not listed are not affected.",
    ),
    "stale_gone": Text(
        "您打开后,以下内容已被修改。仍要删除吗?", "This was changed since you opened it. Delete it all the same?"
    ),
    "stale_same": Text("内容已是这样,没有再修改。", "It is so already; nothing more was changed."),
    "fill_in": Text("请填写:{what}。", "Please fill in: {what}."),
    "stale_was": Text("您打开时", "When you opened it"),
    "stale_now": Text("现在", "Now"),
    "stale_mine": Text("您填写的", "What you entered"),
    "stale_keep": Text("保留哪一个", "Which to keep"),
    "keep_mine": Text("保留我的", "Keep mine"),
    "take_theirs": Text("采用现有", "Take theirs"),
    "only_mine": Text("仅您修改", "Changed by you alone"),
    "save_choice": Text("按所选保存", "Save this choice"),
    "stale_leave": Text("放弃修改,看现在的", "Give up, show it as it is now"),
    "took_theirs": Text("已采用现有内容,未作修改。", "Theirs was kept everywhere; nothing was changed."),
    "once": Text("仅此一次显示", "Shown this once"),
    "once_hint": Text(
        "请现在复制并妥善交付;离开本页后无法再次查看。", "Copy it now and hand it over safely; it cannot be seen again."
    ),
    "once_noted": Text("已记下,返回", "Noted, go back"),
    "correlation": Text("编号", "Number"),
    "to_home": Text("回到首页", "To the home page"),
}
