"""`lixiao policy …` as an operator uses it: what is printed, what is refused in one line, what is on record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from models import RoleAssignment, User
from models import database as models_database
from policies import store
from policies.editing import to_csv
from policies.rules import checked, parse_csv, read_csv
from tests import factories
from tests.test_cli import asked, lixiao, refused

SHIPPED = to_csv(read_csv())
ROWS = len(read_csv().rules)
PHONE = "operator,Student,phone,read,own_department_students@TSG,allow,催书,2099-07-31\n"
TUNE = "policy_admin,PolicyVersion,*,tune,all,allow,,\n"
FIRST_FREE = SHIPPED.count("\n") + 1
NOW = datetime.now(UTC)
SEEN = "Running servers go by it within 0.5 s, every write at once."


@pytest.fixture
async def desk(database_url) -> str:
    """Version 1 in force; 李敏 handles the library's items, of which one of two students has one; 曹正阳 may tune."""
    await models_database.connect(database_url)
    await store.publish_default()
    uni = await factories.university()
    season = await factories.season(uni)
    await factories.sheet(season.batch, await factories.student("20220001"))
    await factories.student("20220002")
    await RoleAssignment.create(user=uni.clerk, role="operator", department=uni.library)
    tuner = await User.create(username="caozhengyang", name="曹正阳", password_hash="x")
    await RoleAssignment.create(user=tuner, role="policy_admin")
    await models_database.disconnect()
    return database_url


@pytest.fixture
def policy(tmp_path, desk):
    """Runs `lixiao policy …` in a folder of its own."""
    return partial(lixiao, tmp_path, "policy", url=desk)


@pytest.fixture
def file(tmp_path):
    """Writes the shipped table with more lines, without others, as the file `t.csv`."""

    def write(*more: str, without: str = "") -> str:
        assert without in SHIPPED
        (tmp_path / "t.csv").write_text(SHIPPED.replace(without, "") + "".join(more), encoding="utf-8")
        return "t.csv"

    return write


# --- check


def test_a_sound_table_is_told_so(policy, file):
    assert policy("check").stdout == f"version 1: {ROWS:,} rows; nothing speaks against it.\n"
    done = policy("check", file(PHONE))
    assert (done.returncode, done.stdout) == (0, f"t.csv: {ROWS + 1:,} rows; nothing speaks against it.\n")


def test_every_problem_is_told_with_row_cell_and_nearest(policy, file):
    wrong = [
        "oprator,Student,phone,read,all,allow,\n",
        "operator,Studnt,phone,read,all,allow,\n",
        "operator,Student,phne,raed,evrything,alow,\n",
        "operator,Student,phone,read,all,allow,,2027-02-30\n",
        "operator,Student,phone\n",
    ]
    done = policy("check", file(*wrong))
    assert refused(done) == "lixiao: t.csv: 7 problems; nothing of it was used"
    assert done.stdout.splitlines() == [
        f"row {FIRST_FREE}, role: no such role: 'oprator' (nearest: operator)",
        f"row {FIRST_FREE + 1}, object: no such object: 'Studnt' (nearest: Student)",
        f"row {FIRST_FREE + 2}, effect: no such effect: 'alow' (nearest: allow)",
        f"row {FIRST_FREE + 2}, scope: no such scope: 'evrything'",
        f"row {FIRST_FREE + 2}, action: no such action: 'raed' (nearest: read)",
        f"row {FIRST_FREE + 3}, until: no such day; it is written like 2026-07-31: '2027-02-30'",
        f"row {FIRST_FREE + 4}, row: has 3 cells instead of 7 or 8: 'operator,Student,phone'",
    ]


def test_broken_promises_units_and_a_lockout_are_told_and_not_published(policy, file, desk):
    lines = [PHONE.replace("TSG", "TGS"), "student,Student,id_no,read,own_self,allow,\n"]
    name = file(*lines, without=TUNE)
    student = f"student could read Student.id_no, by row {FIRST_FREE} student,Student,id_no,read,own_self,allow"
    told = [
        f"breaks the promise 'Students read no ID number; their own only masked': {student}",
        f"breaks the promise 'Nobody reads a full ID-document number': {student}",
        "nobody who can sign in could tune the policies any more (PolicyVersion, tune)",
        (
            f"row {FIRST_FREE - 1}, scope: no such department: 'own_department_students@TGS'"
            " (nearest: own_department_students@TSG)"
        ),
    ]
    done = policy("check", name)
    assert refused(done) == "lixiao: t.csv: 4 problems"
    assert done.stdout.splitlines() == told
    publishing = policy("publish", name, "--comment", "x")
    assert refused(publishing) == "lixiao: nothing was published: 4 reasons"
    assert (publishing.stdout, publishing.stderr.splitlines()[:-1]) == ("", told)
    assert policy("versions").stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "t.csv: 1 problem; nothing of it was used"),
        ("a,b\n说明".encode("gbk"), 't.csv, row 2: not UTF-8; save it as "CSV UTF-8"'),
        (b'"', "t.csv: 1 problem; nothing of it was used"),
    ],
)
def test_a_file_that_is_no_table(policy, tmp_path, content, line):
    (tmp_path / "t.csv").write_bytes(content)
    assert refused(policy("check", "t.csv")) == f"lixiao: {line}"


