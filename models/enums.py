"""Every closed set of values, each with its words in both languages and what it means to the rules.

`Choice` members are stored as text; `NumberedChoice` members as the small number that the universities' files carry.
"""

from __future__ import annotations

from enum import Enum, IntEnum

from models.declare import Words


class Choice(str, Enum):  # noqa: UP042  # StrEnum admits no words beside the value
    """A value stored as text: `NAME = "STORED", "zh", "en"`."""

    words: Words

    def __new__(cls, value: str, zh: str, en: str) -> Choice:
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = Words(zh, en)
        return member

    __str__ = str.__str__


class NumberedChoice(IntEnum):
    """A value stored as a number: `NAME = 1, "zh", "en"`."""

    words: Words

    def __new__(cls, value: int, zh: str, en: str) -> NumberedChoice:
        member = int.__new__(cls, value)
        member._value_ = value
        member.words = Words(zh, en)
        return member


# --- people


class Level(Choice):
    UG = "UG", "本科生", "Undergraduate"
    M = "M", "硕士生", "Master's student"
    D = "D", "博士生", "Doctoral student"


class Gender(Choice):
    M = "M", "男", "Male"
    F = "F", "女", "Female"


class IdType(Choice):
    RESIDENT_ID = "RESIDENT_ID", "居民身份证", "Resident identity card"
    PASSPORT = "PASSPORT", "护照", "Passport"
    HMT_PERMIT = "HMT_PERMIT", "港澳台居民证件", "Hong Kong, Macao or Taiwan permit"
    OTHER = "OTHER", "其他证件", "Other document"


class PoliticalStatus(Choice):
    PARTY_MEMBER = "PARTY_MEMBER", "中共党员", "Party member"
    PROBATIONARY_MEMBER = "PROBATIONARY_MEMBER", "中共预备党员", "Probationary party member"
    LEAGUE_MEMBER = "LEAGUE_MEMBER", "共青团员", "Youth League member"
    MASSES = "MASSES", "群众", "No affiliation"
    OTHER = "OTHER", "其他", "Other"


class EnrolmentStatus(Choice):
    REGISTERED = "REGISTERED", "有学籍", "Registered student"
    NONE = "NONE", "无学籍", "Without student status"


# --- the season


class BatchStatus(Choice):
    """PREPARING → OPEN → CLOSED → ARCHIVED; CLOSED → OPEN only by the graduation office with a reason (B19)."""

    PREPARING = "PREPARING", "筹备中", "Preparing"
    OPEN = "OPEN", "办理中", "Open"
    CLOSED = "CLOSED", "已截止", "Closed"
    ARCHIVED = "ARCHIVED", "已归档", "Archived"


class ItemKind(Choice):
    NORMAL = "NORMAL", "必办环节", "Required"
    FINAL = "FINAL", "院系离校", "College sign-off"
    OPTIONAL = "OPTIONAL", "选办环节", "Optional"
    INFO = "INFO", "提示事项", "Information"

    @property
    def required(self) -> bool:
        """Whether a PENDING clearance of this kind stands in the way of the final sign-off and of the certificates."""
        return self in (ItemKind.NORMAL, ItemKind.FINAL)

    @property
    def has_state(self) -> bool:
        """An INFO item is text only: no clearance is made for it."""
        return self is not ItemKind.INFO


class HandledBy(Choice):
    DEPARTMENT = "DEPARTMENT", "职能部门办理", "Department"
    COLLEGE = "COLLEGE", "学院办理", "College"
    SUPERVISOR = "SUPERVISOR", "导师办理", "Supervisor"


class Way(Choice):
    """How an item may be passed; the ways restrict passing only, and the owner may always act singly with a reason."""

    SINGLE = "SINGLE", "单个办理", "One by one"
    BULK = "BULK", "批量办理", "In bulk"
    IMPORT = "IMPORT", "导入名单", "By import"
    SYNC = "SYNC", "数据同步", "By synchronisation"


class LeaveType(Choice):
    GRADUATION = "GRADUATION", "毕业", "Graduation"
    COMPLETION = "COMPLETION", "结业", "Completion without graduation"
    INCOMPLETE = "INCOMPLETE", "肄业", "Incomplete study"
    WITHDRAWAL = "WITHDRAWAL", "退学", "Withdrawal"
    TRANSFER = "TRANSFER", "转学", "Transfer to another university"
    EXCHANGE_END = "EXCHANGE_END", "交流期满", "End of exchange"
    OTHER = "OTHER", "其他", "Other"


