"""The texts of importing files."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
    "imports": Text("数据导入", "Import"),
    "import": Text("导入", "Import"),
    "imports_lead": Text(
        "导出或下载模板 → 在表格中修改 → 导入。先预检,确认后才写入。",
        "Export or take a template → edit it → import it. It is checked first; nothing is written until you submit.",
    ),
    # --- the lists
    "import_clearances": Text("办理状态", "Statuses"),
    "import_clearances_lead": Text(
        "查询 → 导出 lixiao.xlsx → 修改办理状态(1 未办理,2 无需办理,3 已办理)或备注 → 导入。也可以只有学号(和姓名)"
        "一列名单:环节与状态在网页上选择。没有改动的行不受影响。",
        "Search → export lixiao.xlsx → change the status (1 not cleared, 2 not required, 3 cleared) or the note → "
        "import. A bare list of numbers (with names) will do: choose item and status here. Rows you left alone stay as "
        "they are.",
    ),
    "import_people": Text("离校人员", "Leavers"),
    "import_people_lead": Text(
        "下载模板 → 填写没有档案的离校人员 → 选择批次导入。已有档案的人员只生成离校单,档案不变。",
        "Take the template → fill in leavers without a record → choose the batch and import. Whoever has a record "
        "keeps it as it is, and is given a sheet.",
    ),
    "import_certificates": Text("应发证书", "Certificates"),
    "import_certificates_lead": Text(
        "谁应发哪种证书,以及印制后的证书编号。先导入应发名单,制证后再导入编号,用同一个模板。",
        "Who is entitled to which certificate, and the numbers once they are printed: the list first, the numbers "
        "later, in the same template.",
    ),
    "import_roster": Text("拟毕业生名单", "Roster"),
    "import_roster_lead": Text(
        "已有学籍的拟毕业生名单:学号、姓名(用于核对)和离校类别。为每名学生生成离校单。",
        "The students expected to leave: number, name (a check) and leaving type. Each is given a sheet.",
    ),
    "import_rows": Text("其他数据", "Other records"),
    "import_rows_lead": Text(
        "从该列表导出或下载模板 → 修改或添加行 → 导入。按主要编号查找已有的行。",
        "Export the list or take its template → change or add rows → import. Rows are found by their own code or "
        "number.",
    ),
    "import_template": Text("下载模板", "Download template"),
    "import_open": Text("导入文件", "Import a file"),
    # --- the steps
    "import_step_upload": Text("选择文件", "File"),
    "import_step_choose": Text("核对列", "Columns"),
    "import_step_check": Text("预检", "Check"),
    "import_step_done": Text("完成", "Done"),
    "import_steps": Text("步骤", "Steps"),
    "choose_file": Text("选择文件", "Choose a file"),
    "drop_file": Text("或将文件拖放到此处", "or drop it here"),
    "file_hint": Text(
        "Excel 文件(.xlsx 或 .xls),不超过 20 MB,读取第一个工作表。",
        "An Excel file (.xlsx or .xls) up to 20 MB; its first sheet is read.",
    ),
    "no_file_chosen": Text("请先选择一个文件。", "Please choose a file first."),
    "file_over": Text(
        "该文件超过 20 MB,没有上传。请只保留需要的行和列,或分成几个文件。",
        "This file is larger than 20 MB and was not sent. Keep the rows and columns that are needed, or split it.",
    ),
    "file_too_large": Text("文件过大", "The file is too large"),
    "file_too_large_hint": Text(
        "文件不能超过 20 MB,没有导入任何内容。请只保留需要的行和列,或分成几个文件。",
        "A file may have 20 MB at most; nothing was imported. Keep the rows and columns that are needed, or split it.",
    ),
    "upload_and_go_on": Text("上传并继续", "Upload and go on"),
    "another_file": Text("换一个文件", "Another file"),
    "file_read": Text("{name}:工作表“{sheet}”,{n} 行", "{name}: sheet “{sheet}”, {n} rows"),
    "sheets_left": Text("没有读取其他工作表:{which}", "Other sheets are not read: {which}"),
    # --- the columns
    "recognised_columns": Text("识别出的列", "Columns"),
    "column_cell": Text("单元格", "Cell"),
    "column_heading": Text("文件中的列名", "In the file"),
    "column_meaning": Text("系统中的含义", "Taken as"),
    "column_ignored": Text("不导入", "Not imported"),
    "column_compared": Text("只供核对,不会修改", "for reading only"),
    "columns_missing": Text(
        "缺少必填列:{which}。请补上这些列后重新上传,或使用模板。",
        "Missing: {which}. Add these columns and upload again, or use the template.",
    ),
    "for_all_rows": Text(
        "文件中没有“{which}”一列,请选择,对全部行有效:", "The file has no column {which}. Choose it for all rows:"
    ),
    "status_as_is": Text("不改状态,只导入备注", "Leave the status, import the notes"),
    "import_reason_hint": Text(
        "改为“无需办理”的行须有原因,对全部这样的行有效。",
        "Rows that become “not required” need one; it holds for all of them.",
    ),
    "refused_rows_policy": Text("有问题的行", "Rows with a problem"),
    "policy_valid": Text("跳过,只导入没有问题的行", "Leave them out, import the others"),
    "policy_all": Text("只要有一行有问题,就全部不导入", "One such row, and nothing is imported"),
    # --- the dry run
    "import_would_change": Text("将导入", "To be imported"),
    "import_changed": Text("已导入", "Imported"),
    "import_refused": Text("不能导入", "Refused"),
    "import_not_applied": Text("没有导入", "Not imported"),
    "import_new": Text("新增", "New"),
    "import_total": Text("共 {n} 行", "{n} rows"),
    "import_nothing_new": Text(
        "文件内容与系统一致,没有需要导入的内容。", "The file says what the system says already: nothing to import."
    ),
    "import_nothing_possible": Text(
        "没有可以导入的行。请按下表改正后重新导入。", "No row can be imported. Mend the rows below and import again."
    ),
    "import_stopped": Text(
        "您选择了“有一行有问题就全部不导入”。请改正下列行后重新导入,或改为跳过这些行。",
        "You chose that one bad row stops everything. Mend the rows below and import again, or leave them out.",
    ),
    "import_not_yet": Text("预检完成,尚未写入。", "Checked. Nothing has been written yet."),
    "import_no_rows": Text("没有这样的行。", "There are no such rows."),
    "import_ignored": Text(
        "文件中改动了只供核对的列,不会导入:{which}",
        "Changed in columns that are for reading only, not imported: {which}",
    ),
    "row_ignored": Text("不导入的改动:{which}", "Changed, not imported: {which}"),
    "file_row": Text("行", "Row"),
    "refused_as_file": Text("下载有问题的行", "Download the rows with a problem"),
    "refused_as_file_hint": Text(
        "Excel 文件,含原因一列;改正后可直接导入。", "An Excel file with the reasons; mend it and import it again."
    ),
    "type_count_import": Text("变更较多,请输入行数({n})以确认:", "Many rows: type in how many ({n}) to confirm:"),
    "count_wrong": Text(
        "输入的行数与预检不符,没有导入。", "This is not the number of the check; nothing was imported."
    ),
    "import_submit": Text("确认导入", "Import"),
    "change_choices": Text("修改选择", "Change the choices"),
    "import_again": Text("再导入一个文件", "Import another file"),
    "import_failed": Text("导入没有完成,没有写入任何内容。", "The import did not finish; nothing was written."),
    # --- a list for a bulk act
    "list_as_file": Text("或从文件读取名单", "Or a list in a file"),
    "list_as_file_hint": Text(
        "Excel 文件:一列学号,可另有一列姓名用于核对。选择文件后,上面粘贴的内容不起作用。",
        "An Excel file: a column of numbers, perhaps one of names as a check. With a file, what is pasted does not "
        "count.",
    ),
    "list_uncertain": Text(
        "名单中有 {n} 行不能确定是哪名学生,没有办理。请改正后重新选择文件:\n{rows}",
        "Of {n} rows of the list it is not certain who is meant; nothing was done. Mend them and choose the file "
        "again:\n{rows}",
    ),
    "note_in_file": Text(
        "用文件办理时,备注请写在文件的“办理备注”一列中;此处请留空。",
        "With a file, notes stand in its column “Note”; please leave this one empty.",
    ),
    "import_ended_early": Text(
        "导入中途结束,已导入 {n} 行,可以撤回,或再次导入同一文件(已导入的行不会重复)。",
        "The import ended before all was done: {n} rows were imported. Undo it, or import the same file again, which "
        "does nothing twice.",
    ),
    "import_undone": Text("本次导入已撤回。", "This import was taken back."),
}
