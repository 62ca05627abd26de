"""What can be done to rows, each action with its words on screen; who may do it stands in the policy table."""

from __future__ import annotations

from dataclasses import dataclass

from models.declare import Words


@dataclass(frozen=True, slots=True)
class Action:
    """`per_field`: granted field by field (reading, forms); otherwise for the row as a whole, and its field is `*`.
    `changes`: whether it changes something; looking on, searching and counting do not."""

    name: str
    label: Words
    per_field: bool = False
    changes: bool = True


def _looking(name: str, zh: str, en: str) -> Action:
    return Action(name, Words(zh, en), per_field=True, changes=False)


def _editing(name: str, zh: str, en: str) -> Action:
    return Action(name, Words(zh, en), per_field=True)


def _verb(name: str, zh: str, en: str) -> Action:
    return Action(name, Words(zh, en))


#: `read` includes filtering and sorting by the field, a sensitive field only by equality; `match` is equality without
#: reading; `aggregate` is grouping by the field or summing it up; `export` is having it in a file.
LOOKING = (
    _looking("read", "查看", "Read"),
    _looking("match", "精确查询", "Match exactly"),
    _looking("aggregate", "统计", "Count by"),
    _looking("export", "导出", "Export"),
)
EDITING = (
    _editing("create", "新增", "Create"),
    _editing("update", "修改", "Edit"),
    _verb("delete", "删除", "Delete"),
)
VERBS = (
    _verb("clear", "办理通过", "Pass"),
    _verb("revoke", "撤销", "Revoke"),
    _verb("waive", '设为"无需办理"', 'Set "not required"'),
    _verb("note", "填写备注", "Write a note"),
    _verb("bulk", "批量办理", "In bulk"),
    _verb("bulk_filter", "办理全部查询结果", "All results at once"),
    _verb("import", "导入", "Import"),
    _verb("sync", "数据同步", "Synchronise"),
    _verb("sign_on_behalf", "代签", "Sign on behalf"),
    _verb("issue", "确认发证", "Issue certificates"),
    _verb("bulk_issue", "批量发证", "Issue in bulk"),
    _verb("undo_issue", "撤回发证", "Undo issue"),
    _verb("void", "作废证书", "Void a certificate"),
    _verb("apply", "自助离校申请", "Apply to leave"),
    _verb("move", "转批次", "Move to another batch"),
    _verb("cancel", "终止办理", "Cancel a sheet"),
    _verb("set_late", "开通补办", "Allow a straggler"),
    _verb("transfer", "转学院", "Change of college"),
    _verb("close_unit", "撤销部门", "Close a department"),
    _verb("load_roster", "载入拟毕业生名单", "Load the roster"),
    _verb("open", "开放批次", "Open a batch"),
    _verb("close", "截止批次", "Close a batch"),
    _verb("reopen", "重新开放批次", "Re-open a batch"),
    _verb("archive", "归档批次", "Archive a batch"),
    _verb("withdraw", "停用或撤回", "Withdraw"),
    _verb("decide", "审批流程项申请", "Decide item requests"),
    _verb("undo", "撤回操作", "Undo an operation"),
    _verb("set_password", "重置密码", "Reset the password"),
    _verb("tune", "调整权限", "Tune the policy"),
    _verb("simulate", "模拟权限", "Simulate rights"),
    Action("explore", Words("查看接口结构", "Read the API's schema"), changes=False),
    Action("ask_freely", Words("执行自编查询", "Run documents of one's own"), changes=False),
)

ACTIONS: dict[str, Action] = {action.name: action for action in (*LOOKING, *EDITING, *VERBS)}

#: The verbs of each object, beyond looking on and plain editing.
VERBS_OF: dict[str, tuple[str, ...]] = {
    "Clearance": ("clear", "revoke", "waive", "note", "bulk", "bulk_filter", "import", "sync", "sign_on_behalf"),
    "Certificate": ("issue", "bulk_issue", "undo_issue", "import", "void"),
    "Sheet": ("apply", "move", "cancel", "set_late", "transfer"),
    "Department": ("close_unit",),
    "Batch": ("load_roster", "open", "close", "reopen", "archive"),
    "Student": ("import",),
    "Item": ("withdraw",),
    "ItemRequest": ("create", "withdraw", "decide"),
    "Operation": ("undo",),
    "User": ("set_password",),
    "ApiToken": ("create", "revoke"),
    "PolicyVersion": ("tune", "simulate"),
    "Api": ("explore", "ask_freely"),
}
