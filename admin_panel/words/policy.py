"""The texts of the pages about policies."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
    # --- matrix
    "policy": Text("权限矩阵", "Policy matrix"),
    "policy_lead": Text("现行第 {n} 版。", "Version {n} is in force."),
    "policy_lead_draft": Text("草稿,基于第 {n} 版。", "Your draft of version {n}."),
    "policy_lead_tune": Text(
        "点按任一格即可修改;修改先存入草稿,预览后再发布。",
        "Choose a cell to change it; changes wait in a draft until you publish.",
    ),
    "policy_object": Text("对象", "Object"),
    "policy_role": Text("身份", "Role"),
    "policy_all_roles": Text("全部身份", "All roles"),
    "policy_action": Text("操作", "Action"),
    "policy_all_actions": Text("全部操作", "All actions"),
    "policy_show": Text("显示", "Show"),
    "policy_field": Text("字段", "Field"),
    "policy_whole": Text("整行或全部一般字段", "The row, or every ordinary field"),
    "policy_own": Text("直接授予", "Granted to the role"),
    "policy_inherited": Text("继承", "Inherited"),
    "policy_none": Text("未授予", "Not granted"),
    "policy_changed": Text("草稿已改", "Changed in the draft"),
    "policy_sensitive": Text("敏感字段", "Sensitive"),
    "policy_api": Text("接口", "API"),
    "policy_choose_role": Text("请先选择一个身份", "Choose a role first"),
    # --- draft
    "policy_draft": Text("草稿", "Draft"),
    "policy_draft_of": Text(
        "基于第 {n} 版,改动 {count} 行,尚未生效", "of version {n}, rows changed: {count}, not in force"
    ),
    "policy_stale": Text(
        "草稿开始之后已有新版本发布。请先并入新版本,再预览和发布。",
        "Another version was published since. Take it into your draft first, then look again and publish.",
    ),
    "policy_see_changes": Text("预览变更", "See what changes"),
    "policy_rebase": Text("并入新版本", "Take in the new version"),
    "policy_rebased": Text(
        "草稿已并入第 {n} 版,请重新预览。", "Your draft is now of version {n}; look again what it changes."
    ),
    "policy_discard": Text("放弃草稿", "Discard the draft"),
    "policy_discard_sure": Text("放弃后不能恢复。", "It cannot be brought back."),
    "policy_discarded": Text("草稿已放弃。", "The draft is discarded."),
    "policy_saved": Text("已存入草稿,发布后才生效。", "Kept in the draft; in force once you publish it."),
    # --- cell
    "policy_holds": Text("目前的权限", "What holds"),
    "policy_because_role": Text("继承自“{role}”", "inherited from “{role}”"),
    "policy_until": Text("至 {day}", "until {day}"),
    "policy_denied": Text("禁止", "Denied"),
    "policy_who": Text("谁有此权限", "Who can"),
    "policy_holders": Text("{n} 人", "people: {n}"),
    "policy_nobody": Text("目前没有身份有此权限。", "No role has this right."),
    "policy_edit": Text("授予本身份", "Grant to this role"),
    "policy_edit_hint": Text(
        "可授予多个范围;全部留空则不授予。继承的权限在来源身份处修改。",
        "Several scopes add up; leave all empty to grant nothing. What is inherited is changed at its role.",
    ),
    "policy_scope": Text("范围", "Which rows"),
    "policy_only_unit": Text("仅限一个单位", "One unit only"),
    "policy_every_unit": Text("不限", "Every unit of theirs"),
    "policy_last_day": Text("最后一天", "Last day"),
    "policy_not_given": Text("不授予", "Nothing"),
    "policy_deny": Text("禁止某些行(少用)", "Deny some rows (rarely needed)"),
    "policy_deny_hint": Text(
        "禁止优先于一切授予,也包括继承的。", "A denial wins over whatever is granted, inherited rights too."
    ),
    "policy_note": Text("备注", "Note"),
    "policy_save": Text("存入草稿", "Keep in the draft"),
    "policy_take_away": Text("全部取消", "Grant nothing"),
    "policy_scope_missing": Text(
        "填写了单位或日期的一行没有选择范围,请选择。", "A line with a unit or a day has no scope; choose which rows."
    ),
    "policy_unit_kind": Text(
        "该范围只能限定到{kind},请重新选择单位。", "This scope is narrowed to one unit of this kind: {kind}."
    ),
    "policy_unit_none": Text(
        "该范围不能限定到一个单位,请把单位改为“不限”。", "This scope cannot be narrowed to one unit; choose every unit."
    ),
    "policy_college": Text("学院", "Colleges"),
    "policy_department": Text("部门", "Departments"),
    "policy_building": Text("楼栋", "Buildings"),
    # --- what changes
    "policy_diff": Text("权限变更预览", "What changes"),
    "policy_diff_draft": Text("草稿与现行第 {n} 版相比", "Your draft, compared with version {n}, which is in force"),
    "policy_diff_versions": Text("第 {last} 版与第 {first} 版相比", "Version {last}, compared with version {first}"),
    "policy_no_draft": Text(
        "没有草稿。请先在权限矩阵中修改。", "There is no draft. Change a cell of the matrix first."
    ),
    "policy_no_change": Text("没有任何身份的权限变化。", "No role's rights change."),
    "policy_added_in_vain": Text(
        "如果本应有变化,请核对:最后一天是否已过,同样的权限是否已有。",
        "If something should: look whether its last day is over, or the same right is there already.",
    ),
    "policy_gained": Text("新增权限", "Newly permitted"),
    "policy_wider": Text("范围扩大", "Wider"),
    "policy_other": Text("范围改变", "Other rows"),
    "policy_narrower": Text("范围缩小", "Narrower"),
    "policy_lost": Text("失去权限", "No longer permitted"),
    "policy_holders_of": Text("在岗人数", "People"),
    "policy_rows_of": Text("可及的{what}行数", "Rows of {what} they reach"),
    "policy_rows": Text(
        "权限表的行:增加 {added},删除 {removed}", "Rows of the table: {added} added, {removed} removed"
    ),
    "policy_added": Text("增加", "Added"),
    "policy_removed": Text("删除", "Removed"),
    "policy_more": Text("另有 {n} 项未列出。", "{n} more are not listed."),
    "policy_publishable": Text("检查通过,可以发布。", "Checked: this can be published."),
    "policy_not_publishable": Text("还不能发布", "This cannot be published yet"),
    "policy_comment": Text("说明", "Why"),
    "policy_comment_hint": Text("记入版本历史,供以后查阅。", "Kept with the version, for whoever looks it up later."),
    "policy_publish": Text("发布", "Publish"),
    "policy_go_on": Text("继续修改", "Go on editing"),
    # --- versions
    "policy_changed_then": Text("本版的变更", "What this version changed"),
    "policy_versions": Text("历史版本", "Versions"),
    "policy_compare": Text("与现行版本比较", "Compare with the one in force"),
    "policy_download": Text("下载 CSV", "Download CSV"),
    "policy_in_force": Text("现行版本", "In force"),
    "policy_roll_back": Text("恢复此版本", "Roll back to this version"),
    "policy_roll_back_lead": Text(
        "将把第 {to} 版的权限表作为新版本发布;现行为第 {n} 版。",
        "The table of version {to} will be published as a new version; version {n} is in force.",
    ),
    "policy_roll_back_note": Text("恢复第 {n} 版", "Back to version {n}"),
    # --- import
    "policy_import": Text("导入权限表", "Import a table"),
    "policy_import_lead": Text(
        "文件须含整张权限表,没有的行即被取消。存入草稿,预览后再发布。",
        "It must hold the whole table: rows that are not in it are taken away. "
        "It goes into your draft; look at what it changes, then publish.",
    ),
    "policy_csv": Text("整张权限表(CSV)", "A whole table (CSV)"),
    "policy_csv_replaces": Text("将替换您现在的草稿。", "It takes the place of your present draft."),
    "policy_not_utf8": Text(
        "文件不是 UTF-8 编码,没有导入。请在表格软件中另存为“CSV UTF-8”,再导入。",
        'The file is not UTF-8; nothing of it was taken. Save it as "CSV UTF-8" in the spreadsheet, then import it.',
    ),
    "policy_file": Text("选择文件", "A file"),
    "policy_paste": Text("或粘贴内容", "Or paste it"),
    "policy_reset": Text("恢复出厂权限", "Back to what was shipped"),
    "policy_reset_lead": Text("把一个身份的权限恢复为出厂设置。", "Gives one role the rows that were shipped."),
    "policy_row": Text("行", "Row"),
    "policy_column": Text("栏", "Cell"),
    "policy_value": Text("填写", "Says"),
    # --- simulate
    "policy_simulate": Text("权限模拟", "Simulate"),
    "policy_simulate_lead": Text(
        "只显示范围、行数和字段,不显示任何学生;每次模拟都会记录。",
        "Tells which rows, how many and which fields, and shows none of them; every simulation is recorded.",
    ),
    "policy_whom": Text("模拟对象", "Whom"),
    "policy_as_user": Text("某个账号", "An account"),
    "policy_as_role": Text("某个身份", "A role"),
    "policy_username": Text("用户名", "Username"),
    "policy_if_several": Text("多个身份时选择", "if they hold several"),
    "policy_unit": Text("单位", "Unit"),
    "policy_by_draft": Text("按草稿模拟", "By my draft"),
    "policy_simulate_do": Text("模拟", "Simulate"),
    "policy_permitted": Text("可以", "Permitted"),
    "policy_not_permitted": Text("不可以", "Not permitted"),
    "policy_columns": Text("可及的字段", "Fields"),
    "policy_only_on": Text("仅{rows}", "only on: {rows}"),
    "policy_not_shown": Text("不可见的字段", "Fields on no row"),
    # --- rights of an account
    "policy_rights": Text("现有权限", "Rights"),
    "policy_rights_lead": Text(
        "按现行第 {n} 版,逐身份列出,附依据。", "By version {n}, role by role, with the rows that say so."
    ),
    "policy_accounts": Text("账号", "Accounts"),
    "policy_inactive": Text("该账号已停用,没有任何权限。", "This account is disabled and may do nothing."),
    "policy_now": Text("有效", "Now"),
    "policy_not_now": Text("现在无效", "Not now"),
    "policy_no_unit": Text("不限单位", "No unit"),
    "policy_no_rights": Text("现在没有有效的权限。", "No right at present."),
    "policy_no_roles": Text("该账号没有任何身份。", "This account holds no role."),
}
