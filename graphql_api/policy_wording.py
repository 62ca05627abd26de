"""What the API says of policy tables: names that do not exist, cells that cannot be, versions that meet."""

from __future__ import annotations

from graphql_api.wording import Sentence, say
from models.declare import Words

#: BAD_INPUT: by `problem`.
POLICY_PROBLEMS: tuple[Sentence, ...] = (
    say(
        '参数 {argument}:没有"{value}"。相近的名称:{choices}。',
        'Argument {argument}: there is no "{value}". Nearest: {choices}.',
        problem="NO_SUCH_NAME",
    ),
    say(
        '参数 {argument}:没有"{value}",请核对名称。',
        'Argument {argument}: there is no "{value}"; please check the name.',
        problem="NO_SUCH_NAME",
    ),
    say(
        "权限表有 {count} 处填写有误,未采用。第一处:{first}",
        "The policy table was not taken; problems: {count}. The first: {first}",
        problem="POLICY_TABLE",
    ),
    say(
        '{column} 栏没有"{value}"。相近的名称:{choices}。',
        'in {column} there is no "{value}". Nearest: {choices}.',
        problem="POLICY_NO_SUCH",
    ),
    say(
        '{column} 栏没有"{value}",请核对名称。',
        'in {column} there is no "{value}"; please check the name.',
        problem="POLICY_NO_SUCH",
    ),
    say("{column} 栏不能为空,请填写名称。", "{column} is empty; a name is needed.", problem="POLICY_NO_SUCH"),
    say(
        '字段"{value}"不能授予该操作。相近的名称:{choices}。',
        'the field "{value}" cannot be granted for this action. Nearest: {choices}.',
        problem="POLICY_NOT_GRANTABLE",
    ),
    say(
        '字段"{value}"不能授予该操作,请换一个字段或操作。',
        'the field "{value}" cannot be granted for this action; choose another field or action.',
        problem="POLICY_NOT_GRANTABLE",
    ),
    say(
        '范围"{value}"不能限定到一个单位。可以限定的:{choices}。',
        'the scope "{value}" cannot be narrowed to one unit. These can: {choices}.',
        problem="POLICY_NOT_NARROWED",
    ),
    say(
        '范围"{value}"不能限定到一个单位,请去掉 @ 及其后的代码。',
        'the scope "{value}" cannot be narrowed to one unit; leave out @ and the code after it.',
        problem="POLICY_NOT_NARROWED",
    ),
    say(
        '范围"{value}"的 @ 之后须为一个单位代码。',
        'in the scope "{value}" the code of one unit is needed after @.',
        problem="POLICY_UNIT_CODE",
    ),
    say(
        '范围"{value}"中的单位不存在。相近的:{choices}。',
        'the unit in the scope "{value}" does not exist. Nearest: {choices}.',
        problem="POLICY_UNKNOWN_UNIT",
    ),
    say(
        '范围"{value}"中的单位不存在,请核对单位代码。',
        'the unit in the scope "{value}" does not exist; please check its code.',
        problem="POLICY_UNKNOWN_UNIT",
    ),
    say(
        '"{value}"不是日期,请按 2026-07-31 的格式填写。',
        '"{value}" is no day; write it like 2026-07-31.',
        problem="POLICY_NO_SUCH_DAY",
    ),
    say(
        "说明太长或含有不能使用的字符,请改为一行短文字。",
        "the note is too long or holds characters it cannot; make it one short line.",
        problem="POLICY_NOTE",
    ),
    say(
        "栏数不对,应为 7 或 8 栏:role,object,field,action,scope,effect,note,until。",
        "7 or 8 cells are needed: role,object,field,action,scope,effect,note,until.",
        problem="POLICY_CELLS",
    ),
    say(
        "与前面一行相同({value}),请删去一行。",
        "it says the same as a row before it ({value}); delete one of them.",
        problem="POLICY_SAME_ROW",
    ),
    say(
        "同一范围给了两次,请删去一个。",
        "The same scope is given twice; leave one out.",
        problem="POLICY_SAME_ROW",
    ),
    say(
        "不能按 CSV 读取,请检查引号。", "it cannot be read as CSV; check the quotation marks.", problem="POLICY_NOT_CSV"
    ),
    say(
        "权限表没有任何行。请至少保留一行。",
        "the policy table has no rows; it needs one at least.",
        problem="POLICY_EMPTY",
    ),
    say(
        "权限表不能识别,请重新导出后再修改。",
        "the policy table is not understood; export it again and change that.",
        problem="POLICY_UNUSABLE",
    ),
    say(
        '身份"{value}"的继承绕回自身,请修改继承。',
        'the role "{value}" inherits from itself; change whose rights it has.',
        problem="POLICY_CYCLE",
    ),
    say(
        "合计超过 {limit} 条,请减少行数,或用 | 连接的名称。",
        "that stands for more than {limit} rows; give fewer, or fewer names joined by |.",
        problem="POLICY_TOO_MANY_ROWS",
    ),
    say(
        "禁止行的最后有效日超过 {limit} 个不同日期。请合并日期。",
        "the last days of the rows that deny are more than {limit} different ones. Let some end together.",
        problem="POLICY_TOO_MANY_ENDS",
    ),
    say(
        "权限版本 {version} 已损坏或本程序不能识别,不能使用。请选择其他版本。",
        "Policy version {version} is damaged, or not understood by this program. Choose another one.",
        problem="UNUSABLE_VERSION",
    ),
    say(
        "您的草稿本程序不能识别。请放弃草稿,或保存另一张表。",
        "Your draft is not understood by this program. Give it up, or save another table over it.",
        problem="UNUSABLE_DRAFT",
    ),
    say(
        "不能发布({count} 处)。{first}",
        "This table cannot be published; reasons: {count}. {first}",
        problem="POLICY_NOT_PUBLISHABLE",
    ),
    say(
        '违反底线"{assurance}":{right}。请收回这项权限。',
        'It breaks the promise "{assurance}" – {right}. Take this right back.',
        problem="POLICY_ASSURANCE",
    ),
    say(
        "发布后将没有任何在岗账号能调整权限。请保留一个身份的调整权限。",
        "Nobody could tune policies any more. Leave the right to tune to a role that somebody holds.",
        problem="POLICY_LOCKOUT_NOBODY",
    ),
    say(
        "发布后您以当前身份将不能再调整权限。请保留本身份的调整权限,或由他人发布。",
        "You could not tune policies any more in your acting role. Leave it the right, or have somebody else publish.",
        problem="POLICY_LOCKOUT_PUBLISHER",
    ),
    say(
        "{choices} 只能给出一项,请去掉其余的。",
        "Give only one of {choices}; leave the others out.",
        problem="ONE_OF",
    ),
    say("请给出其中一项:{choices}。", "One of these is needed: {choices}.", problem="NONE_OF"),
    say(
        '身份"{role}"按单位授予,请在 units 中给出单位代码。',
        'The role "{role}" is held for a unit; give the codes of its units.',
        problem="WHICH_UNIT",
    ),
    say(
        '身份"{role}"不按单位授予,请去掉 units。',
        'The role "{role}" is held for no unit; leave the units out.',
        problem="NO_UNIT",
    ),
    say(
        "该账号有多个身份({choices}),请用 role 指明一个。",
        "This account holds several roles ({choices}); name one of them.",
        problem="WHICH_ROLE",
    ),
)

