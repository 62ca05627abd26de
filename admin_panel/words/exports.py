"""The texts of files: what a list gives."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
    "export": Text("导出查询结果", "Export results"),
    "export_hint": Text("全部 {n} 条,按当前的列和顺序。", "All {n} rows, in these columns and this order."),
    "export_without": Text(
        "您当前身份不能导出:{what};文件中没有这些列。", "Your acting role may not export {what}; the file is without."
    ),
    "export_XLSX": Text("Excel 工作簿(.xlsx)", "Excel workbook (.xlsx)"),
    "export_CSV": Text("CSV", "CSV"),
    "export_JSON": Text("JSON(供程序使用)", "JSON (for programs)"),
    "export_STATUSES": Text("lixiao.xlsx 模板(改状态后再导入)", "lixiao.xlsx (change statuses, import it again)"),
    "export_making": Text("正在生成文件", "The file is being made"),
    "export_waiting": Text("排队等候生成文件", "The file waits for its turn"),
    "export_making_hint": Text(
        "可以离开本页,文件会继续生成;完成后在此下载。",
        "You may leave this page, it goes on. Fetch the file here when it is ready.",
    ),
    "export_cancel": Text("取消导出", "Cancel the export"),
    "export_cancelled": Text("导出已取消,没有生成文件。", "The export was cancelled; there is no file."),
    "export_ready": Text("文件已生成,共 {n} 行", "The file is ready: {n} rows"),
    "export_lost": Text(
        "网络中断,正在重新连接……文件仍在服务器上生成。", "Connection lost, trying again … the server goes on meanwhile."
    ),
    "download_file": Text("下载文件", "Download"),
    "files_busy": Text(
        "现在同时导出的人较多,请稍后再试。", "Others are exporting at the moment. Please try again shortly."
    ),
}
