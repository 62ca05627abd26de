"""The texts of the desk: its box, what was handled lately, the live counts."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
    # --- box
    "desk_box": Text("学号、姓名或身份证件号", "Student no., name or ID no."),
    "desk_hint": Text(
        "扫码或刷卡后自动查询;回车只打开,不办理。打开后按 Tab 再按回车即办理,随后可直接扫下一位。",
        "Scan or type; Enter opens the student and never acts. Then Tab and Enter act; scan the next one right away.",
    ),
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
    # --- beside the box
    "live_counts": Text("实时统计", "Live counts"),
    "live_on": Text("实时", "Live"),
    "live_off": Text("已断开,每 30 秒刷新", "Offline; refreshed every 30 seconds"),
    "live_other": Text("身份或批次已切换,请刷新页面", "Role or batch has changed; reload the page"),
    "shares": Text("占比", "Shares"),
    "recently": Text("最近办理", "Recently handled"),
    "recently_mine": Text("我办理的", "By me"),
    "recently_items": Text("本环节", "This item"),
    "recently_none": Text("本批次您还没有办理记录。", "You have handled nothing in this batch yet."),
    "recently_none_items": Text("您的环节还没有办理记录。", "Nothing has been handled on your items yet."),
    "no_batch_chosen": Text("请先选择离校批次。", "Choose a leaving batch first."),
}
