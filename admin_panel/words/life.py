"""The texts of what is checked first: batches that open and close, sheets that are moved, departments closed."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
    "move_sheets": Text("转批次", "Move to another batch"),
    "transfer_sheets": Text("转学院", "Change of college"),
    "set_late": Text("开通补办", "Allow a late case"),
    "cancel_sheet": Text("终止办理", "Cancel the sheet"),
    "copy_items": Text("复制环节", "Copy items"),
    "load_roster": Text("载入拟毕业生名单", "Load the roster"),
    "open_batch": Text("开放批次", "Open the batch"),
    "close_batch": Text("截止批次", "Close the batch"),
    "reopen_batch": Text("重新开放批次", "Open the batch again"),
    "archive_batch": Text("归档批次", "Archive the batch"),
    "withdraw_item": Text("停用环节", "Withdraw the item"),
    "close_department": Text("撤销部门", "Close the department"),
    "effect_move": Text(
        "原离校单保留并标为“已转批次”,在新批次中各环节重新开始;应发证书随之转入。已发证的学生不能转。",
        "The old sheet stays, marked as moved; in the new batch every item begins anew, and entitlements to "
        "certificates go along. Whoever has a certificate already cannot be moved.",
    ),
    "effect_transfer": Text(
        "学籍信息和本批次离校单一并改到新学院,统计随之变动;已办理的环节不变,未办理的学院环节由新学院办理。",
        "The record and the sheet of this batch go to the new college, with all figures. What was cleared stays; what "
        "the college handles and is still open is the new college's.",
    ),
    "effect_late": Text(
        "批次截止后,在补办截止日前仍可逐个办理(不含批量)。",
        "After the batch has closed this student's items may still be handled until that day, one by one.",
    ),
    "effect_cancel": Text(
        "离校单不再出现在任何名单和统计中,学生不再收到提醒。已发证的不能终止。",
        "The sheet is off all lists and figures, and the student gets no reminders. It cannot be cancelled once a "
        "certificate is issued.",
    ),
    "told_transfer_to": Text("转入学院", "To the college"),
    "told_major": Text("专业", "Major"),
    "told_department": Text("撤销的部门", "Closed department"),
    "told_successor": Text("职能承接部门", "Successor"),
    "told_from_batch": Text("复制自批次", "Copied from the batch"),
    "on_new_sheets": Text("新离校单上的环节", "Items on the new sheets"),
    "concerned_items": Text("涉及的环节", "Items concerned"),
    "item_will_change": Text("将变更", "Will change"),
    "item_stays": Text("已存在,不变", "There already, stays"),
    "in_batches": Text("{n} 个批次", "{n} batches"),
    "item_code": Text("环节代码", "Item code"),
    "still_missing": Text("还缺什么", "What is still missing"),
    "check_again": Text("重新检查", "Check again"),
    "back_to_it": Text("返回", "Back"),
}