class SheetState(Choice):
    ACTIVE = "ACTIVE", "办理中", "Active"
    MOVED = "MOVED", "已转批次", "Moved"
    CANCELLED = "CANCELLED", "终止办理", "Cancelled"


class SheetOrigin(Choice):
    ROSTER = "ROSTER", "拟毕业生名单", "Roster"
    SELF = "SELF", "自助离校申请", "Own application"
    COLLEGE_IMPORT = "COLLEGE_IMPORT", "离校人员导入", "Imported by the college"


class ClearanceStatus(NumberedChoice):
    """The only three stored states; the numbers are those of the universities' spreadsheets (R15)."""

    PENDING = 1, "未办理", "Not cleared"
    NOT_REQUIRED = 2, "无需办理", "Not required"
    CLEARED = 3, "已办理", "Cleared"

    @property
    def settled(self) -> bool:
        return self is not ClearanceStatus.PENDING


class DecidedBy(Choice):
    """Whose decision the present state of a clearance is; sync and rules never override a MANUAL or IMPORT one."""

    RULE = "RULE", "按规则", "By rule"
    MANUAL = "MANUAL", "人工办理", "By hand"
    IMPORT = "IMPORT", "导入", "By import"
    SYNC = "SYNC", "数据同步", "By synchronisation"
    CASCADE = "CASCADE", "随前置环节撤销", "Re-opened with another item"
    UNDO = "UNDO", "撤回操作", "By undoing an operation"


class Reason(Choice):
    """Why somebody decided against the rule: required for a manual 无需办理 where the item applies (B7), and for acting
    beside the item's ways."""

    SPECIAL_APPROVAL = "SPECIAL_APPROVAL", "特批", "Special approval"
    DEFERRED = "DEFERRED", "缓缴", "Deferred payment"
    GREEN_CHANNEL = "GREEN_CHANNEL", "绿色通道", "Green channel"
    NOT_APPLICABLE = "NOT_APPLICABLE", "实际不涉及", "Does not apply in fact"
    DATA_CORRECTION = "DATA_CORRECTION", "数据更正", "Correction of data"
    SYSTEM_DOWN = "SYSTEM_DOWN", "对方系统故障", "Other system unavailable"
    ON_BEHALF = "ON_BEHALF", "代签", "Signed on behalf"
    OTHER = "OTHER", "其他(见备注)", "Other (see note)"


# --- certificates


class CertificateKind(Choice):
    GRADUATION = "GRADUATION", "毕业证书", "Graduation certificate"
    DEGREE = "DEGREE", "学位证书", "Degree certificate"
    COMPLETION = "COMPLETION", "结业证书", "Completion certificate"
    INCOMPLETE = "INCOMPLETE", "肄业证书", "Incomplete-study certificate"
    PROOF = "PROOF", "证明书", "Certificate of proof"


class CertificateStatus(Choice):
    EXPECTED = "EXPECTED", "应发", "Entitled"
    PRINTED = "PRINTED", "已制证", "Printed"
    ISSUED = "ISSUED", "已发放", "Issued"
    VOID = "VOID", "已作废", "Void"


class Collection(Choice):
    """How an issued certificate reached its owner (B14)."""

    IN_PERSON = "IN_PERSON", "本人领取", "In person"
    PROXY = "PROXY", "代领", "By proxy"
    MAIL = "MAIL", "邮寄", "By mail"
    VIA_CLASS = "VIA_CLASS", "班级统一发放", "Via class"
    VIA_EMPLOYER = "VIA_EMPLOYER", "单位代收", "Via employer"


# --- what was done


