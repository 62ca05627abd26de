"""What the API says of plain editing, in both languages: why not, and what was done."""

from __future__ import annotations

from graphql_api.wording import Sentence, say

REFUSED: dict[str, tuple[Sentence, ...]] = {
    "NOT_FOUND": (
        say(
            '未找到"{label}" {value},请核对代码。',
            '"{label}": {value} was not found; check the code.',
        ),
    ),
    "FORBIDDEN": (
        say(
            '该记录不在您当前身份"{role}"可办理的范围内,未执行。请切换身份,或联系其所属单位。',
            'As "{role}" you may not change this record; nothing was done. Change your role, or ask the unit that it '
            "belongs to.",
            problem="NOT_YOURS",
        ),
        say(
            '这样填写后,该记录将不在您当前身份"{role}"可办理的范围内,未执行。请改正,或联系其所属单位。',
            'As "{role}" you may not put a record there; nothing was done. Correct it, or ask the unit concerned.',
            problem="LEAVES_SCOPE",
        ),
        say(
            "这样修改后,该记录将不在您当前身份可办理的范围内,未执行。请改正,或联系其所属单位。",
            "You may not put a record there in your present role; nothing was done. Correct it, or ask the unit "
            "concerned.",
            problem="LEAVES_SCOPE",
        ),
    ),
    "DUPLICATE": (
        say(
            '"{label}" {value} 已被使用,请换一个,或修改已有的记录。',
            '"{label}" {value} is taken. Choose another one, or change the record that there is.',
        ),
    ),
    "CONFLICT": (
        say(
            "仍有 {uses} 引用该{object},不能删除。请停用并指定职能承接部门。",
            "{uses} refer to it, so it cannot be deleted. Close it instead, and name its successor.",
            problem="IN_USE",
            kind="Department",
        ),
        say(
            "仍有 {uses} 引用该{object},不能删除。请先处理这些记录,或保留该{object}。",
            "{uses} refer to it, so it cannot be deleted. See to those first, or keep it.",
            problem="IN_USE",
        ),
    ),
    "BAD_INPUT": (
        say("没有需要修改的内容。请至少填写一项。", "There is nothing to change. Fill in a field.", problem="NOTHING"),
        say(
            '"{label}"不能批量修改,请逐条修改。',
            '"{label}" is not changed for many rows at once. Change it row by row.',
            problem="NOT_IN_BULK",
        ),
        say(
            "要填写的记录已不存在,该行未修改。请重新预检。",
            "What would be filled in is not there any more, so the row was left alone. Check first again.",
            problem="TARGET_GONE",
        ),
        say('请填写"{label}"后重试。', 'Fill in "{label}" and try again.', problem="MISSING"),
        say(
            '"{label}"有 {length} 个字,上限 {limit}。请缩短后重试。',
            '"{label}" has {length} characters; the limit is {limit}. Please shorten it.',
            problem="TOO_LONG",
        ),
        say('"{label}"太长。请缩短后重试。', '"{label}" is too long. Please shorten it.', problem="TOO_LONG"),
        say(
            '"{label}"只能含字母、数字和 _ - . 。请改正后重试。',
            '"{label}" holds letters, digits, _, - and . only. Please correct it.',
            problem="CODE_FORM",
        ),
        say(
            '"{label}"须为大写字母、数字和 _ ,并以字母开头。请改正后重试。',
            '"{label}" holds capital letters, digits and _, and begins with a letter. Please correct it.',
            problem="CODE",
        ),
        say(
            '"{label}"须在 {minimum} 到 {maximum} 之间。请改正后重试。',
            '"{label}" must lie between {minimum} and {maximum}. Please correct it.',
            problem="NUMBER_RANGE",
        ),
        say(
            '"{label}"写法有误:第 {place} 个字处的"{found}",您要写的可能是:{nearest}。',
            '"{label}" cannot be read at character {place}, "{found}". Perhaps you meant: {nearest}.',
        ),
        say(
            '"{label}"写法有误:第 {place} 个字处。请对照示例改正。',
            '"{label}" cannot be read at character {place}. Please compare it with the example.',
        ),
        say('"{label}"不是有效的学号。请核对后重试。', '"{label}" is no student number.', problem="NO_NUMBER"),
        say(
            '"{label}"不是有效的居民身份证号。请核对证件类型和号码。',
            '"{label}" is no number of a resident ID. Check the document\'s type and number.',
            problem="NO_RESIDENT_ID",
        ),
        say("截止办理须晚于开始办理。请改正后重试。", "A batch closes after it opens. Correct the dates.",
            problem="WINDOW_ORDER"),
        say(
            "流程项申请截止不得晚于开始办理。请改正后重试。",
            "Item requests end before the batch opens. Correct the dates.",
            problem="DEADLINE_ORDER",
        ),
        say(
            "职能承接部门须是另一个在用的部门。请另选一个。",
            "The successor is another department, and an active one. Choose another.",
            problem="SUCCESSOR_CLOSED",
        ),
        say(
            "该部门还主管 {count} 个环节,停用前请指定职能承接部门。",
            "This department still owns {count} item(s). Name its successor before you close it.",
            problem="SUCCESSOR_NEEDED",
        ),
        say(
            "批次 {batch} 已不在筹备中,此项不能再修改。请通过流程项申请办理。",
            "Batch {batch} is not being prepared any more, so this is fixed. Ask for it by an item request.",
            problem="FROZEN",
        ),
        say(
            "前置环节须是同一批次的在用环节,且不是提示或院系离校。请另选一个。",
            "What comes first is an item of the same batch, neither a text nor the college sign-off. Choose another.",
            problem="NOT_FIRST",
        ),
        say(
            "前置环节会互相等待:{circle}。请另选一个。",
            "These items would wait for each other: {circle}. Choose another.",
            problem="CIRCLE",
        ),
        say(
            "每个批次只能有一个院系离校环节(已有 {value})。请另选环节性质。",
            "A batch has one college sign-off, which is {value}. Choose another kind.",
            problem="TWO_FINALS",
        ),
        say(
            "环节性质不能这样修改。请停用该环节,另行新增。",
            "An item does not become this kind. Withdraw it, and add another.",
            problem="NEVER_CHANGES",
        ),
    ),
}  # fmt: skip

#: What was done, by what was done.
DONE: dict[str, tuple[Sentence, ...]] = {
    "ROW_CREATED": (say("已新增{object}。", "Made: {object}."),),
    "ROW_UPDATED": (say("已修改{object}。", "Changed: {object}."),),
    "ROW_DELETED": (say("已删除{object}。", "Deleted: {object}."),),
}