# --- diff, publish, rollback


async def test_the_library_sees_phones_until_july(policy, file, desk):
    """The whole way: look, publish, regret, go back."""
    name = file(PHONE)
    looked = policy("diff", name, "--rules")
    assert (looked.returncode, looked.stderr) == (0, "")
    change = [
        "",
        "Gained: Department operator, Dormitory centre operator – Read Student.phone (Phone)",
        "    operator            1 holder  rows 0 → 1  Nothing → Students of own department's items (only TSG)",
        "    dorm_centre        0 holders  rows 0 → 0  Nothing → Students of own department's items (only TSG)",
    ]
    assert looked.stdout.splitlines() == [
        "Version 1 to t.csv: 1 change in what may be done.",
        *change,
        "",
        "0 rows removed, 1 added",
        "+ operator,Student,phone,read,own_department_students@TSG,allow until 2099-07-31 (催书)",
    ]

    published = policy("publish", name, "--comment", "图书馆可看电话", "--expected", "1")
    back = "To go back: lixiao policy rollback 1 --comment …"
    assert (published.returncode, published.stdout) == (0, "2\n")
    assert published.stderr == f"Version 2 is in force. {SEEN} {back}\n"
    again = policy("publish", name, "--comment", "x")
    assert (again.returncode, again.stdout) == (0, "2\n")
    assert again.stderr == "Version 2 in force says the same; nothing was published.\n"
    assert policy("diff").stdout.splitlines() == ["Version 1 to version 2: 1 change in what may be done.", *change]

    assert policy("rollback", "1", "--comment", "撤回").stdout == "3\n"
    assert policy("diff", "--from", "1", "--to", "3").stdout == (
        "Version 1 to version 3: 0 changes in what may be done.\n"
    )
    listed = [line.split("\t") for line in policy("versions").stdout.splitlines()]
    assert [(number, who, comment) for number, _, who, comment in listed] == [
        ("*3", "command line", "撤回"),
        (" 2", "command line", "图书馆可看电话"),
        (" 1", "command line", "出厂权限表 · Shipped default"),
    ]
    acts = await asked(desk, "SELECT kind, role, actor_id FROM operation ORDER BY id")
    assert acts == [("PUBLISH_POLICY", "command_line", None)] * 2


