"""What the API says when a request or a whole act is refused, in both languages, and what an action is called."""

from __future__ import annotations

from graphql_api.condition_wording import CONDITION_PROBLEMS
from graphql_api.policy_wording import POLICY_PROBLEMS
from graphql_api.reading_wording import PROBLEMS
from graphql_api.saved_filters_wording import FILTER_PROBLEMS, SHARED_TOO_FAR
from graphql_api.transfer_wording import CELL_PROBLEMS, REPORT_PROBLEMS
from graphql_api.wording import Sentence, say
from models.declare import Words

ERRORS: dict[str, tuple[Sentence, ...]] = {
    "UNAUTHENTICATED": (
        say(
            "用户名或密码不正确,请核对后重试;忘记密码请联系账号管理员。",
            "Wrong username or password. Check both; if you forgot the password, ask the account administrator.",
            problem="PASSWORD",
        ),
        say(
            "接口令牌无效、已过期或已吊销,请向账号管理员申请新令牌。",
            "The API token is not valid, expired or revoked. Ask the account administrator for a new one.",
            problem="TOKEN",
        ),
        say("登录已过期,请重新登录。", "Your session has ended. Please sign in again.", problem="SESSION"),
        say(
            "请先登录;程序请在请求头附上 Authorization: Bearer lx_…。",
            "Please sign in first; a program sends its token in the header (Authorization: Bearer lx_...).",
        ),
    ),
    "FORBIDDEN": (
        *SHARED_TOO_FAR,
        say(
            "请求未带页面令牌,未执行。请刷新页面后重试。",
            "The request lacks the page's token and was not carried out. Reload the page and try again.",
            problem="CSRF",
        ),
        say(
            "您当前身份只能执行已登记的查询:请以 documentId 指明其哈希,或请系统管理员登记(lixiao documents add)。",
            "Your acting role may run stored documents only: name one by its hash (documentId), or have this one "
            "stored (lixiao documents add).",
            problem="STORED_ONLY",
        ),
        say(
            "您使用的接口令牌范围不含此项:{token}。请向账号管理员申请范围更大的令牌。",
            "Your API token is limited and does not cover this: {token}. Ask the account administrator for another.",
        ),
        say(
            '您没有"{wanted}"身份,不能切换。请选择可用身份,或联系账号管理员授予。',
            'You do not hold the role "{wanted}". Choose one of yours, or ask the account administrator for it.',
            problem="NOT_HELD",
        ),
        say(
            "您当前身份只能统计,不能使用 {argument}。请去掉它,只按分组键分组和筛选。",
            "You are acting in a role that may only count, and {argument} tells more. Leave it out: group by keys, and "
            "filter by what can be a key.",
            problem="COUNTS_ONLY",
        ),
        say(
            "您当前的身份或接口令牌已到期或被收回,未执行。请重新选择身份,或联系账号管理员。",
            "The role you act in, or your API token, has ended; nothing was done. Choose a role again, or ask the "
            "account administrator.",
            problem="ROLE_ENDED",
        ),
        say(
            "环节 {item} 由其他部门主管,本部门不能申请修改。请联系该部门,或学生离校工作主管部门。",
            "Item {item} belongs to another department, which alone can ask for a change. Ask that department, or the "
            "graduation office.",
        ),
        say(
            '您当前身份为"{role}",不能{deed}。以下身份之一可以:{choices}。',
            'You are acting as "{role}" and may not {deed}. One of these roles may: {choices}.',
        ),
        say(
            '您当前身份为"{role}",不能{deed}。需要"{needed}"身份。',
            'You are acting as "{role}" and may not {deed}. This needs the role "{needed}".',
        ),
        say(
            '您当前身份为"{role}",不能{deed}。请切换身份,或联系权限管理员。',
            'You are acting as "{role}" and may not {deed}. Change your role, or ask the policy administrator.',
        ),
        say(
            "您当前身份没有这项权限,请切换身份,或联系权限管理员。",
            "Your acting role has no right to this. Change your role, or ask the policy administrator.",
        ),
    ),
    "BAD_INPUT": (
        *PROBLEMS,
        *CONDITION_PROBLEMS,
        *POLICY_PROBLEMS,
        *CELL_PROBLEMS,
        *REPORT_PROBLEMS,
        *FILTER_PROBLEMS,
        say(
            "一次请求只能包含一个写操作,此请求有 {count} 个,均未执行。请分几次提交。",
            "A request holds one mutation. This one has {count}, and none was carried out: send them one by one.",
            problem="ONE_MUTATION",
        ),
        say(
            "证件号等敏感信息({field})不能写在网址中。请改用 POST 查询。",
            "Sensitive values ({field}) never stand in an address, which is written to logs. Ask by POST.",
            problem="IN_ADDRESS",
        ),
        say(
            "请指明由哪个部门提出申请。",
            "Say which department asks.",
            problem="WHICH_DEPARTMENT",
        ),
        say(
            "请指明为哪个学院导入(college)。",
            "Say for which college you import (college).",
            problem="WHICH_COLLEGE",
        ),
        say("请填写必填的内容后重试。", "Fill in what is required and try again.", problem="MISSING"),
        say(
            "名单共 {count} 行,一次最多 {limit} 行,没有办理任何一行。请分几次提交。",
            "The list holds {count} rows; {limit} are the most at once, and nothing was done. Send it in parts.",
            problem="TOO_MANY_ROWS",
        ),
        say(
            "您有多个学号({numbers}),请选择为哪个学号申请。",
            "You have several student numbers ({numbers}); say which one applies.",
            problem="WHICH_NUMBER",
        ),
        say(
            "批次 {batch} 还不能开放:还有 {count} 处未准备好(见清单)。请补全后重试。",
            "Batch {batch} cannot open yet: {count} things are not ready (see the list). Complete them and try again.",
            problem="NOT_READY",
        ),
        say(
            "该令牌没有会话,不能退出或切换身份。请用账号登录。",
            "A token has no session: it can neither sign out nor change its role. Sign in with an account.",
            problem="NO_SESSION",
        ),
        say(
            "代领须填写代领人姓名、证件后四位、与学生关系,并核验委托书。",
            "A proxy needs name, the ID's last four, relation to the student, and the checked letter of authority.",
            problem="PROXY",
        ),
        say(
            "{length} 个字太长,上限 {limit}。请缩短后重试。",
            "{length} characters are too many; the limit is {limit}. Please shorten the text.",
        ),
        say(
            "文字太长或含有不能保存的字符,上限 {limit} 个字。请改正后重试。",
            "The text is too long, or holds characters that cannot be stored; the limit is {limit}. Please correct it.",
        ),
        say(
            "密码不能与用户名相同。请重新设置。",
            "A password is not the username. Choose another one.",
            problem="USERNAME",
        ),
        say(
            "密码至少 {minimum} 位,且不能与用户名相同。请重新设置。",
            "A password has at least {minimum} characters and is not the username. Choose another one.",
        ),
        say(
            "起止学号长度或前缀不同,不能组成范围。",
            "The two numbers differ in length or prefix.",
            reason="prefix_or_length",
        ),
        say(
            "起始学号大于截止学号,请调换后重试。",
            "The first number is larger than the last. Exchange them and try again.",
            reason="order",
        ),
        say(
            "起止学号须以数字结尾,请核对后重试。",
            "Both ends of the range must be student numbers that end in digits. Check them and try again.",
            reason="no_number",
        ),
        say(
            '找到 {count} 名"{name}",请按学号办理。',
            "{count} students are called {name}; use the student no.",
        ),
        say(
            "单元格 {cell} 的学号是数字格式,可能已丢失前导 0。请设为文本后重新填写。",
            "Cell {cell}: the student no. is stored as a number and may have lost leading zeros. Make it text and type "
            "it again.",
            problem="NUMBER_CELL",
        ),
        say(
            "发证不能对全部查询结果进行,请按学号范围、班级或名单办理。",
            "Certificates are never issued to a whole filter; use a number range, a class or a list.",
            reason="whole_filter",
        ),
        say(
            '"{value}" 填写有误,应为 {expected}。请改正后重试。',
            '"{value}" is not valid; it should be {expected}. Please correct it.',
        ),
        say('"{value}"填写有误:{problem}。请改正后重试。', '"{value}" is not valid: {problem}. Please correct it.'),
        say("填写有误:{problem}。请改正后重试。", "This is not valid: {problem}. Please correct it."),
        say("填写的内容有误,请按提示改正后重试。", "Some input is not valid. Correct what is marked and try again."),
    ),
    "BAD_CURSOR": (
        say(
            "翻页位置已失效,请从第一页重新查询。",
            "This page position is no longer valid. Start again from the first page.",
        ),
    ),
    "IDEMPOTENCY_MISMATCH": (
        say(
            "这个提交编号已用于另一次不同的提交,未执行。请用新的编号重新提交。",
            "This idempotency key was used for a different request; nothing was done. Use a new key.",
        ),
    ),
    "PERSISTED_QUERY_NOT_FOUND": (
        say(
            "没有登记哈希为 {sha256} 的查询。请核对,或请系统管理员登记(lixiao documents add)。",
            "No document is stored under the hash {sha256}. Check it, or have it stored (lixiao documents add).",
        ),
        say("没有登记这个查询,请核对其哈希。", "This document is not stored. Check its hash."),
    ),
    "QUERY_TOO_COMPLEX": (
        say(
            "查询过大({measure} {value},上限 {limit})。请减少字段或行数,分几次查询。",
            "The query is too large ({measure} {value}, limit {limit}). Ask for fewer fields or rows.",
        ),
        say(
            "查询过大。请减少字段或行数,分几次查询。",
            "The query is too large. Ask for fewer fields or rows, in several queries.",
        ),
    ),
    "RATE_LIMITED": (
        say(
            "请求过于频繁:每分钟最多 {limit} 次。请 {seconds} 秒后再试。",
            "Too many requests: at most {limit} a minute. Try again in {seconds} seconds.",
            problem="REQUESTS",
        ),
        say(
            "一分钟内查询的数据过多(上限 {limit} 个对象)。请 {seconds} 秒后再试,或缩小查询范围。",
            "Too much was asked for within a minute (at most {limit} objects). Try again in {seconds} seconds, or ask "
            "for less.",
            problem="COST",
        ),
        say(
            "尝试过于频繁,请 {seconds} 秒后再试。",
            "Too many attempts. Try again in {seconds} seconds.",
        ),
        say("尝试过于频繁,请稍后再试。", "Too many attempts. Try again later."),
    ),
    "INTERNAL": (
        say(
            "这次请求没有完成,已记录(编号 {correlation})。请稍后重试;仍不成功请把编号告诉服务台。",
            "The request was not completed and has been recorded ({correlation}). Try again later; if it fails again, "
            "tell the help desk this number.",
        ),
        say(
            "这次请求没有完成,已记录。请稍后重试。", "The request was not completed and was recorded. Try again later."
        ),
    ),
    "COUNT_CONFIRMATION": (
        say(
            "本次将办理 {count} 行,超过 {limit}。请输入准确的行数确认后提交。",
            "This would act on {count} rows, more than {limit}. Type in the exact number to confirm.",
        ),
        say(
            "本次将办理 {count} 行。请输入准确的行数确认后提交。",
            "This would act on {count} rows. Type in the exact number to confirm.",
        ),
        say("请输入准确的行数确认后提交。", "Type in the exact number of rows to confirm."),
    ),
}

