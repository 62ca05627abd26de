"""The texts of a student's sheet, of acting on it, and of applying to leave."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
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
    "with_reason": Text("填写原因、内部备注 …", "Reason, internal note …"),
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
    "whole_sheet": Text("离校单", "Sheet"),
    # --- notes
    "notes": Text("内部备注 …", "Internal note …"),
    "internal_note_staff": Text("内部备注(仅工作人员可见)", "Internal note (staff only)"),
    "hold_because": Text("暂缓原因(学生可见;清空即取消暂缓)", "On hold because (the student sees it; empty lifts it)"),
    "note_save": Text("保存备注", "Save notes"),
    "note_saved": Text("已保存备注:{who} · {item}", "Notes saved: {who} · {item}"),
    "note_unchanged": Text("备注没有变化:{item}", "Notes unchanged: {item}"),
    # --- history
    "history_of_all": Text("全部环节的变更记录", "Changes of the whole sheet"),
    "history_of_item": Text("变更记录", "History"),
    "history_of_sheet": Text("本离校单的变更记录和操作", "Changes and operations of this sheet"),
    "in_role": Text("({role})", " ({role})"),
    "cause": Text("起因", "Cause"),
    "changed_columns": Text("修改了{what}", "{what} changed"),
    "no_changes": Text("没有变更记录。", "No changes on record."),
    "older_changes": Text("更早的 {n} 条请在变更记录中查询。", "{n} older ones stand in Change history."),
    # --- the person's other sheets
    "other_sheets": Text("该生的其他离校单", "Other sheets of this person"),
    "other_number": Text("该生的另一学号", "Another student number of this person"),
    "moved_here": Text("本离校单已转入此批次", "This sheet was moved there"),
    "came_from": Text("本离校单由此批次转来", "This sheet was moved from there"),
    # --- the printed sheet
    "print_serial": Text("序号", "No."),
    "print_handler": Text("办理单位", "Handled by"),
    "print_when": Text("办理时间 · 经办", "When · by whom"),
    "print_stamp": Text("备注 / 盖章", "Note / stamp"),
    "print_signature": Text("学生签字", "Student's signature"),
    "print_college_stamp": Text("学院(盖章)", "College (stamp)"),
    "print_date": Text("日期", "Date"),
    "print_legend": Text("✓ 已办理  ✕ 未办理  – 无需办理", "✓ cleared  ✕ not cleared  – not required"),
    # --- acting
    "student_data": Text("学生信息", "The student's data"),
    "my_items": Text("我办理的环节", "My items"),
    "done_pass": Text("已办理:{who} · {item}", "Cleared: {who} · {item}"),
    "done_revoke": Text("已撤销:{who} · {item} 回到未办理", "Revoked: {who} · {item} is “not cleared” again"),
    "done_waive": Text("已设为无需办理:{who} · {item}", "Set “not required”: {who} · {item}"),
    "no_change": Text("无变化:{who} · {item}", "Unchanged: {who} · {item}"),
    "cascaded": Text("同时撤销院系离校 {n} 人。", "College sign-off was re-opened for {n}."),
    # --- apply
    "apply_lead": Text(
        "您还没有离校单。提交申请后立即生成,无需审批。",
        "You have no clearance sheet yet. Apply and it is made at once, without approval.",
    ),
    "leave_type": Text("离校类别", "Leaving type"),
    "apply_submit": Text("提交申请", "Apply"),
    "apply_again": Text("您已有离校单,无需重复申请。", "You already have a clearance sheet; no need to apply again."),
    "apply_no_batch": Text(
        "目前没有接受自助申请的离校批次,请联系学院学生工作办公室。",
        "No leaving batch takes applications now; please ask your college's student office.",
    ),
}
