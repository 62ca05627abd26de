"""What the API says of an act that was done, or checked first, in both languages; what stops one is not here."""

from __future__ import annotations

from graphql_api.wording import Sentence, say
from models.declare import Words

#: What was already so, and who was faster (B4).
UNCHANGED: tuple[Sentence, ...] = (
    say(
        "{by}已报送过较新的核对结果({at}),本条较旧,未采用,无变化。",
        "{by} has sent a newer report, of {at}; this older one was not taken over and changed nothing.",
        newer="True",
    ),
    say(
        "已由 {by} 于 {at} 办理,无变化。",
        "Already cleared by {by} at {at}; nothing changed.",
        after="CLEARED",
    ),
    say("已由 {by} 于 {at} 修改,无变化。", "Already changed by {by} at {at}; nothing changed."),
    say("已是这个状态,无变化。", "Already so; nothing changed."),
)

NOTHING_DONE: tuple[Sentence, ...] = (
    say("{refused} 行不能办理(见清单),未作更改。", "{refused} refused (see the list); nothing was changed."),
    say("没有变化。", "Nothing changed."),
)


def _done(zh: str, en: str, zh_next: str = "", en_next: str = "") -> tuple[Sentence, ...]:
    """An act on rows that no "undo this operation" takes back; what does, `…_next` says."""
    refused = Words(";{refused} 行不能办理(见清单)", "; {refused} refused (see the list)")
    return (
        say(f"{zh}{refused.zh}。{zh_next}", f"{en}{refused.en}.{en_next}"),
        say(f"{zh}。{zh_next}", f"{en}.{en_next}"),
        *NOTHING_DONE,
    )


def _turned(zh: str, en: str) -> tuple[Sentence, ...]:
    """A batch went from one status to another."""
    return (say(zh, en, applied="1"), NOTHING_DONE[-1])


