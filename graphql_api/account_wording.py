"""What the API says of accounts, passwords, roles and tokens, in both languages: why not, and what was done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql_api.wording import Sentence, say
from models.declare import Words
from models.rules.role_assignments import UnitKind
from policies.roles import ROLES

REFUSED: dict[str, tuple[Sentence, ...]] = {
    "FORBIDDEN": (
        say(
            "不能给自己授予身份,也不能结束自己的身份。请由另一位账号管理员办理。",
            "Nobody grants himself a role or ends his own. Ask another account administrator.",
            problem="OWN_ROLE",
        ),
        say(
            "不能停用自己的账号。请由另一位账号管理员办理。",
            "Nobody disables his own account. Ask another account administrator.",
            problem="OWN_ACCOUNT",
        ),
        say(
            '不能重置自己的密码。请用"修改密码",并填写当前密码。',
            "Nobody resets his own password here. Change it under Change password, with the present one.",
            problem="OWN_PASSWORD",
        ),
        say(
            "此后将没有人能{duty},未执行。请先把相应身份授予另一个在用账号,再重试。",
            "Nobody would be left who can {duty}; nothing was done. Give the role to another active account first.",
            problem="LOCKOUT",
        ),
        say(
            '账号 {username} 现在没有"{role}"身份(现有:{nearest}),不能签发。请先授予该身份,或另选身份。',
            'Account {username} does not hold the role "{role}" now (it holds: {nearest}). Grant it first, or choose '
            "another.",
            problem="ROLE_NOT_HELD",
        ),
        say(
            "账号 {username} 现在没有任何身份,不能签发令牌。请先授予身份。",
            "Account {username} holds no role now and can have no token. Grant it a role first.",
            problem="NO_ROLE",
        ),
    ),
    "NOT_FOUND": (
        say(
            '未找到{takes} {unit},身份"{role}"须指明{takes}。您要找的可能是:{nearest}。',
            'Unit {unit} was not found; the role "{role}" is held for {takes}. Perhaps you meant: {nearest}.',
        ),
        say(
            '未找到{takes} {unit},身份"{role}"须指明{takes}。请核对代码。',
            'Unit {unit} was not found; the role "{role}" is held for {takes}. Check the code.',
        ),
        say(
            "未找到可用的账号 {username},请核对用户名。",
            "There is no active account {username}; check the username.",
        ),
    ),
    "DUPLICATE": (
        say(
            "学号 {student_no} 已有账号,未另建。请在账号列表中查找。",
            "Student no. {student_no} has an account already. Look for it among the accounts.",
            problem="HAS_ACCOUNT",
        ),
        say(
            "用户名 {username} 已被使用,请换一个。",
            "The username {username} is taken; choose another one.",
        ),
    ),
    "BAD_INPUT": (
        say(
            '没有身份"{value}"。您要找的可能是:{nearest}。',
            "There is no role {value}. Perhaps you meant: {nearest}.",
            problem="UNKNOWN_ROLE",
        ),
        say(
            "没有这个身份。您要找的可能是:{nearest}。",
            "There is no such role. Perhaps you meant: {nearest}.",
            problem="UNKNOWN_ROLE",
        ),
        say(
            '身份"{role}"须指明{takes},请填写其代码。',
            'The role "{role}" is held for {takes}; give its code.',
            problem="UNIT_NEEDED",
        ),
        say(
            '身份"{role}"不针对某个单位,请不要填写单位。',
            'The role "{role}" is held for no unit; leave the unit empty.',
            problem="NO_UNIT_TAKEN",
        ),
        say("请先填写身份,再填写单位和时间。", "Say which role, before its unit and dates.", problem="WHICH_ROLE"),
        say(
            "没有这些环节:{names}。您要找的可能是:{nearest}。",
            "There are no such items: {names}. Perhaps you meant: {nearest}.",
            problem="UNKNOWN_ITEMS",
        ),
        say(
            "没有这些环节:{names}。请核对环节代码。",
            "There are no such items: {names}. Check the codes.",
            problem="UNKNOWN_ITEMS",
        ),
        say(
            "没有这些字段:{names}。您要找的可能是:{nearest}。",
            "There are no such fields: {names}. Perhaps you meant: {nearest}.",
            problem="UNKNOWN_FIELDS",
        ),
        say(
            "没有这些字段:{names}。请按 Student.studentNo 的形式填写。",
            "There are no such fields: {names}. Write them like Student.studentNo.",
            problem="UNKNOWN_FIELDS",
        ),
        say(
            "时间 {moment} 已过,请填写以后的时间。",
            "{moment} has passed; give a time that is still to come.",
            problem="PAST",
        ),
        say(
            "失效时间须晚于生效时间,请改正后重试。",
            "A role ends after it begins. Correct the dates and try again.",
            problem="DATES_ORDER",
        ),
        say(
            "用户名不能为空,也不能含空格。请改正后重试。",
            "A username is not empty and holds no blanks. Please correct it.",
            problem="USERNAME_FORM",
        ),
        say(
            "邮箱格式有误,应如 limin@example.edu。请改正后重试。",
            "This is no e-mail address; write one like limin@example.edu.",
            problem="EMAIL_FORM",
        ),
        say(
            "电话只能含数字和 + - ( ) / 等符号。请改正后重试。",
            "A phone number holds digits and signs such as + - ( ) /. Please correct it.",
            problem="PHONE_FORM",
        ),
        say(
            '数据来源"{value}"不能含空格。请改正后重试。',
            "A source holds no blanks: {value}. Please correct it.",
            problem="SOURCE_FORM",
        ),
        say(
            "当前密码不正确,密码未修改。请核对后重试。",
            "The present password is not right; it was not changed. Check it and try again.",
            problem="WRONG_PASSWORD",
        ),
        say(
            "新密码与当前密码相同。请另设一个。",
            "The new password is the present one. Choose another.",
            problem="SAME_PASSWORD",
        ),
        say(
            "请填写密码,或选择自动生成,二者只能选一。",
            "Give a password, or have one generated: one of the two.",
            problem="PASSWORD_OR_GENERATE",
        ),
        say(
            "没有需要修改的内容。请至少填写一项。",
            "There is nothing to change. Fill in at least one field.",
            problem="NOTHING_GIVEN",
        ),
    ),
}

#: What was done, by what was done.
DONE: dict[str, tuple[Sentence, ...]] = {
    "USER_CREATED": (say("已建立账号 {username}。", "Account {username} was made."),),
    "USER_UPDATED": (say("已修改账号 {username}。", "Account {username} was changed."),),
    "USER_DISABLED": (
        say(
            "已停用账号 {username},其会话和令牌随即失效。",
            "Account {username} is disabled; its sessions and tokens have ended.",
        ),
    ),
    "USER_ENABLED": (
        say(
            "已启用账号 {username}。原有令牌不恢复,需要时请重新签发。",
            "Account {username} is active again. Its old tokens stay revoked; issue new ones where needed.",
        ),
    ),
    "PASSWORD_RESET": (
        say(
            "已重置账号 {username} 的密码,其会话已结束。",
            "Account {username} has a new password; its sessions have ended.",
        ),
    ),
    "PASSWORD_CHANGED": (
        say(
            "密码已修改,您在其他设备上的登录已退出。",
            "Your password is changed; you are signed out everywhere else.",
        ),
    ),
    "ROLE_GRANTED": (
        say(
            '{username} 已持有身份"{role}"({unit})。',
            '{username} now holds the role "{role}" ({unit}).',
        ),
        say('{username} 已持有身份"{role}"。', '{username} now holds the role "{role}".'),
    ),
    "ROLE_ENDED": (say('{username} 的身份"{role}"已结束。', '{username} no longer holds the role "{role}".'),),
    "TOKEN_CREATED": (
        say(
            "已签发令牌 {prefix}。令牌只显示这一次,请立即妥善保存。",
            "Token {prefix} was issued. It is shown this once; keep it in a safe place now.",
        ),
    ),
    "TOKEN_REVOKED": (say("已吊销令牌 {prefix}。", "Token {prefix} is revoked."),),
    "UNCHANGED": (say("没有变化。", "Nothing changed."),),
}

#: As the object of "您不能…".
DEEDS: dict[tuple[str, str], Words] = {
    ("User", "create"): Words("新建账号", "make accounts"),
    ("User", "update"): Words("修改、停用或启用账号", "change, disable or enable accounts"),
    ("User", "set_password"): Words("重置密码", "reset passwords"),
    ("RoleAssignment", "create"): Words("授予身份", "grant roles"),
    ("RoleAssignment", "update"): Words("修改身份的期限", "change the dates of roles"),
    ("RoleAssignment", "delete"): Words("结束身份", "end roles"),
    ("ApiToken", "create"): Words("签发接口令牌", "issue API tokens"),
    ("ApiToken", "revoke"): Words("吊销接口令牌", "revoke API tokens"),
}

#: Facts that hold a name of the policies or a kind of unit: a person reads their words.
CHOICES: Mapping[str, Mapping[Any, Words]] = {
    "role": {name: role.label for name, role in ROLES.items()},
    "takes": {kind.value: kind.words for kind in UnitKind},
    "duty": {
        "tune": Words("调整权限", "tune the policies"),
        "grant": Words("授予身份", "grant roles"),
    },
}