#: What an action does, as the object of "您不能…" (B4); the others are called what their button is called.
DEEDS: dict[tuple[str, str], Words] = {
    ("Certificate", "issue"): Words("发放证书", "issue certificates"),
    ("Certificate", "bulk_issue"): Words("批量发放证书", "issue certificates in bulk"),
    ("Certificate", "undo_issue"): Words("撤回发证", "undo an issue"),
    ("Certificate", "void"): Words("作废证书", "void certificates"),
    ("Certificate", "import"): Words("导入证书名单", "import certificates"),
    ("Clearance", "clear"): Words("办理通过", "pass items"),
    ("Clearance", "revoke"): Words("撤销环节", "revoke items"),
    ("Clearance", "waive"): Words("设为无需办理", "set items to not required"),
    ("Clearance", "note"): Words("填写办理备注", "write notes"),
    ("Clearance", "bulk"): Words("批量办理", "act in bulk"),
    ("Clearance", "bulk_filter"): Words("一次办理全部查询结果", "act on all results at once"),
    ("Clearance", "sign_on_behalf"): Words("代签", "sign on behalf"),
    ("Clearance", "import"): Words("导入名单", "import a list"),
    ("Clearance", "sync"): Words("数据同步", "synchronise items"),
    ("Sheet", "apply"): Words("自助申请离校", "apply to leave"),
    ("Sheet", "move"): Words("转批次", "move sheets to another batch"),
    ("Sheet", "cancel"): Words("终止办理离校单", "cancel sheets"),
    ("Sheet", "set_late"): Words("开通补办", "allow stragglers"),
    ("Sheet", "transfer"): Words("办理转学院", "transfer students to another college"),
    ("Department", "close_unit"): Words("撤销部门", "close a department"),
    ("Item", "withdraw"): Words("停用环节", "withdraw items"),
    ("Batch", "load_roster"): Words("载入拟毕业生名单", "load the roster"),
    ("Batch", "open"): Words("开放批次", "open a batch"),
    ("Batch", "close"): Words("截止批次", "close a batch"),
    ("Batch", "reopen"): Words("重新开放批次", "re-open a batch"),
    ("Batch", "archive"): Words("归档批次", "archive a batch"),
    ("ItemRequest", "withdraw"): Words("撤回流程项申请", "withdraw item requests"),
    ("ItemRequest", "create"): Words("提交流程项申请", "request a change of items"),
    ("ItemRequest", "decide"): Words("审批流程项申请", "decide item requests"),
    ("Operation", "undo"): Words("撤回操作", "undo operations"),
    ("PolicyVersion", "read"): Words("查看权限表", "see the policy table"),
    ("PolicyVersion", "tune"): Words("调整权限", "tune policies"),
    ("PolicyVersion", "simulate"): Words("模拟权限", "simulate rights"),
    ("Api", "explore"): Words("查看接口结构", "read the schema"),
}

#: What of a document is too large (QUERY_TOO_COMPLEX), see `limits`.
MEASURES: dict[str, Words] = {
    "tokens": Words("词数", "tokens"),
    "characters": Words("字符数", "characters"),
    "depth": Words("嵌套层数", "levels"),
    "fields": Words("字段数", "fields"),
    "aliases": Words("别名数", "aliases"),
    "directives": Words("指令数", "directives"),
    "root_fields": Words("顶层字段数", "fields of the root"),
    "differences": Words("权限差异数", "differences of policy tables"),
    "repeats": Words("重复字段数", "repeated fields"),
    "containers": Words("变量中的对象与列表数", "objects and lists in the variables"),
    "cost": Words("对象数", "objects"),
    "conditions": Words("条件数", "conditions"),
    "values": Words("条件值个数", "values"),
    "relations": Words("条件中的关联层数", "relations inside one another"),
}
