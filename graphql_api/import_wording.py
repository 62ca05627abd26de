"""What the API says of lists that come as files, in both languages: the file that is not read, and what is odd in a
cell."""

from __future__ import annotations

from graphql_api.wording import Sentence, say

#: Why a file is not read at all.
FILE_PROBLEMS: tuple[Sentence, ...] = (
    say(
        "请在 rows(逐行数据)与 file(已上传的文件)中只选一种方式提交名单。",
        "Give the list in exactly one way: `rows`, or `file`, an uploaded workbook.",
        problem="ROWS_OR_FILE",
    ),
    say(
        "该操作的名单不是以文件导入的,没有可下载的行。请在 操作记录 中查看其明细。",
        "This operation's list did not come as a file, so that there are no rows of one. See its rows under "
        "Operations.",
        problem="NO_LIST_FILE",
    ),
    say(
        "该操作没有未导入的行。",
        "This operation refused no row.",
        problem="NOTHING_REFUSED",
    ),
    say(
        "文件是空的。请检查后重新上传。",
        "The file is empty. Check it and upload it again.",
        problem="EMPTY_FILE",
    ),
    say(
        "文件超过 {limit} MB,没有读取。请拆分后分几次导入。",
        "The file is larger than {limit} MB and was not read. Split it and import the parts.",
        problem="TOO_LARGE",
    ),
    say(
        '这是网页,不是 Excel 文件(有些系统导出的 .xls 其实是网页)。请用 Excel 打开,另存为"Excel '
        '工作簿(.xlsx)"后重新上传。',
        "This is a web page and no Excel file (some systems export pages under the name .xls). Open it in Excel, save "
        "it "
        "as an Excel workbook (.xlsx) and upload that.",
        problem="WEB_PAGE",
    ),
    say(
        '这是 2003 版的 XML 表格。请用 Excel 打开,另存为"Excel 工作簿(.xlsx)"后重新上传。',
        "This is an XML spreadsheet of 2003. Open it in Excel, save it as an Excel workbook (.xlsx) and upload that.",
        problem="OLD_XML",
    ),
    say(
        '这是文本文件(如 CSV),不是 Excel 文件。请先在 Excel 中以"数据→自文本"导入并把学号列设为文本,另存为 .xlsx '
        "后重新上传;"
        "直接打开 CSV 会丢失学号的前导 0。",
        "This is a text file (such as CSV) and no workbook. Load it in Excel by Data > From text with the numbers as "
        "text, "
        "save it as .xlsx and upload that; opening a CSV directly would lose the leading zeros of the numbers.",
        problem="PLAIN_TEXT",
    ),
    say(
        '这是 .xlsb 格式。请用 Excel 打开,另存为"Excel 工作簿(.xlsx)"后重新上传。',
        "This is an .xlsb file. Open it in Excel, save it as an Excel workbook (.xlsx) and upload that.",
        problem="BINARY_WORKBOOK",
    ),
    say(
        "这不是 Excel 文件。请上传 .xlsx 或 .xls 文件。",
        "This is no Excel file. Upload an .xlsx or .xls file.",
        problem="NO_WORKBOOK",
    ),
    say(
        "文件有密码保护。请在 Excel 中取消密码后重新上传。",
        "The file is protected by a password. Remove the password in Excel and upload it again.",
        problem="ENCRYPTED",
    ),
    say(
        "文件已损坏或不完整。请用 Excel 打开并另存一份,再重新上传。",
        "The file is damaged or not complete. Open it in Excel, save a copy and upload that.",
        problem="DAMAGED",
    ),
    say(
        "文件内含 DTD,可能有害,没有读取。请用 Excel 打开并另存一份,再重新上传。",
        "The file holds a DTD, which may do harm, and was not read. Open it in Excel, save a copy and upload that.",
        problem="DTD",
    ),
    say(
        "单元格 {cell} 太远:表格最多 {rows} 行、{columns} 列。请删除多余的行和列后重新上传。",
        "Cell {cell} is too far out: a table has at most {rows} rows and {columns} columns. Delete what is beyond and "
        "upload the file again.",
        problem="FAR_CELL",
    ),
    say(
        "表格超过 {limit} 列。请删除多余的列后重新上传。",
        "The table has more than {limit} columns. Delete those that are not needed and upload it again.",
        problem="TOO_MANY_COLUMNS",
    ),
    say(
        "文件内的部件超过 {limit} 个,没有读取。请去掉图片等内容,只留名单,再重新上传。",
        "The file consists of more than {limit} parts and was not read. Remove pictures and the like and upload the "
        "bare "
        "list.",
        problem="TOO_MANY_PARTS",
    ),
    say(
        "文件解压后超过 {limit} MB,没有读取。请只留名单,另存后重新上传。",
        "Unpacked, the file is larger than {limit} MB; it was not read. Keep the bare list in a new file and upload "
        "that.",
        problem="TOO_LARGE_UNPACKED",
    ),
    say(
        "文件太大或太复杂,没有读完。请只留名单,另存为 .xlsx 后重新上传。",
        "The file is too large or too intricate to be read. Keep the bare list in a new .xlsx file and upload that.",
        problem="TOO_HARD",
    ),
    say(
        "文件没有可见的工作表。请取消隐藏后重新上传。",
        "The file has no sheet that is shown. Unhide one and upload it again.",
        problem="NO_SHEET",
    ),
    say(
        '工作表"{sheet}"没有名单行。请把名单放在第一张工作表,标题行之下,再重新上传。',
        'Sheet "{sheet}" holds no rows of a list. Put the list on the first sheet, below the headings, and upload it '
        "again.",
        problem="NO_ROWS",
    ),
    say(
        "从第 {row} 行起整张表被合并成一个单元格。请取消合并后重新上传。",
        "From row {row} the whole sheet is merged into one cell. Unmerge it and upload it again.",
        problem="MERGED",
    ),
    say(
        "表格超过 {limit} 行。请拆分后分几次导入。",
        "The table has more than {limit} rows. Split it and import the parts.",
        problem="TOO_MANY_ROWS",
        count="None",
    ),
    say(
        '单元格 {cell} 的"{heading}"与 {other} 是同一列,不知道以哪一列为准。请只留一列后重新上传。',
        'Cell {cell}, "{heading}", means the same column as {other}. Keep one of the two and upload the file again.',
        problem="DOUBLED_COLUMN",
    ),
    say(
        '工作表"{sheet}"缺少这些列:{column}。请补上标题和内容(可先下载模板),再重新上传。',
        'Sheet "{sheet}" lacks a column: {column} (the template has it). Add it with its heading and upload that.',
        problem="MISSING_COLUMN",
    ),
)