#: What one act did as a whole, by the kind of the act.
DONE: dict[str, tuple[Sentence, ...]] = {
    "DRY_RUN": (
        say(
            "预检完成:可办理 0,无变化 {unchanged},不能办理 {refused}。没有可提交的内容。",
            "Checked: 0 will change, {unchanged} unchanged, {refused} refused. There is nothing to submit.",
            applied="0",
        ),
        say(
            "预检完成:可办理 {applied},无变化 {unchanged},不能办理 {refused};将撤销院系离校 {cascaded} 人。确认提交?",
            "Checked: {applied} will change, {unchanged} unchanged, {refused} refused; {cascaded} college sign-off(s) "
            "will be re-opened. Submit?",
        ),
        say(
            "预检完成:可办理 {applied},无变化 {unchanged},不能办理 {refused}。确认提交?",
            "Checked: {applied} will change, {unchanged} unchanged, {refused} refused. Submit?",
        ),
    ),
    "UNDER_WAY": (
        say(
            "正在办理。可在 操作记录 中查看进度;办理完成前,数据没有变化。",
            "Being carried out. The operation shows how far it is; until it has ended, nothing has changed.",
        ),
    ),
    "UNDO": (
        say(
            "已撤回 {applied} 人;{refused} 人之后又有变更,未撤回(见清单);其中 {issued} 人已发证,请线下处理。",
            "{applied} undone; {refused} changed since and were not undone (see the list); {issued} of them have their "
            "certificates already: settle these in person.",
        ),
        say(
            "已撤回 {applied} 人;{refused} 人之后又有变更,未撤回(见清单)。",
            "{applied} undone; {refused} changed since and were not undone (see the list).",
        ),
        say("已撤回 {applied} 人。", "{applied} undone."),
    ),
    "UNDO_EDIT": (
        say(
            "已恢复 {applied} 条;{refused} 条之后又有变更,未恢复(见清单)。",
            "{applied} put back; {refused} changed since and were not put back (see the list).",
        ),
        say("已恢复 {applied} 条。", "{applied} put back."),
    ),
    "APPLY_TO_LEAVE": (
        say(
            "您已有离校单({batch}批次),无需重复申请。",
            "You have a clearance sheet already (batch {batch}); there is no need to apply again.",
            applied="0",
        ),
        say(
            "您的离校单已生成,无需审批,请按红色环节的办理说明办理。",
            "Your clearance sheet has been made, no approval is needed. Follow the instructions of the red items.",
        ),
    ),
    "ITEM_CHANGE": (
        say(
            '流程项:{change}将使 {reopened} 人重新出现"未办理",其中 {final} 人的院系离校将被撤销;'
            "已发证 {issued} 人不受影响。",
            "Item request: {reopened} students would get a red item again, {final} of them lose their college "
            "sign-off; {issued} with issued certificates are not affected.",
        ),
    ),
    "REQUESTED": (
        say(
            "流程项申请已提交,请等待学生离校工作主管部门审批。",
            "The request was filed; the graduation office decides on it.",
        ),
    ),
    "REQUEST_APPROVED": (
        say(
            '已同意该申请:{change}后 {reopened} 人重新出现"未办理"。申请部门可在 流程项申请 中查看。',
            "Approved: {reopened} students have a red item now. The department sees it under Item requests.",
        ),
        say(
            "已同意该申请。申请部门可在 流程项申请 中查看。",
            "Approved. The department sees it under Item requests.",
        ),
    ),
    "REQUEST_REJECTED": (
        say(
            "已不同意该申请。申请部门可在 流程项申请 中查看意见。",
            "Rejected. The department sees the reason under Item requests.",
        ),
    ),
    "OPEN_BATCH_CHECKED": (
        say(
            "检查通过。开放后 {sheets} 名学生可以看到离校单,各环节开始办理;"
            "环节性质、适用对象、办理方式和前置环节随之冻结。",
            "Everything is ready. Once open, {sheets} students see their sheets and handling begins; what the rules "
            "read of the items is then fixed.",
        ),
    ),
    "CLOSE_BATCH_CHECKED": (
        say(
            "截止后,{unfinished} 名未办结的学生须逐人开通补办才能继续办理(共 {sheets} 人,已发证 {out} 人)。",
            "Once closed, {unfinished} students who are not done go on only if each is allowed some time ({sheets} "
            "students in all, {out} have certificates).",
        ),
    ),
    "REOPEN_BATCH_CHECKED": (
        say(
            "重新开放后,{unfinished} 名未办结的学生可以继续办理;已发证 {out} 人不受影响。",
            "Once open again, {unfinished} students who are not done can go on; {out} with certificates are not "
            "affected.",
        ),
    ),
    "ARCHIVE_BATCH_CHECKED": (
        say(
            "归档后本批次不能再修改,也不能恢复。{unfinished} 名学生尚未办结,之后须在其他批次建立离校单才能继续办理。",
            "Once archived, nothing in the batch changes any more, and there is no way back. {unfinished} students are "
            "not done; to go on they need a sheet in another batch.",
        ),
    ),
    "OPEN_BATCH": _turned("批次已开放,可以开始办理。", "The batch is open; handling can begin."),
    "CLOSE_BATCH": _turned(
        "批次已截止。个别补办请对该生开通补办。", "The batch is closed. For a late case, allow the student some time."
    ),
    "ARCHIVE_BATCH": _turned("批次已归档,不能再修改。", "The batch is archived and cannot be changed any more."),
    "IMPORT_PEOPLE": _done("已导入离校人员 {applied} 人", "{applied} leavers imported"),
    "LOAD_ROSTER": _done("已建立离校单 {applied} 张", "{applied} sheets made"),
    "MOVE_SHEETS": _done("已转批次 {applied} 人", "{applied} moved to the other batch"),
    "CANCEL_SHEET": _done("已终止办理 {applied} 人", "{applied} cancelled"),
    "TRANSFER_SHEETS": _done("已转学院 {applied} 人", "{applied} belong to the other college now"),
    "COPY_ITEMS_CHECKED": (
        say(
            "将复制 {applied} 个环节及其前置环节;{unchanged} 个环节代码已存在,保持不变。确认提交?",
            "{applied} items will be copied, with what comes first; {unchanged} are there already and stay. Submit?",
        ),
    ),
    "COPY_ITEMS": (
        say(
            "已复制 {applied} 个环节;{unchanged} 个已存在,保持不变。",
            "{applied} items copied; {unchanged} were there already.",
        ),
        say("已复制 {applied} 个环节。", "{applied} items copied."),
        NOTHING_DONE[-1],
    ),
    "WITHDRAW_ITEM_CHECKED": (
        say(
            "停用后,{grey} 人的该环节由“未办理”变为“无需办理”;已发证 {out} 人不受影响。环节会保留,不会删除。确认提交?",
            "{grey} students' item goes from not cleared to not required; {out} with certificates are not affected. "
            "The item is kept, not deleted. Submit?",
        ),
    ),
    "WITHDRAW_ITEM": (
        say(
            "环节已停用,{grey} 人的该环节变为“无需办理”。", "The item is withdrawn; {grey} students do not need it now."
        ),
        say("环节已停用。", "The item is withdrawn."),
    ),
    "CLOSE_DEPARTMENT_CHECKED": (
        say(
            "撤销后,{applied} 个环节改由“{successor}”主管,{requests} 件待审批的流程项申请一并转交;"
            "{people} 名办理人员只属于该部门,须由账号管理员另授身份。确认提交?",
            "{applied} items go to {successor}, with {requests} undecided item requests; {people} operators belong to "
            "this department alone and need a role elsewhere. Submit?",
        ),
    ),
    "CLOSE_DEPARTMENT": (
        say(
            "部门已撤销,{applied} 个环节改由“{successor}”主管。请账号管理员为 {people} 名办理人员另授身份。",
            "The department is closed; {applied} items went to {successor}. {people} operators need a role elsewhere.",
        ),
        say(
            "部门已撤销,职能由“{successor}”承接。",
            "The department is closed; {successor} answers for what it did.",
        ),
    ),
    "IMPORT_CERTIFICATES": _done("已更新应发证书 {applied} 份", "{applied} entitlements updated"),
    "SYNC": _done("已同步 {applied} 人", "{applied} synchronised"),
    "EDIT": _done("已更新 {applied} 项", "{applied} updated"),
    "BULK_EDIT": _done(
        "已修改 {applied} 条",
        "{applied} changed",
        "可在 操作记录 中撤回本次操作。",
        " It can be undone under Operations.",
    ),
    "ISSUE": _done(
        "已发放证书 {applied} 份",
        "{applied} certificates issued",
        "如有错误,请使用 撤回发证。",
        " If wrong, undo the issue.",
    ),
    "UNDO_ISSUE": _done("已撤回发证 {applied} 份", "{applied} issues undone"),
    "REJECTED": (
        say(
            "未提交:有 {refused} 行不能办理(见清单)。请处理后重试,或只提交可办理的行。",
            "Nothing was submitted: {refused} refused (see the list). Settle these, or submit only the others.",
        ),
    ),
    "DONE": (
        say(
            "已办理 {applied} 人;{refused} 人不能办理(见清单)。可在 操作记录 中撤回本次操作。",
            "{applied} done; {refused} refused (see the list). It can be undone under Operations.",
        ),
        say(
            "已办理 {applied} 人。可在 操作记录 中撤回本次操作。", "{applied} done. It can be undone under Operations."
        ),
        say("{refused} 人不能办理(见清单),未作更改。", "{refused} refused (see the list); nothing was changed."),
        NOTHING_DONE[-1],
    ),
}
