"""The texts of items and of requests to change them."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
    # --- asking
    "ask_item_change": Text("提交流程项申请", "Ask for a change"),
    "ask_what": Text("申请什么", "What for"),
    "ask_which": Text("环节", "Item"),
    "ask_which_hint": Text("新增时不用选", "not for a new one"),
    "ask_until": Text("申请截止", "requests until"),
    "ask_department": Text("申请部门", "Department"),
    "ask_change_lead": Text(
        "只改需要改的内容,其余保持不变;申请只记录改动的部分。",
        "Change only what should become another; the request holds nothing else.",
    ),
    "ask_rules": Text("办理规则", "Rules"),
    "removing_says": Text(
        "同意后环节停用:未办理的变为“无需办理”,已办理的记录保留。",
        "Once approved, the item is withdrawn: what is not cleared becomes not required, what was done stays.",
    ),
    "no_batch_to_ask": Text(
        "目前没有筹备中的批次。批次开放后,请联系学生离校工作主管部门。",
        "No batch is being prepared now. For an open batch, ask the graduation office.",
    ),
    "hint_item_code": Text("大写字母、数字、下划线,如 KEYS", "Capital letters, digits, underscores: KEYS"),
    "hint_applies_to": Text(
        "all 为全体;例:level in [M, D]、has_loan、not is_international",
        "all for everybody; else like level in [M, D], has_loan, not is_international",
    ),
    "hint_order": Text("整数,小的在前", "A whole number, the smaller the earlier"),
    "as_it_is": Text("现为:{what}", "Now: {what}"),
    "go_on": Text("下一步", "Next"),
    "file_request": Text("提交申请", "File the request"),
    "choose_otherwise": Text("重新选择", "Choose again"),
    # --- one request
    "comes_first": Text("前置环节", "Comes first"),
    "nothing_there": Text("无", "none"),
    "reopens_too": Text("{what}(随之撤销)", "{what} (re-opens with it)"),
    "request_reason": Text("申请理由", "Why"),
    "requested_by": Text("申请人", "Requested by"),
    "decided_by": Text("审批人", "Decided by"),
    "decision_reason": Text("审批意见", "Reason of the decision"),
    "what_changes": Text("申请内容", "What is asked"),
    "field": Text("内容", "Field"),
    "now": Text("现为", "Now"),
    "wanted": Text("申请改为", "Should become"),
    "decide_title": Text("审批", "Decide"),
    "become_red": Text("变为未办理", "become not cleared"),
    "become_grey": Text("变为无需办理", "become not required"),
    "lose_final": Text("院系离校被撤销", "lose college sign-off"),
    "out_of_reach": Text("已发证,不受影响", "have certificates, unaffected"),
    "department_sees_it": Text("申请部门可以看到。", "The department sees it."),
    "approve": Text("同意", "Approve"),
    "reject": Text("不同意", "Reject"),
    "withdraw_request": Text("撤回申请", "Withdraw the request"),
    "request_withdrawn": Text("申请已撤回。", "The request is withdrawn."),
    "requests_waiting": Text("{n} 件流程项申请待审批", "{n} item requests wait for a decision"),
    # --- one item
    "item_frozen": Text(
        "本批次已开放:环节性质、办理方、办理方式、适用对象和前置环节已冻结,须经流程项申请修改;"
        "名称、主管部门、办理说明和地点仍可直接修改。",
        "The batch is open: kind, who handles it, ways, whom it applies to and what comes first are fixed and change "
        "by a request only; name, owner, instruction and place can be edited.",
    ),
    "item_archived": Text("本批次已归档,环节不能再修改。", "The batch is archived; its items do not change any more."),
    "item_withdrawn": Text("本环节已停用。", "This item is withdrawn."),
    "ask_for_change": Text("申请修改", "Ask for a change"),
}
