"""What no published table may permit, whoever tunes it: the shipped tests of the policy, as data.

Each is a set of limits on rights; how a table is measured against them stands below the data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from models.declare import Words
from policies.actions import ACTIONS, LOOKING
from policies.catalogue import OBJECTS, WHOLE
from policies.engine import Grant, Snapshot
from policies.roles import ROLES
from policies.rules import ancestry

#: What looks at a row or a field, singly or counted.
LOOKS = frozenset(action.name for action in LOOKING)
COUNTS = frozenset({"match", "aggregate", "export"})
#: Objects whose rows are somebody's.
OF_STUDENTS = frozenset({"Student", "Supervision", "Sheet", "Clearance", "Certificate", "SyncObservation"})
OF_PEOPLE = OF_STUDENTS | {"User", "RoleAssignment", "ApiToken", "Operation", "Event", "ItemRequest"}
ANYWHERE = frozenset({"all"})
OWN_COLLEGE = frozenset({"own_college"})
#: Scopes of clearances that never hold the FINAL item, or only that of the own college (R4, R5).
FINAL_IN_PLACE = frozenset({"all_but_final", "own_college", "own_department_items", "own_student_items"})


@dataclass(frozen=True, slots=True)
class Limit:
    """On these objects, actions and fields (empty: all of them) the roles `of` (empty: every role) may nothing, except
    those of `within`: they may in rows inside the scopes named there."""

    objects: frozenset[str]
    actions: frozenset[str]
    fields: frozenset[str] = frozenset()
    of: frozenset[str] = frozenset()
    within: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)

    def exceeded(self, role: str, grant: Grant) -> bool:
        """Whether this role's grant reaches further than it may."""
        inside = Grant(self.within.get(role, frozenset()))
        return not inside.covers(grant)


