"""Every text of the panel's own, in both languages, by key; what the API words (columns, messages) is not here."""

from __future__ import annotations

from collections.abc import Iterable

from admin_panel.language import Text, english
from admin_panel.policy_words import POLICY_WORDS

WORDS: dict[str, Text] = {
    # --- frame
    "product": Text("离校系统", "Leaving School"),
    "skip": Text("跳到正文", "Skip to content"),
    "menu": Text("菜单", "Menu"),
    "acting_as": Text("当前身份", "Acting as"),
    "current_batch": Text("当前批次", "Current batch"),
    "no_batch": Text("未选择", "None chosen"),
    "change_role": Text("切换身份或批次", "Change role or batch"),
    "sign_out": Text("退出", "Sign out"),
    "other_language": Text("English", "中文"),
    "help_desk": Text("离校服务台", "Help desk"),
    "phone": Text("电话", "Phone"),
    "print": Text("打印", "Print"),
    "yes": Text("是", "Yes"),
    "no": Text("否", "No"),
    "all": Text("全部", "All"),
    "open": Text("打开", "Open"),
    "group_work": Text("办理", "Work"),
    "group_data": Text("查询", "Look up"),
    "group_records": Text("记录", "Records"),
    "group_units": Text("单位", "Units"),
    "group_admin": Text("管理", "Administration"),
    # --- pages
    "home": Text("首页", "Home"),
    "desk": Text("现场办理", "Desk"),
    "bulk": Text("批量办理", "Bulk"),
    "issue_desk": Text("发放两证", "Issue certificates"),
    "apply": Text("自助离校申请", "Apply to leave"),
    "my_sheet": Text("我的离校单", "My clearance sheet"),
    # --- entry
    "sign_in": Text("登录", "Sign in"),
    "sign_in_lead": Text("使用离校系统账号登录", "Sign in with your Leaving School account"),
    "username": Text("用户名(学号或工号)", "Username (student or staff no.)"),
    "password": Text("密码", "Password"),
    "sign_in_failed": Text(
        "用户名或密码不正确,请核对后重试。", "Username or password is wrong; please check and try again."
    ),
    "sign_in_throttled": Text(
        "登录尝试过于频繁,请稍后再试,或联系离校服务台。", "Too many attempts. Wait a little, or ask the help desk."
    ),
    "no_account": Text(
        "忘记密码或没有账号?账号由学校统一开通,请联系离校服务台。",
        "Forgotten password or no account? Accounts are opened by the university; ask the help desk.",
    ),
    "scene": Text("办完每一个环节,从容离校。", "Every item settled, leave with an easy mind."),
    "choose_role": Text("请选择本次办理的身份", "In which role are you acting?"),
    "choose_role_lead": Text(
        "一次只以一个身份办理;身份会记入每条操作记录。",
        "You act in one role at a time; every operation records it.",
    ),
    "choose_batch": Text("离校批次", "Leaving batch"),
    "enter": Text("进入", "Enter"),
    "signed_out": Text("您已安全退出。", "You have signed out."),
    "sign_in_again": Text("登录已过期,请重新登录。", "Your session has ended; please sign in again."),
    "act_lost": Text(
        "登录已过期,刚才的操作没有提交。请登录后重试。",
        "You were signed out; nothing was submitted. Sign in and try again.",
    ),
    # --- lists
    "search": Text("查询", "Search"),
    "search_in": Text("查询{what}", "Search {what}"),
    "filter": Text("高级搜索", "Advanced search"),
    "filter_apply": Text("查询", "Search"),
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
    # --- sheet
    "progress_column": Text("进度", "Progress"),
    "progress": Text("已完成 {settled} / {required}", "{settled} of {required} items settled"),
    "progress_left": Text("还需办理 {n} 个环节", "{n} still needed"),
    "progress_done": Text("必办环节全部办结", "All required items are settled"),
    "still_needed": Text("还需办理", "Still needed"),
    "cleared": Text("已办理", "Cleared"),
    "status_pending": Text("未办理", "Not cleared"),
    "not_required": Text("无需办理", "Not required"),
    "information": Text("提示事项", "Information"),
    "how_to_clear": Text("办理说明", "How to clear"),
    "certificates": Text("证书", "Certificates"),
    "collect_at": Text("领取地点", "Where"),
    "history": Text("变更记录", "Change history"),
    "pass": Text("办理通过", "Pass"),
    "revoke": Text("撤销", "Revoke"),
    "waive": Text("设为无需办理", "Set “not required”"),
    "on_behalf_of": Text("代替导师", "On behalf of"),
    "sign_on_behalf": Text("代签", "Sign on behalf"),
    "no_supervisor": Text(
        "该生没有登记导师,不能代签;请联系主管部门。", "No supervisor is on record; nobody to sign for. Ask the office."
    ),
    "with_reason": Text("填写原因办理 …", "Act with a reason …"),
    "change_status": Text("更改状态 …", "Change the status …"),
    "note_visible": Text("办理备注(学生可见)", "Note (the student sees it)"),
    "reason": Text("原因", "Reason"),
    "choose_reason": Text("请选择原因", "Choose a reason"),
    "comes_first_reopened": Text("前置环节已撤销", "A prerequisite was re-opened"),
    "on_hold": Text("暂缓办理", "On hold"),
    "optional": Text("选办", "Optional"),
    "sheet_inactive": Text("本离校单{state},不再办理。", "This sheet is {state}; nothing more is handled on it."),
    "leaving_notice": Text("离校通知单", "Clearance sheet"),
    "printed_on": Text("打印时间", "Printed"),
    "all_settled_student": Text(
        "全部环节已办结,请携带有效身份证件到学院领取证书。",
        "Everything is settled. Bring a valid identity document to your college and collect your certificates.",
    ),
    "internal_note": Text("内部备注", "Internal note"),
    # --- desk
    "desk_box": Text("学号、姓名或身份证件号", "Student no., name or ID no."),
    "desk_hint": Text(
        "扫码或刷卡后自动查询;回车只打开,不办理。", "Scan or type; Enter opens the student and never acts."
    ),
    "live_counts": Text("实时统计", "Live counts"),
    "recently": Text("最近办理(我办理的)", "Recently handled (by me)"),
    "recently_none": Text("本批次您还没有办理记录。", "You have handled nothing in this batch yet."),
    "not_found_number": Text(
        "未找到学号 {number},请核对;若学生不在本批次,请联系学院数据维护员。",
        "Student no. {number} was not found. Check it; a student who is not in this batch is added by the data keeper.",
    ),
    "not_found_name": Text(
        "未找到“{number}”,请核对;若学生不在本批次,请联系学院数据维护员。",
        "“{number}” was not found. Check it; a student who is not in this batch is added by the data keeper.",
    ),
    "not_found_document": Text(
        "未找到该证件号对应的学生,请核对;若学生不在本批次,请联系学院数据维护员。",
        "No student has this ID-document no. Check it; a student who is not in this batch is added by the data keeper.",
    ),
    "several": Text("找到 {n} 名“{who}”,请按学号办理。", "{n} students are called {who}; use the student no."),
    "several_similar": Text("找到 {n} 名相近的学生,请按学号办理。", "{n} similar students; use the student no."),
    "no_batch_chosen": Text("请先选择离校批次。", "Choose a leaving batch first."),
    "student_data": Text("学生信息", "The student's data"),
    "my_items": Text("我办理的环节", "My items"),
    "done_pass": Text("已办理:{who} · {item}", "Cleared: {who} · {item}"),
    "done_revoke": Text("已撤销:{who} · {item} 回到未办理", "Revoked: {who} · {item} is “not cleared” again"),
    "done_waive": Text("已设为无需办理:{who} · {item}", "Set “not required”: {who} · {item}"),
    "no_change": Text("无变化:{who} · {item}", "Unchanged: {who} · {item}"),
    "cascaded": Text("同时撤销院系离校 {n} 人。", "College sign-off was re-opened for {n}."),
    # --- bulk
    "bulk_who": Text("一、选择学生", "1. Students"),
    "bulk_what": Text("二、设置办理状态", "2. New status"),
    "by_ticked": Text("所选学生", "Ticked rows"),
    "by_numbers": Text("粘贴名单", "Paste a list"),
    "by_range": Text("学号范围", "Number range"),
    "by_class": Text("按班级", "By class"),
    "by_ticked_n": Text("已勾选 {n} 名学生", "{n} students ticked"),
    "numbers_hint": Text(
        "每行一个学号,也可用逗号或空格分隔。", "One student no. a line; commas and spaces separate too."
    ),
    "range_hint": Text(
        "起止学号前缀与长度须相同,一次最多 {limit} 个。", "Same prefix and length; at most {limit} numbers at a time."
    ),
    "range_from": Text("起始学号", "From student no."),
    "range_to": Text("结束学号", "To student no."),
    "class_name": Text("班级", "Class"),
    "college": Text("学院", "College"),
    "item": Text("环节", "Item"),
    "choose_item": Text("请选择环节", "Choose an item"),
    "status": Text("办理状态", "Status"),
    "note": Text("办理备注", "Note"),
    "check_first": Text("预检", "Check first"),
    "submit": Text("确认提交", "Submit"),
    "nothing_will_change": Text("预检完成:没有可以办理的学生。", "Checked: there is nobody whose status would change."),
    "will_change": Text("可办理", "Will change"),
    "changed": Text("已办理", "Changed"),
    "unchanged": Text("无变化", "Unchanged"),
    "refused": Text("不能办理", "Refused"),
    "not_applied": Text("未提交", "Not applied"),
    "refused_rows": Text("不能办理的学生", "Refused students"),
    "rows": Text("明细", "Rows"),
    "see_operation": Text("查看操作记录", "Open the operation"),
    "student_no": Text("学号", "Student no."),
    "name": Text("姓名", "Name"),
    "why": Text("原因", "Why"),
    "before": Text("原状态", "Before"),
    "after": Text("新状态", "After"),
    "outcome": Text("结果", "Outcome"),
    "about_to_write": Text("将写入", "About to be written"),
    "will_change_rows": Text("可办理的学生", "Students that will change"),
    "change_conditions": Text("修改条件", "Change the choice"),
    "no_such_class": Text(
        "没有名为“{name}”的班级,或该班没有本批次的学生。",
        "This college has no class “{name}”, or nobody of it is in this batch.",
    ),
    "nobody_in_range": Text("该范围内没有学生。", "No student in this range."),
    "start_over": Text("重新选择", "Start over"),
    "more_rows": Text("其余 {n} 条见操作记录。", "{n} more in the operation."),
    # --- certificates
    "confirm_issue": Text("确认发证", "Confirm issue"),
    "certificate_state": Text("证书状态", "Certificates"),
    "collection": Text("领取方式", "Collected"),
    "confirm_number": Text("证书编号(扫描任一证书)", "Certificate no. (scan one of them)"),
    "confirm_last4": Text("身份证件号后四位", "Last four of the ID-document no."),
    "collector": Text("代领人姓名", "Collector's name"),
    "collector_last4": Text("代领人证件后四位", "Collector's ID, last four"),
    "relation": Text("与学生关系", "Relation to the student"),
    "letter_checked": Text("已核验委托书", "Letter of authority checked"),
    "issued_done": Text("已发证:{who}", "Issued: {who}"),
    "undo_issue": Text("撤回发证", "Undo issue"),
    "undo_issue_reason": Text("撤回原因(须已收回证书)", "Reason (certificates must be back)"),
    "recovered": Text("证书已收回", "Certificates are back"),
    "undo_issue_done": Text("已撤回发证:{who}", "Issue undone: {who}"),
    "nothing_to_issue": Text("本离校单没有可发的证书。", "No certificate to issue on this sheet."),
    "show_due": Text("未发放", "Not issued"),
    "show_issued": Text("已发放", "Issued"),
    "show_all": Text("全部", "All"),
    "bulk_issue_what": Text("二、证书与领取方式", "2. Certificates and collection"),
    "all_kinds_hint": Text("不选则发放该生全部应发证书。", "Choose none to issue all that each student is due."),
    "all_kinds_due": Text("全部应发证书", "All certificates due"),
    "issue_bulk": Text("批量发证", "Bulk issue"),
    # --- apply
    "apply_lead": Text(
        "您还没有离校单。提交申请后立即生成,无需审批。",
        "You have no clearance sheet yet. Apply and it is made at once, without approval.",
    ),
    "leave_type": Text("离校类别", "Leaving type"),
    "apply_batch": Text("离校批次", "Leaving batch"),
    "apply_submit": Text("提交申请", "Apply"),
    "apply_again": Text("您已有离校单,无需重复申请。", "You already have a clearance sheet; no need to apply again."),
    "apply_no_batch": Text(
        "目前没有接受自助申请的离校批次,请联系学院学生工作办公室。",
        "No leaving batch takes applications now; please ask your college's student office.",
    ),
    # --- operations
    "role_of_system": Text("系统", "System"),
    "role_of_commands": Text("命令行", "Command line"),
    "operation": Text("操作", "Operation"),
    "undo_operation": Text("撤回本次操作", "Undo this operation"),
    "undo_check": Text("撤回前预检", "Check the undo first"),
    "undo_confirm": Text("确认撤回", "Undo now"),
    # --- home
    "welcome": Text("{name},您好", "Welcome, {name}"),
    "how_items_stand": Text("各环节办理情况", "How the items stand"),
    "in_your_scope": Text("按您当前身份可见的学生统计", "Students your present role may see"),
    "your_work": Text("我的工作", "Your work"),
    # --- errors
    "not_found": Text("没有找到该页面或记录", "Page or record not found"),
    "not_found_hint": Text(
        "可能已不存在,或不在您当前身份的可见范围内。", "It may be gone, or lie outside what your present role may see."
    ),
    "forbidden": Text("当前身份不能进行此操作", "Your present role may not do this"),
    "forbidden_hint": Text(
        "您当前身份为“{role}”。如需办理,请切换到有此权限的身份,或联系离校服务台。",
        "You are acting as “{role}”. Change to a role with this right, or ask the help desk.",
    ),
    "missing_right": Text("缺少的权限:{right}", "Missing right: {right}"),
    "form_expired": Text("页面已过期,没有提交任何内容", "This page had expired; nothing was submitted"),
    "form_expired_hint": Text("请返回上一页,刷新后重新提交。", "Go back, reload and submit again."),
    "form_expired_signed_out": Text("登录也已过期,请登录后重试。", "You were also signed out. Sign in and try again."),
    "unreachable": Text("暂时无法确认结果", "The result is not known yet"),
    "unreachable_hint": Text(
        "服务没有及时答复。若您刚才提交过办理,请先到操作记录核对,再决定是否重新提交。",
        "No answer came in time. If you had just submitted something, look at Operations before trying again.",
    ),
    "broken": Text("页面出了点问题", "Something went wrong on this page"),
    "broken_hint": Text(
        "没有内容被修改。请稍后重试;若反复出现,请把编号告诉离校服务台。",
        "Please try again; if it happens again, tell the help desk the number below.",
    ),
    # --- deeds
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
    "once": Text("仅此一次显示", "Shown this once"),
    "once_hint": Text(
        "请现在复制并妥善交付;离开本页后无法再次查看。", "Copy it now and hand it over safely; it cannot be seen again."
    ),
    "once_noted": Text("已记下,返回", "Noted, go back"),
    "correlation": Text("编号", "Number"),
    "to_home": Text("回到首页", "To the home page"),
    **POLICY_WORDS,
}


def say(key: str, **values: object) -> str:
    """The text `key` in this request's language, with its values filled in."""
    text = str(WORDS[key])
    return text.format(**values) if values else text


def both(key: str) -> Text:
    """The text itself, for labels that are made once and shown in either language."""
    return WORDS[key]


def listed(parts: Iterable[object]) -> str:
    """Several words in a row, as this request's language parts them."""
    return (", " if english() else "、").join(map(str, parts))