#: NOT_FOUND.
POLICY_ABSENT: tuple[Sentence, ...] = (
    say("您还没有权限草稿。请先修改一个单元格。", "You have no draft yet. Change a cell first.", problem="NO_DRAFT"),
    say(
        "没有权限版本 {version}。请在 权限版本 中查看。",
        "There is no policy version {version}. See Policy versions.",
    ),
    say(
        '参数 {argument}:未找到"{value}"。相近的:{choices}。',
        'Argument {argument}: "{value}" was not found. Nearest: {choices}.',
        problem="NO_SUCH_NAME",
    ),
    say(
        '参数 {argument}:未找到"{value}",请核对。',
        'Argument {argument}: "{value}" was not found; please check it.',
        problem="NO_SUCH_NAME",
    ),
)

#: CONFLICT.
POLICY_CONFLICTS: tuple[Sentence, ...] = (
    say(
        "您的草稿基于版本 {base},不是版本 {expected}。请先把草稿移到现行版本上(rebase)。",
        "Your draft was begun on version {base}, not on version {expected}. Rebase the draft first.",
        problem="STALE_DRAFT",
    ),
    say(
        "草稿已在别处保存(草稿版本 {version}),本次未保存。请刷新后重试。",
        "The draft was saved elsewhere meanwhile (its version is {version}); nothing was saved. Reload and try again.",
        problem="DRAFT",
    ),
    say(
        "权限版本 {number} 已由 {by} 于 {at} 发布,本次未发布。请查看差异后重试。",
        "Policy version {number} was published by {by} at {at}; nothing was published. See what differs and try again.",
    ),
    say(
        "现行权限版本为 {number},本次未发布。请查看差异后重试。",
        "Policy version {number} is in force; nothing was published. See what differs and try again.",
    ),
)

#: What a mutation says when it was done, and what a simulation or a change says.
PUBLISHED = Words("已发布权限版本 {number},立即生效。", "Policy version {number} is published and in force.")
UNCHANGED = Words(
    "与现行版本 {number} 相同,未发布新版本。", "The table is that of version {number}; no other was published."
)
SIMULATED = Words(
    '以"{role}"身份可{deed}:{count} 行({rows})。仅为模拟,已记录。',
    'Acting as "{role}": may {deed}, {count} rows ({rows}). A simulation only; it was recorded.',
)
SIMULATED_IN_GENERAL = Words(
    '以"{role}"身份可{deed}({rows}),行数因人而异。仅为模拟,已记录。',
    'Acting as "{role}": may {deed} ({rows}); how many rows depends on the person. A simulation only; recorded.',
)
SIMULATED_NOTHING = Words(
    '以"{role}"身份不能{deed}。仅为模拟,已记录。', 'Acting as "{role}": may not {deed}. A simulation only; recorded.'
)
CHANGES: dict[str, Words] = {
    "GAINED": Words("{roles}:新增 {deed}({after})", "{roles}: could newly {deed} ({after})"),
    "LOST": Words("{roles}:不能再{deed}(原 {before})", "{roles}: could no longer {deed} (before: {before})"),
    "WIDER": Words("{roles}:{deed} 的范围扩大(原 {before},现 {after})", "{roles}: {deed}, wider ({before} → {after})"),
    "NARROWER": Words(
        "{roles}:{deed} 的范围缩小(原 {before},现 {after})", "{roles}: {deed}, narrower ({before} → {after})"
    ),
    "OTHER": Words(
        "{roles}:{deed} 的范围改变(原 {before},现 {after})", "{roles}: {deed}, other rows ({before} → {after})"
    ),
}
DIFFERING = Words("各不相同", "which differ")
IN_ROW = Words("第 {row} 行:", "Row {row}: ")