@dataclass(frozen=True, slots=True)
class Assurance:
    """One promise; `words` say it on screen. `named`: the roles whose rows name every field and never write `*`.
    `by_code`: it is kept by a rule of the program whatever the table says, and is listed for people alone."""

    name: str
    words: Words
    limits: tuple[Limit, ...] = ()
    named: frozenset[str] = frozenset()
    by_code: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a table breaks a promise: this role would have this right."""

    assurance: Assurance
    role: str
    object: str
    action: str
    field: str


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


def _anywhere(roles: str) -> dict[str, frozenset[str]]:
    return dict.fromkeys(roles.split(), ANYWHERE)


def _wherever_final_is_in_place(*more: str) -> dict[str, frozenset[str]]:
    return dict.fromkeys(ROLES, FINAL_IN_PLACE | frozenset(more))


_CHANGES_OF_CLEARANCES = frozenset(action for action in OBJECTS["Clearance"].actions if ACTIONS[action].changes)

ASSURANCES: tuple[Assurance, ...] = (
    Assurance(
        "students_see_themselves",
        Words("学生只能看到本人的信息", "Students see themselves alone"),
        (Limit(OF_PEOPLE, LOOKS, of=_set("student"), within={"student": _set("own_self")}),),
    ),
    Assurance(
        "students_read_no_id_no",
        Words("学生不能读取证件号码,本人的也只显示掩码", "Students read no ID number; their own only masked"),
        (
            Limit(_set("Student"), LOOKS, _set("id_no"), of=_set("student")),
            Limit(_set("Certificate"), LOOKS, _set("collector_id_last4"), of=_set("student")),
        ),
    ),
    Assurance(
        "nobody_reads_id_no",
        Words("任何人不能读取完整证件号", "Nobody reads a full ID-document number"),
        (Limit(_set("Student"), LOOKS - {"match"}, _set("id_no")),),
    ),
    Assurance(
        "desks_match_id_no",
        Words("完整证件号只供办理人员精确查询", "Only desks match a full ID-document number"),
        (
            Limit(
                _set("Student"),
                _set("match"),
                _set("id_no"),
                within=_anywhere("counsellor party_office cert_officer operator dorm_centre registrar office"),
            ),
        ),
    ),
    Assurance(
        "data_keepers_write_id_no",
        Words("证件号只由本学院数据维护员填写,且不能读回", "Only the own college's data keeper writes an ID number"),
        (Limit(_set("Student"), _set("create update"), _set("id_no"), within={"data_keeper": OWN_COLLEGE}),),
    ),
    Assurance(
        "officers_issue",
        Words("只有学院发证人员可以发证,且只限本学院", "Only certificate officers issue, in their own college"),
        (Limit(_set("Certificate"), _set("issue bulk_issue"), within={"cert_officer": OWN_COLLEGE}),),
    ),
    Assurance(
        "counters_read_nobody",
        Words("校领导和数据分析员不能查看个人信息", "Leaders and analysts read no personal rows"),
        (Limit(OF_PEOPLE, LOOKS - {"aggregate"}, of=_set("leader analyst")),),
    ),
    Assurance(
        "policy_admins_tune",
        Words("只有权限管理员可以调整权限", "Only policy administrators tune the policy"),
        (Limit(_set("PolicyVersion"), _set("tune"), within=_anywhere("policy_admin")),),
    ),
    Assurance(
        "account_admins_keep_accounts",
        Words("只有账号管理员可以管理账号、身份和令牌", "Only account administrators keep accounts, roles and tokens"),
        (
            Limit(_set("User"), _set("create update set_password"), within=_anywhere("account_admin")),
            Limit(_set("RoleAssignment"), _set("create update delete"), within=_anywhere("account_admin")),
            Limit(_set("ApiToken"), _set("create revoke"), within=_anywhere("account_admin")),
        ),
    ),
    Assurance(
        "administrators_see_no_students",
        Words("账号管理员和权限管理员不能查看学生信息", "Account and policy administrators see nothing of students"),
        (Limit(OF_STUDENTS, LOOKS, of=_set("account_admin policy_admin")),),
    ),
    Assurance(
        "final_in_own_college",
        Words("院系离校只由本学院办理", "The college sign-off is given by the own college alone"),
        (
            Limit(_set("Clearance"), _CHANGES_OF_CLEARANCES - {"sync"}, within=_wherever_final_is_in_place()),
            Limit(_set("Clearance"), _set("sync"), within=_wherever_final_is_in_place("own_token_items")),
        ),
    ),
    Assurance(
        "final_without_party_office",
        Words("学院党务不能办理院系离校", "The college party office never gives the college sign-off"),
        (
            Limit(
                _set("Clearance"),
                _CHANGES_OF_CLEARANCES,
                of=_set("party_office"),
                within={"party_office": _set("own_college_party_items")},
            ),
        ),
    ),
    Assurance(
        "buildings_for_dormitory_centre",
        Words("按公寓楼统计只归学生公寓管理中心", "Figures per building are the dormitory centre's alone"),
        (
            Limit(_set("Student Sheet"), COUNTS, _set("building"), within=_anywhere("dorm_centre")),
            Limit(
                _set("Student Sheet"),
                _set("read"),
                _set("building"),
                within={**_anywhere("dorm_centre"), "student": _set("own_self")},
            ),
            Limit(_set("Building"), _set("aggregate"), within=_anywhere("dorm_centre")),
        ),
    ),
    Assurance(
        "operators_select_no_whole_filter",
        Words("普通办理人员不能办理全部查询结果", "Ordinary operators never handle all results at once"),
        (Limit(_set("Clearance"), _set("bulk_filter"), of=_set("operator dorm_centre")),),
    ),
    Assurance(
        "apps_name_every_field",
        Words("业务系统的权限须逐个写明字段", "A campus app's rights name every field"),
        named=_set("campus_app"),
    ),
    Assurance(
        "nobody_grants_himself",
        Words("任何人不能给自己授予身份(程序规则)", "Nobody grants a role to himself (a rule of the program)"),
        by_code=True,
    ),
)


def broken(snapshot: Snapshot) -> tuple[Broken, ...]:
    """Every right of an assignable role that breaks a promise; none for a table that may be published."""
    return tuple(each for assurance in ASSURANCES for each in _breaches(snapshot, assurance))


def _breaches(snapshot: Snapshot, assurance: Assurance) -> Iterator[Broken]:
    found = [each for limit in assurance.limits for each in _beyond(snapshot, limit)]
    for role, target, action, name in dict.fromkeys([*found, *_wild(snapshot, assurance.named)]):
        yield Broken(assurance, role, target, action, name)


Right = tuple[str, str, str, str]  # role, object, action, field


def _beyond(snapshot: Snapshot, limit: Limit) -> Iterator[Right]:
    for role in (role.name for role in ROLES.values() if role.assignable and (not limit.of or role.name in limit.of)):
        for target in _in_order(OBJECTS, limit.objects):
            for action in _in_order(OBJECTS[target].actions, limit.actions):
                for name, grant in snapshot.decision(role, target, action).grants.items():
                    if (not limit.fields or name in limit.fields) and limit.exceeded(role, grant):
                        yield role, target, action, name


def _wild(snapshot: Snapshot, roles: frozenset[str]) -> Iterator[Right]:
    """The rows that grant one of these roles every field of something, its own rows and those it inherits."""
    above = ancestry(snapshot.table.parents)
    for role in sorted(roles):
        for rule in snapshot.rules:
            wild = rule.field == WHOLE and rule.effect == "allow" and ACTIONS[rule.action].per_field
            if wild and rule.role in above[role]:
                yield role, rule.object, rule.action, WHOLE


def _in_order(names: Iterable[str], chosen: frozenset[str]) -> Iterator[str]:
    return (name for name in names if name in chosen)