def test_who_was_faster_is_told(policy, file):
    assert policy("publish", file(PHONE), "--comment", "x").stdout == "2\n"
    late = refused(policy("publish", file(), "--comment", "y", "--expected", "1"))
    assert late.startswith("lixiao: version 2 is in force, published by the command line at 2")
    assert late.endswith("nothing was published. See what it changed: lixiao policy diff --from 1")
    early = refused(policy("publish", file(), "--comment", "y", "--expected", "9"))
    assert early.endswith("nothing was published. There is no version 9 yet: mend --expected")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["publish", "t.csv", "--comment", " "], "--comment: empty; nothing was published"),
        (
            ["publish", "t.csv", "--comment", "长" * 256],
            "--comment: too long, of more than 255 characters; nothing was published",
        ),
        (["rollback", "7", "--comment", "x"], "there is no version 7; lixiao policy versions lists those there are"),
        (["diff", "--from", "7"], "there is no version 7; lixiao policy versions lists those there are"),
        (["export", "--version", "7"], "there is no version 7; lixiao policy versions lists those there are"),
        (["export", "no/such/folder.csv"], "no/such/folder.csv: No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(policy, file, arguments, line):
    file(PHONE)
    done = policy(*arguments)
    assert (done.stdout, done.stderr) == ("", f"lixiao: {line}\n")
    assert done.returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["publish", "t.csv"],
        ["publish", "missing.csv", "--comment", "x"],
        ["rollback", "0", "--comment", "x"],
        ["diff", "t.csv", "--to", "1"],
        ["who-can", "Student"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2(policy, file, arguments):
    file()
    done = policy(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: lixiao policy")


async def test_a_version_that_was_tampered_with_is_told_and_can_be_replaced(policy, desk):
    await models_database.connect(desk)
    await models_database.execute("UPDATE policy_version SET body = '[]' WHERE number = 1")
    await models_database.disconnect()
    broken = "policy version 1 cannot be used: table: its checksum does not match"
    for command in (["check"], ["diff"], ["export"], ["who-can", "Student", "read"]):
        assert refused(policy(*command)) == f"lixiao: {broken}"
    assert refused(policy("rollback", "1", "--comment", "x")) == (
        "lixiao: that version cannot be used: table: its checksum does not match"
    )


async def test_a_table_can_be_published_over_one_that_cannot_be_used(policy, file, desk):
    await models_database.connect(desk)
    await models_database.execute("UPDATE policy_version SET sha256 = 'x' WHERE number = 1")
    await models_database.disconnect()
    assert policy("publish", file(PHONE), "--comment", "x").stdout == "2\n"
    assert policy("check").stdout == f"version 2: {ROWS + 1:,} rows; nothing speaks against it.\n"


# --- export


def test_a_table_goes_out_and_comes_back(policy, tmp_path):
    assert policy("export").stdout == SHIPPED
    written = policy("export", "out.csv", "--version", "1")
    assert (written.stdout, written.stderr) == ("", f"Version 1 written to out.csv: {ROWS:,} rows.\n")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == SHIPPED
    assert parse_csv(SHIPPED) == checked(read_csv().rules)
    piped = policy("publish", "-", "--comment", "x", typed=SHIPPED + PHONE)
    assert piped.stdout == "2\n"


# --- who can


def test_who_can_tells_roles_scopes_holders_and_rows(policy, file):
    policy("publish", file(PHONE), "--comment", "x")
    said = policy("who-can", "student", "read", "phone").stdout.splitlines()
    first = said.index("operator (学校离校办理人员 Department operator): 1 holder")
    assert said[first : first + 6] == [
        "operator (学校离校办理人员 Department operator): 1 holder",
        "    phone: Students of own department's items (only TSG)",
        "        operator,Student,phone,read,own_department_students@TSG,allow until 2099-07-31 (催书)",
        "dorm_centre (学生公寓管理中心操作员 Dormitory centre operator): 0 holders",
        "    phone: Students of own department's items (only TSG)",
        "        operator,Student,phone,read,own_department_students@TSG,allow until 2099-07-31 (催书)",
    ]
    assert policy("who-can", "Student", "read", "idNo").stdout == "Nobody.\n"
    assert policy("who-can", "Certificate", "issue").stdout.startswith(
        "cert_officer (学院发证人员 Certificate officer)"
    )


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["Studnt", "read"], "Error: there is no object 'Studnt'; nearest: Student"),
        (["学生", "read"], "Error: there is no object '学生'; nearest: Student"),
        (["Student", "raed"], "Error: there is no action 'raed'; nearest: read"),
        (["Student", "read", "phon"], "Error: there is no field 'phon'; nearest: phone"),
    ],
)
def test_a_name_that_is_none_is_a_mistake_of_usage(policy, arguments, line):
    assert refused(policy("who-can", *arguments), 2).startswith(line)


# --- break-glass


async def test_break_glass_opens_is_recorded_and_is_ended(policy, desk):
    end = "To end it again: lixiao policy grant-admin limin --end\n"
    password = "It cannot sign in yet: lixiao user password limin\n"
    made = policy("grant-admin", "limin")
    assert made.stderr == f"limin (李敏) is a policy administrator now; this was recorded.\n{password}{end}"
    again = policy("grant-admin", " limin ")
    assert again.stderr == f"limin (李敏) is a policy administrator already.\n{password}{end}"
    assert policy("grant-admin", "limin", "--end").stderr == (
        "limin (李敏) is no policy administrator any more; this was recorded.\n"
    )
    assert policy("grant-admin", "limin", "--end").stderr == "limin (李敏) was no policy administrator.\n"
    held = "SELECT count(*) FROM role_assignment WHERE role = 'policy_admin' AND valid_until IS NOT NULL"
    assert await asked(desk, held) == [(1,)]
    events = await asked(desk, "SELECT object, role, actor_id FROM event ORDER BY id")
    assert events == [("RoleAssignment", "command_line", None)] * len(events)
    assert len(events) >= 2


async def test_break_glass_is_not_for_accounts_that_are_not_there_or_disabled(policy, desk):
    await models_database.connect(desk)
    await User.create(username="gone", name="离职", active=False)
    await models_database.disconnect()
    assert refused(policy("grant-admin", "limn")) == "lixiao: there is no account limn; nearest: limin"
    assert refused(policy("grant-admin", "李敏")) == "lixiao: there is no account 李敏; nearest: limin"
    assert refused(policy("grant-admin", "gone")) == (
        "lixiao: account gone is disabled; lixiao user enable gone opens it again"
    )
    assert await asked(desk, "SELECT count(*) FROM role_assignment WHERE role = 'policy_admin'") == [(1,)]


async def test_a_role_that_ends_some_day_is_left_as_it_is(policy, desk):
    await models_database.connect(desk)
    user = await User.get(username="limin")
    soon = NOW + timedelta(days=3)
    await RoleAssignment.create(user=user, role="policy_admin", valid_until=soon)
    await models_database.disconnect()
    assert "is a policy administrator already" in policy("grant-admin", "limin").stderr
    assert await asked(desk, "SELECT count(*) FROM role_assignment WHERE valid_until IS NOT NULL") == [(1,)]
