"""The texts of bulk acts and operations."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
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
    "names_hint": Text(
        "学号后可加姓名(如“20221503107 张三”),姓名不符的行不办理。",
        "A name may follow a number (“20221503107 张三”); a line whose name does not match is refused.",
    ),
    "nobody_chosen": Text("没有符合条件的学生。", "No student meets the conditions."),
    # --- all rows of a filter, everybody but a list
    "by_filter": Text("全部查询结果", "All results"),
    "by_all_except": Text("名单以外的全部", "Everybody except a list"),
    "all_results_students": Text("对全部查询结果办理 · {n} 人", "Act on all results · {n}"),
    "all_results_rows": Text("对全部查询结果的学生办理", "Act on the students of all results"),
    "filter_hint": Text(
        "符合下列条件的全部学生,以预检时的名单为准;预检之后才符合条件的学生不会被办理。",
        "All students who meet these conditions when you check first; who meets them only later is not touched.",
    ),
    "no_narrowing": Text(
        "没有查询条件:当前批次的全部在办学生。", "No conditions: everybody in progress in this batch."
    ),
    "whom_filter": Text("全部查询结果,共 {n} 人:", "All results, {n} students:"),
    "all_except_hint": Text(
        "将涉及 {batch} 中除此名单以外的全部在办学生。名单中的每个学号都必须存在。",
        "This is about everybody in progress in {batch} except these. Every number of the list must exist.",
    ),
    "whom_all_except": Text(
        "将涉及 {batch} 中除所列 {n} 个学号以外的全部在办学生(预检共 {all} 行)。",
        "This is about everybody in progress in {batch} except the {n} numbers listed ({all} rows checked).",
    ),
    "type_count_of": Text(
        "人数较多,请输入将要办理的人数({n})以确认:", "Many students: type in how many will change ({n}) to confirm:"
    ),
    "type_count": Text("输入人数确认", "Type in the count"),
    # --- a range
    "range_fits": Text("范围内共 {n} 个学号。", "The range holds {n} numbers."),
    "range_over": Text(
        "范围内共 {n} 个学号,超过上限 {limit}。请缩小范围,或改用:",
        "The range holds {n} numbers; the limit is {limit}. Narrow it, or use:",
    ),
    "range_differs": Text("起止学号长度或前缀不同,不能组成范围。", "The two numbers differ in length or prefix."),
    "range_order": Text("结束学号小于起始学号。", "The last number is before the first."),
    # --- while it is under way, and all rows of an operation
    "under_way": Text("正在办理", "Under way"),
    "under_way_hint": Text(
        "可以离开本页,办理会继续进行;全部完成之前数据不会变化,要么全部完成,要么完全不做。",
        "You may leave this page, it goes on. Nothing changes until all of it is done: it is all or nothing.",
    ),
    "progress_lost": Text(
        "网络中断,正在重新连接……办理仍在服务器上进行。", "Connection lost, trying again … the server goes on meanwhile."
    ),
    "stop": Text("停止并恢复原状", "Stop and take back"),
    "stopped": Text("已停止,没有任何更改。", "Stopped; nothing was changed."),
    "too_late_to_stop": Text(
        "已经办理完成,不能停止。如需恢复,请撤回本次操作。", "It had ended already. To take it back, undo the operation."
    ),
    "look_again": Text("查看最新进度", "Look again"),
    "stands_still": Text("进度长时间不动?", "Does it stand still?"),
    "stands_still_hint": Text(
        "例如服务器重启过。可再次提交,不会重复办理。",
        "The server may have been restarted. Submit again: nothing is done twice.",
    ),
    "submit_again": Text("再次提交", "Submit again"),
    "was_cancelled": Text("该操作已取消,没有任何更改。", "This operation was cancelled; nothing was changed."),
    "not_submitted_yet": Text("已预检,尚未提交。", "Checked, not submitted yet."),
    "about_to_undo": Text("撤回前预检:", "Undo, checked first:"),
    "all_changing": Text("查看全部 {n} 行变更", "All {n} changes"),
    "all_unchanged": Text("查看全部 {n} 行无变化", "All {n} unchanged"),
    "all_refused": Text("查看全部 {n} 行不能办理", "All {n} refused"),
    "rows_as_file": Text("下载清单(CSV)", "Download as CSV"),
    # --- a supervisor's own students
    "own_students": Text("我的学生", "My students"),
    "own_students_lead": Text(
        "全部办理中批次 · {n} 名学生 · {unsigned} 名待签字", "All open batches · {n} students · {unsigned} to sign"
    ),
    "to_sign": Text("待签字", "To sign"),
    "sign": Text("签字", "Sign"),
    "signed_by": Text("已由 {name} 签字", "Signed by {name}"),
    "signed": Text("已签字", "Signed"),
    "not_needed": Text("无需签字", "Not required"),
    "sign_all": Text("选择所有学生并签字", "Select all and sign"),
    "sign_ticked": Text("为所选学生签字", "Sign for those ticked"),
    "sign_all_hint": Text("跨页、跨批次,先预检再提交。", "Across pages and batches; checked first."),
    "sign_check": Text("签字预检", "Sign: checked first"),
    "sign_submit": Text("确认签字", "Sign"),
    "nobody_to_sign": Text("没有需要签字的学生。", "There is nobody to sign for."),
    "no_own_students": Text("没有您指导的学生。", "No student is recorded as yours."),
    "back_to_students": Text("返回我的学生", "Back to my students"),
    # --- operations
    "role_of_system": Text("系统", "System"),
    "role_of_commands": Text("命令行", "Command line"),
    "operation": Text("操作", "Operation"),
    "undo_operation": Text("撤回本次操作", "Undo this operation"),
    "undo_check": Text("撤回前预检", "Check the undo first"),
    "undo_confirm": Text("确认撤回", "Undo now"),
}
