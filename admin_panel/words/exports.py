"""The texts of files: what a list gives."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
    "export": Text("导出查询结果", "Export results"),
    "export_csv_hint": Text(
        "全部 {n} 条,按当前的列和顺序,CSV 文件", "All {n} rows in these columns and this order, as CSV"
    ),
    "export_without": Text(
        "您当前身份不能导出:{what};文件中没有这些列。", "Your acting role may not export {what}; the file is without."
    ),
    "progress_in_file": Text("{done}(共 {all})", "{done} of {all}"),
    "files_busy": Text(
        "现在同时导出的人较多,请稍后再试。", "Others are exporting at the moment. Please try again shortly."
    ),
    "export_broken": Text("导出未完成,以上只是一部分:{why}", "Not complete; this is only a part of the rows: {why}"),
}
