"""The texts of scan mode."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
    "scan": Text("连续办理", "Scan mode"),
    "scan_lead": Text(
        "开启后,每扫一次学生卡或证件就办理一人,不再逐个确认。",
        "While it is on, each scan of a card acts on one student, without asking again.",
    ),
    "scan_each": Text("每次扫描", "Each scan"),
    "scan_no_reason": Text("不填写", "None"),
    "scan_reason_hint": Text(
        "设为无需办理,或本环节不按常规方式办理时,须填写原因。",
        "Needed to set “not required”, and to act beside the item's usual ways.",
    ),
    "scan_start": Text("开启连续办理", "Switch scan mode on"),
    "scan_choose": Text("请选择环节和每次扫描要做的事。", "Choose the item and what each scan does."),
    "scan_no_items": Text("本批次没有由您办理的环节。", "No item of this batch is yours to handle."),
    "scan_rules": Text("使用说明", "How it works"),
    "scan_rule_numbers": Text(
        "只认完整的学号或身份证件号;找到两人时不办理任何一人。",
        "Only a whole student no. or ID-document no. counts; where two people match, nobody is acted on.",
    ),
    "scan_rule_repeat": Text("同一学生 5 秒内重复扫描不再办理。", "The same student within 5 seconds is ignored."),
    "scan_rule_undo": Text("最近十次都可一键撤回。", "Each of the last ten is undone with one click."),
    "scan_rule_off": Text(
        "离开或刷新本页、切换身份或批次、10 分钟未扫描,都会自动关闭。",
        "Leaving or reloading the page, changing role or batch, or ten minutes without a scan switches it off.",
    ),
    "scan_is_on": Text("连续办理已开启", "Scan mode is on"),
    "scan_does": Text("每次扫描即{what}:{item}", "Each scan: {what} – {item}"),
    "scan_stop": Text("关闭连续办理", "Switch off"),
    "scan_is_off": Text(
        "连续办理已关闭。需要继续时,请重新开启。", "Scan mode has been switched off. Switch it on again to go on."
    ),
    "scan_is_off_now": Text(
        "连续办理已关闭,刚才的扫描没有办理。需要继续时,请重新开启。",
        "Scan mode was off; the last scan did nothing. Switch it on again to go on.",
    ),
    "scan_box": Text("扫描学号或身份证件号", "Scan a student no. or ID no."),
    "scan_last": Text("最近十次", "The last ten"),
    "scan_none": Text("还没有扫描。", "Nothing scanned yet."),
    "scan_revoked": Text("已撤销", "Revoked"),
    "scan_waived": Text("已设为无需办理", "Set “not required”"),
    "scan_repeated": Text("重复扫描,已忽略", "Scanned twice, ignored"),
    "scan_repeated_hint": Text("5 秒内已扫描过该生。", "This student was scanned within the last 5 seconds."),
    "scan_undo": Text("撤回", "Undo"),
    "scan_undone": Text("已撤回", "Undone"),
    "scan_not_undone": Text("未撤回", "Not undone"),
    "scan_waiting": Text("等待", "Waiting"),
    "scan_unknown": Text(
        "网络中断:本次提交结果未知,正在核对……", "Connection lost: the result is not known yet, checking …"
    ),
    "scan_unsent": Text("未提交,请重试", "Not submitted; please try again"),
    "scan_document": Text("身份证件号", "ID-document no."),
    "scan_only_numbers": Text(
        "连续办理只认学号或身份证件号;按姓名查找请到现场办理。",
        "Scan mode takes a student no. or ID-document no.; look people up by name at the desk.",
    ),
    "several_numbers": Text(
        "找到 {n} 名学生,未办理;请按学号办理。", "{n} students match; none was acted on. Use the student no."
    ),
}
