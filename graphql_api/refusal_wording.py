"""What the API says of one row that is refused, or of an act refused for the same reason, in both languages."""

from __future__ import annotations

from graphql_api.policy_wording import POLICY_ABSENT, POLICY_CONFLICTS
from graphql_api.transfer_wording import STILL_OPEN
from graphql_api.wording import ANY, Sentence, say

REFUSALS: dict[str, tuple[Sentence, ...]] = {
    "NOT_FOUND": (
        *POLICY_ABSENT,
        say(
            "您的账号没有关联学号,不能自助申请。请联系账号管理员。",
            "Your account belongs to no student. Please ask the account administrator.",
            problem="NO_STUDENT",
        ),
        say("未找到学院 {college},请核对学院代码。", "College {college} was not found; check the code."),
        say("未找到批次 {batch},请核对批次代码。", "Batch {batch} was not found; check the code."),
        say("未找到环节 {item},请核对环节代码。", "Item {item} was not found; check the code."),
        say(
            "未找到学号 {student_no},请核对;若学生不在本批次,请联系学院数据维护员。",
            "Student no. {student_no} was not found, please check it; a student who is not in this batch is "
            "added by the college data keeper.",
        ),
        say("未找到 {value},请核对。", "{value} was not found; please check it.", act="BULK_EDIT"),
        say("未找到所指的记录,请刷新后重试。", "The record was not found. Reload and try again."),
    ),
    "CONFLICT": (
        say(
            "该证书错领待收回,收回前不能发放。请联系领错的人归还。",
            "This certificate lies with the wrong person; it cannot be issued until it has come back. Ask for it.",
            wrong_recipient="1",
        ),
        *POLICY_CONFLICTS,
        *STILL_OPEN,
        say(
            "撤回会使 {count} 个已办理的环节失去前提——{blockers}。请先撤销这些环节。",
            "Undoing would take the ground from {count} settled {items} – {blockers}. Revoke those first.",
        ),
        say(
            "该操作已撤回,不能再次撤回。请在 操作记录 中查看。",
            "This operation was undone already. See it under Operations.",
            state="UNDONE",
        ),
        say(
            "该操作已取消,请重新预检。",
            "This operation was cancelled. Check first again.",
            state="CANCELLED",
        ),
        *(
            say(
                f"该申请{zh},不能再审批或撤回。请在 流程项申请 中查看。",
                f"This request was {en} already and can be neither decided nor withdrawn. See it under Item requests.",
                state=state,
            )
            for state, zh, en in (
                ("APPROVED", "已同意", "approved"),
                ("REJECTED", "未获同意", "rejected"),
                ("WITHDRAWN", "已撤回", "withdrawn"),
            )
        ),
        say(
            "该操作不能撤回或提交(状态 {state})。请在 操作记录 中查看。",
            "This operation can be neither undone nor applied (state {state}). See it under Operations.",
        ),
        say(
            "这类操作({kind})不能撤回或提交,请用相应的办理页面更正。",
            "This kind of operation ({kind}) can be neither undone nor applied; correct it on its own page.",
        ),
        say(
            "自您打开后,该记录已由 {by} 于 {at} 修改,未覆盖。请刷新后重试。",
            "Changed by {by} at {at} since you opened it; not overwritten. Reload and try again.",
        ),
        say(
            "自您打开后,该记录已被修改,未覆盖。请刷新后重试。",
            "Changed by somebody else since you opened it; not overwritten. Reload and try again.",
        ),
    ),
    "DUPLICATE": (
        say(
            "您在批次 {batch} 中已有离校单,不能再申请。如有疑问,请联系学生离校工作主管部门。",
            "You have an active clearance sheet in batch {batch} already. If in doubt, ask the graduation office.",
            act="APPLY_TO_LEAVE",
        ),
        say(
            "该生在批次 {batch} 中已有离校单,不能重复建立。请先转批次,或联系学生离校工作主管部门。",
            "This student has an active clearance sheet in batch {batch} already. Move that sheet, or ask the "
            "graduation office.",
        ),
        say(
            "学号 {student_no} 在同一时刻已报送过相反的结果,本次未采用。请以较晚的 observedAt 重新报送。",
            "Student no. {student_no} was reported otherwise for the same observedAt already; not taken over. Report "
            "again with a later observedAt.",
            problem="SAME_MOMENT",
        ),
        say(
            "学号 {student_no} 重复,请只保留一行。",
            "Student no. {student_no} appears twice; keep one row only.",
        ),
        say("已有相同的记录,未重复建立。", "The same record exists already; no second one was made."),
    ),
    "BATCH_NOT_OPEN": (
        say(
            "现在没有接受自助申请的离校批次。请联系所在学院的学生工作办公室。",
            "No leaving batch takes applications now. Please ask your college's student office.",
            problem="NO_APPLICATIONS",
        ),
        say(
            "本批次已截止。个别补办请联系学生离校工作主管部门开通。",
            "This batch is closed. For a late case, ask the graduation office.",
            status="CLOSED",
        ),
        say(
            '本批次尚在筹备中,开放前只能设为"无需办理"。请等待开放,或联系学生离校工作主管部门。',
            'This batch is still being prepared; until it opens, items can only be set to "not required". Wait for the '
            "opening, or ask the graduation office.",
            status="PREPARING",
        ),
        say(
            "本批次已归档,不能再修改。如确有需要,请联系学生离校工作主管部门。",
            "This batch is archived and cannot be changed. If you must, ask the graduation office.",
            status="ARCHIVED",
        ),
        say(
            "本批次现在不能办理,请联系学生离校工作主管部门。",
            "This batch is not open for this now. Ask the graduation office.",
        ),
    ),
    "SHEET_NOT_ACTIVE": (
        say(
            "该生离校单已转批次,请在新批次中办理。",
            "This sheet was moved to another batch; handle the student there.",
            state="MOVED",
        ),
        say(
            "该生离校单已终止办理,不能再修改。如有疑问,请联系学生离校工作主管部门。",
            "This sheet was cancelled and cannot be changed. If in doubt, ask the graduation office.",
            state="CANCELLED",
        ),
        say(
            "该生离校单已不在办理中,不能修改。如有疑问,请联系学生离校工作主管部门。",
            "This sheet is no longer active and cannot be changed. If in doubt, ask the graduation office.",
        ),
    ),
    "BLOCKED": (
        say(
            "还不能发证:还有 {count} 个环节未办理,两证均不能发放——{blockers}。",
            "Cannot issue: {count} {items} still needed; neither certificate may be issued – {blockers}.",
            act="ISSUE",
        ),
        say(
            '还不能确认"院系离校":还有 {count} 个环节未办理——{blockers}。',
            "Cannot sign off yet: {count} {items} still needed – {blockers}.",
        ),
        say(
            "还不能发证:还有环节未办理,两证均不能发放。请让该生查看离校单,按红色环节办理。",
            "Cannot issue: items are still needed; neither certificate may be issued. The student's sheet says which.",
            act="ISSUE",
        ),
        say("还有环节未办理,请先办结其他环节。", "Other items are still needed; clear those first."),
    ),
    "PREREQUISITE": (
        say(
            "还不能办理:须先办理 {count} 个前置环节——{blockers}。",
            "Cannot be passed yet: {count} {items} must come first – {blockers}.",
        ),
        say("还不能办理:须先办理前置环节。", "Cannot be passed yet: another item must come first."),
    ),
    "FINAL_MUST_BE_CLEARED": (
        say(
            '"院系离校"不能设为"无需办理",请在其他环节办结后办理通过。',
            'The college sign-off can never be "not required"; pass it once every other item is settled.',
        ),
    ),
    "NEVER_PENDING": (
        say(
            '选办环节没有"未办理"状态,请设为"已办理"或"无需办理"。',
            'An optional item is never "not cleared"; set it to "cleared" or "not required".',
        ),
    ),
    "ALREADY_ISSUED": (
        say(
            "该生证书已发放,不能转批次或终止办理。如确有错误,请联系学生离校工作主管部门。",
            "This student's certificate has been issued; the sheet cannot be moved or cancelled. If that is wrong, "
            "ask the graduation office.",
            act="SHEET",
        ),
        say(
            "该生两证已发放,环节状态不能再修改。如确有错误,请联系学生离校工作主管部门({office})。",
            "This student's certificates have been issued; the items cannot be changed any more. If that is wrong, ask "
            "the graduation office ({office}).",
        ),
        say(
            "该生两证已发放,环节状态不能再修改。如确有错误,请联系学生离校工作主管部门。",
            "This student's certificates have been issued; the items cannot be changed any more. If that is wrong, ask "
            "the graduation office.",
        ),
    ),
    "NOT_ENTITLED": (
        say(
            "该生不在应发证书名单中,不能发证。请联系证书管理员(教务处或研究生院)核对名单。",
            "This student is not on the list of those entitled to a certificate. Ask the certificate registrar to "
            "check the list.",
        ),
    ),
    "NO_NUMBER": (
        say(
            "该证书还没有编号,不能发放。请联系证书管理员导入编号。",
            "This certificate has no number yet and cannot be issued. Ask the certificate registrar to import it.",
        ),
    ),
    "NOT_PRINTED": (
        say(
            "该证书尚未制证,不能发放。请联系证书管理员。",
            "This certificate has not been printed and cannot be issued. Ask the certificate registrar.",
        ),
    ),
    "RANGE_TOO_LARGE": (
        say(
            "学号范围共 {count} 个,超过上限 {limit}。请缩小范围,或按班级、粘贴名单办理。",
            "The range holds {count} numbers; the limit is {limit}. Narrow it, or use class or a list.",
        ),
        say(
            "学号范围超过上限。请缩小范围,或按班级、粘贴名单办理。",
            "The range is larger than the limit. Narrow it, or use class or a list.",
        ),
    ),
    "WAY_NOT_ALLOWED": (
        say(
            "本环节由数据同步办理;确需人工办理请填写原因。",
            "This item is cleared by synchronisation; to act by hand all the same, give a reason.",
            ways="SYNC",
        ),
        say(
            "本环节不能{way}。请改为逐个办理并填写原因。",
            'This item does not admit "{way}". Act on one student at a time and give a reason.',
        ),
        say(
            "本环节不能用这种方式办理。请改为逐个办理并填写原因。",
            "This item cannot be passed in this way. Act on one student at a time and give a reason.",
        ),
    ),
    "DEADLINE_PASSED": (
        say(
            "已过流程项申请截止时间({deadline})。",
            "The deadline for item requests has passed ({deadline}).",
        ),
        say(
            "已过截止时间,请联系学生离校工作主管部门。",
            "The deadline has passed. Ask the graduation office.",
        ),
    ),
    "NO_STUDENT_STATUS": (
        say(
            "您没有学籍信息,不能自助申请。请联系 {contact}。",
            "You have no student status on record and cannot apply yourself. Please ask {contact}.",
        ),
        say(
            "您没有学籍信息,不能自助申请。请联系所在学院的学生工作办公室。",
            "You have no student status on record and cannot apply yourself. Please ask your college's student office.",
        ),
    ),
    "STALE_ROW": (
        say(
            "自您查看后,该行已由 {by} 于 {at} 修改,未覆盖。请核对后重试。",
            "Changed by {by} at {at} since you looked at it; not overwritten. Look at it and try again.",
            act="BULK_EDIT",
        ),
        say(
            "自您导出后,该行已由 {by} 于 {at} 修改,未覆盖。",
            "Changed by {by} at {at} since your export; not overwritten.",
        ),
        say(
            "自您查看后,该行已被修改,未覆盖。请刷新后重试。",
            "Changed since you looked at it; not overwritten. Reload and try again.",
        ),
    ),
    "ROW_MISMATCH": (
        say(
            "有 {count} 行学号与行标识不符,疑似排序错行,整份文件未导入。请重新导出后修改。",
            "{count} rows do not match their hidden keys; the file seems to have been sorted by one column only. "
            "Nothing was imported. Export again and edit that.",
        ),
        say(
            '第 {row} 行(单元格 {cell}):学号与姓名不符(表中"{given}",系统"{found}"),本行未导入。',
            "Row {row} ({cell}): number and name do not match; row not imported.",
        ),
        say(
            "证书编号与离校单不符:扫描 {number} 属于 {owner}({owner_no})。请勿发放。",
            "The certificate is not this student's: {number} belongs to {owner} ({owner_no}). Do not hand it over.",
            argument="number",
        ),
        say(
            "证书编号与离校单不符:扫描 {number} 不是该生的证书。请勿发放。",
            "The certificate is not this student's: {number} is somebody else's. Do not hand it over.",
            argument="number",
        ),
        say(
            "证件后四位与该生不符。请核对证件,请勿发放。",
            "The ID's last four are not this student's. Check the document; do not hand it over.",
            argument="idLast4",
        ),
        say("第 {row} 行:学号与姓名不符,本行未导入。", "Row {row}: number and name do not match; row not imported."),
        say("学号与姓名不符,本行未导入。", "Number and name do not match; row not imported."),
    ),
    "REASON_REQUIRED": (
        say(
            '设为"无需办理"须填写原因。',
            'Setting an item to "not required" needs a reason.',
            applies_to=ANY,
        ),
        say("请填写原因后再提交。", "Please give a reason and submit again."),
    ),
    "MANUAL_DECISION": (
        say(
            "该环节已由人工办理,数据同步不覆盖。如需更正,请由主管部门人工修改。",
            "This item was decided by hand; synchronisation does not override it. Its owner may change it by hand.",
        ),
    ),
}
