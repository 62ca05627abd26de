"""The texts of operations and of changes: on whom, what was asked for, and what undid what."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
    # --- on whom
    "told_class": Text("班级 {which}", "Class {which}"),
    "told_numbers": Text("学号 {which}", "Student no. {which}"),
    "told_numbers_more": Text("名单:{which} 等 {n} 个学号", "A list of {n} numbers: {which} …"),
    "told_all_except": Text("除 {which} 以外的全部学生", "Everybody except {which}"),
    "told_all_except_more": Text("除 {which} 等 {n} 人以外的全部学生", "Everybody except {n}: {which} …"),
    "told_range": Text("学号范围 {first} 至 {last}", "Numbers {first} to {last}"),
    "told_ticked": Text("勾选的 {n} 名学生", "{n} ticked"),
    "told_certificates": Text("{n} 份证书", "{n} certificates"),
    "told_filter": Text("全部查询结果", "All results of a search"),
    "told_operation": Text("所撤回操作的各行", "The rows of the operation that is undone"),
    "told_oneself": Text("本人申请({what})", "Own application ({what})"),
    "told_lines": Text("名单 {n} 行", "A list of {n} lines"),
    "told_students": Text("{n} 名学生", "{n} students"),
    # --- what
    "told_status": Text("改为", "To"),
    "told_way": Text("方式", "How"),
    "told_source": Text("来源", "Source"),
    "told_to": Text("转入批次", "Into batch"),
    "told_late_until": Text("补办至", "Late until"),
    "told_origin": Text("名单来源", "From"),
    "told_change": Text("变更", "Change"),
    "told_cascaded": Text("同时重新打开 {n} 个后续环节", "{n} dependent items re-opened besides"),
    "told_not_recovered": Text("证书尚未收回", "Certificates are not back yet"),
    # --- from one record to the other
    "undone_by": Text("由此操作撤回", "Undone by"),
    "changes_of_operation": Text("本次操作的变更记录", "Changes made by it"),
}
