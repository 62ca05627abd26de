"""The texts of the certificate desk."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
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
    "undo_issue_reason": Text("撤回原因", "Reason"),
    "undo_issue_hint": Text(
        "证书尚未收回时不勾选:将标为“错领待收回”,收回前不能再发放。",
        "Not back yet: leave the box empty. They are marked as with the wrong person and cannot be issued meanwhile.",
    ),
    "issued_already": Text("已发放", "Issued"),
    "misplaced": Text(
        "错领待收回:收回前不能发放。", "Handed to the wrong person: it cannot be issued until it has come back."
    ),
    "came_back": Text("错领证书已收回", "It has come back"),
    "came_back_hint": Text("登记后即可重新发放。", "Then it can be issued again."),
    "recovered_done": Text("已登记收回:{who}", "Back at the desk: {who}"),
    "certificate_unchanged": Text("没有变化:{who}", "Nothing changed: {who}"),
    # --- the register
    "register_sums": Text("按证书种类和状态统计", "By kind and state"),
    "void": Text("作废证书", "Void this certificate"),
    "void_reason": Text("作废原因", "Reason"),
    "void_hint": Text(
        "作废后该编号不再使用。需要重新制证的,请导入新编号。",
        "Its number is never used again. If it is printed anew, import the new number.",
    ),
    "void_issued": Text(
        "已发放的证书须先撤回发证并收回,才能作废。", "An issued certificate is taken back first, then made void."
    ),
    "void_done": Text("已作废:{who}", "Void: {who}"),
    "proof": Text("登记证明书", "Certificate of proof"),
    "proof_hint": Text(
        "证书遗失或损毁的,不补发原件;凭本人申请登记证明书,由学院发证人员发放。",
        "A lost original is not printed again; a certificate of proof is entered here and issued by the college.",
    ),
    "proof_number": Text("证明书编号", "Number of the certificate of proof"),
    "proof_enter": Text("登记", "Enter"),
    "proof_done": Text("已登记证明书:{who}", "Certificate of proof entered: {who}"),
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
    # --- the list to sign for them
    "sign_for": Text("签领表", "Sign-for list"),
    "sign_for_title": Text("证书签领表", "certificates: sign-for list"),
    "sign_for_lead": Text(
        "每班一页,按学号排列;打印后由领取人签名。",
        "A page for each class, by student number; whoever collects signs on paper.",
    ),
    "sign_for_choose": Text(
        "共 {n} 名学生,请选择班级;每班一页。", "{n} students: choose a class; each prints on its own page."
    ),
    "sign_for_who": Text("列出哪些学生", "Which students"),
    "sign_for_ready": Text("可领取的学生", "Ready to collect"),
    "sign_for_all": Text("全部(注明还需办理)", "All, with what is still needed"),
    "sign_for_classes": Text("选择其他班级", "Choose another class"),
    "sign_for_left_out": Text(
        "另有 {n} 名学生目前没有可领取的证书,未列出。", "{n} more have nothing to collect now and are not listed."
    ),
    "sign_for_nobody": Text("没有可领取证书的学生", "Nobody has a certificate to collect"),
    "sign_for_count": Text("共 {n} 人", "{n} students"),
    "sign_for_signature": Text("领取人签名", "Signature"),
    "sign_for_remark": Text("备注", "Remarks"),
    "sign_for_officer": Text("发证人", "Issued by"),
    "sign_for_certificates": Text("证书种类与编号", "Certificates and numbers"),
    "still_needed_items": Text("还需办理:{what}", "Still needed: {what}"),
    "still_needed_more": Text("还需办理:{what}等 {n} 项", "Still needed: {what} and more, {n} in all"),
}