#: What is wrong with one heading, as `importColumns` tells it.
HEADING_PROBLEMS: tuple[Sentence, ...] = (
    say(
        "与 {other} 是同一列,请只留一列。",
        "The same column as {other}; keep one of the two.",
        problem="DOUBLED_COLUMN",
    ),
    say("不认识这一列,不会导入。", "Not known; this column is not imported.", problem="UNKNOWN_COLUMN"),
)

#: What is wrong with one cell.
CELL_PROBLEMS: tuple[Sentence, ...] = (
    say(
        '{field}是公式,结果会随表格变动。请复制后"选择性粘贴→数值",再重新导入。',
        "{field} is a formula, whose result changes with the sheet. Copy it, paste it as values, and import the row "
        "again.",
        problem="FORMULA_CELL",
    ),
    say(
        "{field}是错误值(如 #N/A)。请改正公式或填写内容后重新导入。",
        "{field} is an error (such as #N/A). Correct it and import the row again.",
        problem="ERROR_CELL",
    ),
    say(
        "{field}在合并单元格里,本行没有自己的值。请取消合并,逐行填写后重新导入。",
        "{field} lies under a merged cell, so that this row has none of its own. Unmerge it, fill each row and import "
        "it "
        "again.",
        problem="MERGED_CELL",
    ),
    say(
        "{field}被 Excel 当成了日期({value})。请把单元格设为文本后重新填写。",
        "{field} was turned into a date by Excel ({value}). Make the cell text and type it again.",
        problem="DATE_CELL",
    ),
    say(
        "{field}还是退回时的标记 {value}。请改填正确的内容后重新导入。",
        "{field} still holds the mark {value} of the refused row. Replace it by what belongs there and import it "
        "again.",
        problem="MARKED_CELL",
    ),
    say(
        '{field}"{value}"不是本次所选的,本行属于另一份名单,未导入。请改选后导入该行,或改正。',
        '{field} "{value}" is not the one chosen; the row belongs to another list and was not imported. Choose that '
        "one "
        "for it, or correct the cell.",
        problem="NOT_THE_CHOSEN",
    ),
)

REFUSED: dict[str, tuple[Sentence, ...]] = {
    "BAD_INPUT": (*FILE_PROBLEMS, *CELL_PROBLEMS),
    "NO_NUMBER": (
        say(
            '已制证的证书须有编号。请填写证书编号,或在"已制证"列填 否。',
            'A printed certificate has a number. Fill it in, or write "no" under "printed".',
            act="IMPORT_CERTIFICATES",
        ),
    ),
    "ROW_MISMATCH": (
        say(
            "第 {row} 行的学号与隐藏的行标识不符,可能只对部分列排过序,本行未导入。请重新导出后修改。",
            "Row {row}: the number and the hidden row key are not of one row; perhaps only some columns were sorted. "
            "The row was not imported. Export again and edit that.",
            argument="key",
        ),
    ),
    "DUPLICATE": (
        say(
            "证书编号 {number} 与第 {other_row} 行重复。请核对,只保留一行。",
            "Certificate no. {number} stands in row {other_row}, too. Check both and keep one.",
        ),
        say(
            "学号 {student_no} 与第 {other_row} 行重复,请只保留一行。",
            "Student no. {student_no} stands in row {other_row}, too; keep one row only.",
        ),
    ),
}