class OperationKind(Choice):
    SET_CLEARANCES = "SET_CLEARANCES", "办理环节", "Set clearances"
    SIGN = "SIGN", "导师签字", "Supervisor's sign-off"
    ISSUE = "ISSUE", "发放两证", "Issue certificates"
    UNDO_ISSUE = "UNDO_ISSUE", "撤回发证", "Undo issue"
    LOAD_ROSTER = "LOAD_ROSTER", "载入拟毕业生名单", "Load roster"
    IMPORT_PEOPLE = "IMPORT_PEOPLE", "离校人员导入", "Import leavers"
    IMPORT_CERTIFICATES = "IMPORT_CERTIFICATES", "导入应发证书", "Import entitlements"
    APPLY_TO_LEAVE = "APPLY_TO_LEAVE", "自助离校申请", "Apply to leave"
    OPEN_BATCH = "OPEN_BATCH", "开放批次", "Open batch"
    CLOSE_BATCH = "CLOSE_BATCH", "截止批次", "Close batch"
    ARCHIVE_BATCH = "ARCHIVE_BATCH", "归档批次", "Archive batch"
    MOVE_SHEETS = "MOVE_SHEETS", "转批次", "Move to another batch"
    CANCEL_SHEET = "CANCEL_SHEET", "终止办理", "Cancel sheet"
    CHANGE_ITEMS = "CHANGE_ITEMS", "调整环节", "Change items"
    SYNC = "SYNC", "数据同步", "Synchronisation"
    RE_EVALUATE = "RE_EVALUATE", "重新判定适用", "Re-evaluate applicability"
    PUBLISH_POLICY = "PUBLISH_POLICY", "发布权限版本", "Publish policy version"
    SIMULATE_POLICY = "SIMULATE_POLICY", "模拟权限", "Simulate rights"
    EDIT = "EDIT", "编辑", "Edit"
    BULK_EDIT = "BULK_EDIT", "批量修改", "Edit in bulk"
    IMPORT_ROWS = "IMPORT_ROWS", "导入记录", "Import rows"
    UNDO = "UNDO", "撤回本次操作", "Undo an operation"


class OperationState(Choice):
    PREVIEWED = "PREVIEWED", "已预检", "Checked"
    RUNNING = "RUNNING", "进行中", "Running"
    APPLIED = "APPLIED", "已完成", "Applied"
    UNDONE = "UNDONE", "已撤回", "Undone"
    CANCELLED = "CANCELLED", "已取消", "Cancelled"
    FAILED = "FAILED", "失败", "Failed"


class Outcome(Choice):
    APPLIED = "APPLIED", "可办理", "Will change"
    UNCHANGED = "UNCHANGED", "无变化", "Unchanged"
    REFUSED = "REFUSED", "不能办理", "Refused"
    NOT_APPLIED = "NOT_APPLIED", "未提交", "Not applied"


class Cause(Choice):
    """Why an event happened: somebody's act, or an effect of it."""

    ACT = "ACT", "办理", "Act"
    CASCADE = "CASCADE", "级联", "Cascade"
    RULE = "RULE", "规则", "Rule"
    IMPORT = "IMPORT", "导入", "Import"
    SYNC = "SYNC", "同步", "Synchronisation"
    UNDO = "UNDO", "撤回", "Undo"


class RequestKind(Choice):
    ADD = "ADD", "新增环节", "Add an item"
    REMOVE = "REMOVE", "删除环节", "Remove an item"
    CHANGE = "CHANGE", "修改环节", "Change an item"


class RequestState(Choice):
    SUBMITTED = "SUBMITTED", "已提交", "Submitted"
    APPROVED = "APPROVED", "已同意", "Approved"
    REJECTED = "REJECTED", "不同意", "Rejected"
    WITHDRAWN = "WITHDRAWN", "已撤回", "Withdrawn"


class Share(Choice):
    """Who finds a saved filter besides its owner."""

    PRIVATE = "PRIVATE", "仅本人", "Oneself"
    ROLE = "ROLE", "同一身份", "The same role"
    EVERYONE = "EVERYONE", "全体教职工", "All staff"


class FileState(Choice):
    """WAITING for its turn → MAKING → READY, or FAILED, or CANCELLED by its owner."""

    WAITING = "WAITING", "排队中", "Waiting"
    MAKING = "MAKING", "生成中", "Being made"
    READY = "READY", "可下载", "Ready"
    FAILED = "FAILED", "失败", "Failed"
    CANCELLED = "CANCELLED", "已取消", "Cancelled"

    @property
    def unfinished(self) -> bool:
        return self in (FileState.WAITING, FileState.MAKING)


class JobTask(Choice):
    """What a job does: take a list over, apply the rows of a dry run, or undo an operation."""

    LIST = "LIST", "导入名单", "Takes a list over"
    APPLY = "APPLY", "提交预检", "Applies a dry run"
    UNDO = "UNDO", "撤回操作", "Undoes an operation"
