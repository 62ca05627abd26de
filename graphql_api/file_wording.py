"""What the API says of files, in both languages: why one is not taken, not there, or not made."""

from __future__ import annotations

from graphql_api.wording import Sentence, say

REFUSED: dict[str, tuple[Sentence, ...]] = {
    "NOT_FOUND": (
        say(
            "未找到这个文件:文件保留 {hours} 小时,且只对上传或导出它的本人、以当时的身份可见。请重新上传或导出。",
            "There is no such file. A file is kept for {hours} hours, for whoever made it and in the role he made it "
            "in. Upload or export it again.",
            problem="NO_FILE",
        ),
    ),
    "FORBIDDEN": (
        say(
            '您当前身份为"{role}",不能导入名单,因此不能上传文件或下载模板。请切换身份,或联系权限管理员。',
            'You are acting as "{role}" and may import nothing; uploads and templates are for whoever does. Change '
            "your role, or ask the policy administrator.",
            problem="NO_UPLOADS",
        ),
    ),
    "CONFLICT": (
        say(
            "文件还在生成(已完成 {progress}%)。请稍后再取,或取消生成。",
            "The file is still being made ({progress} %). Ask again in a moment, or cancel it.",
            problem="FILE_MAKING",
        ),
        say(
            "生成文件期间服务器重启,文件没有生成。请重新导出;上传中断的请重新上传。",
            "The server was restarted while the file was being made, so there is none. Ask for it again.",
            problem="FILE_RESTARTED",
        ),
        say(
            "文件已取消生成。需要时请重新导出。",
            "The making of this file was cancelled. Ask for it again if you need it.",
            problem="FILE_CANCELLED",
        ),
    ),
    "BAD_INPUT": (
        say(
            "文件超过 {limit} MB,没有接收。请拆分后分几次上传。",
            "The file is larger than {limit} MB and was not taken. Split it and upload the parts.",
            problem="FILE_TOO_LARGE",
        ),
        say(
            "您的文件已满(最多 {count} 个,共 {limit} MB,一小时内的不会自动清除),没有保存。请稍后再试。",
            "Your files are full ({count} at most, {limit} MB together; those of the last hour are not cleared away), "
            "so this one was not kept. Try again later.",
            problem="FILES_FULL",
        ),
        say(
            "文件是空的,没有接收。请检查后重新上传。",
            "The file is empty and was not taken. Check it and upload it again.",
            problem="FILE_EMPTY",
        ),
        say(
            "缺少文件名:请在网址中写明,如 /files?name=lixiao.xlsx。",
            "The file needs a name in the address, such as /files?name=lixiao.xlsx.",
            problem="FILE_UNNAMED",
        ),
        say(
            "文件名不能使用:须为 UTF-8,1 至 {limit} 个字,不含 / \\ 和控制字符。请改名后重新上传。",
            "This file name cannot be used: 1 to {limit} characters in UTF-8, without / \\ and control characters. "
            "Rename the file and upload it again.",
            problem="FILE_NAME",
        ),
    ),
    "RATE_LIMITED": (
        say(
            "您有 {limit} 个文件正在上传或生成,达到上限。请 {seconds} 秒后再试。",
            "You have {limit} files being uploaded or made, which is the limit. Try again in {seconds} seconds.",
            problem="FILES_AT_ONCE",
        ),
    ),
}
