"""The texts of what every page has around it, the entry, the home page, and pages of errors."""

from __future__ import annotations

from admin_panel.language import Text

WORDS: dict[str, Text] = {
    # --- frame
    "product": Text("离校系统", "Leaving School"),
    "skip": Text("跳到正文", "Skip to content"),
    "menu": Text("菜单", "Menu"),
    "acting_as": Text("当前身份", "Acting as"),
    "current_batch": Text("当前批次", "Current batch"),
    "no_batch": Text("未选择", "None chosen"),
    "change_role": Text("切换身份或批次", "Change role or batch"),
    "sign_out": Text("退出", "Sign out"),
    "other_language": Text("English", "中文"),
    "help_desk": Text("离校服务台", "Help desk"),
    "phone": Text("电话", "Phone"),
    "print": Text("打印", "Print"),
    "yes": Text("是", "Yes"),
    "no": Text("否", "No"),
    "all": Text("全部", "All"),
    "open": Text("打开", "Open"),
    "group_work": Text("办理", "Work"),
    "group_data": Text("查询", "Look up"),
    "group_records": Text("记录", "Records"),
    "group_units": Text("单位", "Units"),
    "group_admin": Text("管理", "Administration"),
    # --- pages
    "home": Text("首页", "Home"),
    "desk": Text("现场办理", "Desk"),
    "bulk": Text("批量办理", "Bulk"),
    "issue_desk": Text("发放两证", "Issue certificates"),
    "apply": Text("自助离校申请", "Apply to leave"),
    "my_sheet": Text("我的离校单", "My clearance sheet"),
    # --- entry
    "sign_in": Text("登录", "Sign in"),
    "sign_in_lead": Text("使用离校系统账号登录", "Sign in with your Leaving School account"),
    "username": Text("用户名(学号或工号)", "Username (student or staff no.)"),
    "password": Text("密码", "Password"),
    "sign_in_failed": Text(
        "用户名或密码不正确,请核对后重试。", "Username or password is wrong; please check and try again."
    ),
    "sign_in_throttled": Text(
        "登录尝试过于频繁,请稍后再试,或联系离校服务台。", "Too many attempts. Wait a little, or ask the help desk."
    ),
    "no_account": Text(
        "忘记密码或没有账号?账号由学校统一开通,请联系离校服务台。",
        "Forgotten password or no account? Accounts are opened by the university; ask the help desk.",
    ),
    "scene": Text("办完每一个环节,从容离校。", "Every item settled, leave with an easy mind."),
    "choose_role": Text("请选择本次办理的身份", "In which role are you acting?"),
    "choose_role_lead": Text(
        "一次只以一个身份办理;身份会记入每条操作记录。",
        "You act in one role at a time; every operation records it.",
    ),
    "leaving_batch": Text("离校批次", "Leaving batch"),
    "enter": Text("进入", "Enter"),
    "signed_out": Text("您已安全退出。", "You have signed out."),
    "sign_in_again": Text("登录已过期,请重新登录。", "Your session has ended; please sign in again."),
    "act_lost": Text(
        "登录已过期,刚才的操作没有提交。请登录后重试。",
        "You were signed out; nothing was submitted. Sign in and try again.",
    ),
    # --- home
    "welcome": Text("{name},您好", "Welcome, {name}"),
    "how_items_stand": Text("各环节办理情况", "How the items stand"),
    "in_your_scope": Text("按您当前身份可见的学生统计", "Students your present role may see"),
    "your_work": Text("我的工作", "Your work"),
    # --- errors
    "not_found": Text("没有找到该页面或记录", "Page or record not found"),
    "not_found_hint": Text(
        "可能已不存在,或不在您当前身份的可见范围内。", "It may be gone, or lie outside what your present role may see."
    ),
    "forbidden": Text("当前身份不能进行此操作", "Your present role may not do this"),
    "forbidden_hint": Text(
        "您当前身份为“{role}”。如需办理,请切换到有此权限的身份,或联系离校服务台。",
        "You are acting as “{role}”. Change to a role with this right, or ask the help desk.",
    ),
    "missing_right": Text("缺少的权限:{right}", "Missing right: {right}"),
    "form_expired": Text("页面已过期,没有提交任何内容", "This page had expired; nothing was submitted"),
    "form_expired_hint": Text("请返回上一页,刷新后重新提交。", "Go back, reload and submit again."),
    "form_expired_signed_out": Text("登录也已过期,请登录后重试。", "You were also signed out. Sign in and try again."),
    "other_role": Text("身份已切换,没有提交任何内容", "You have changed your role; nothing was submitted"),
    "other_role_hint": Text(
        "此页面是以“{then}”身份打开的,您当前身份为“{now}”。请切换回原来的身份,或重新打开页面后再提交。",
        "This page was opened as “{then}”; you now act as “{now}”. Change back, or open the page anew, then submit.",
    ),
    "unreachable": Text("暂时无法确认结果", "The result is not known yet"),
    "unreachable_hint": Text(
        "服务没有及时答复。若您刚才提交过办理,请先到操作记录核对,再决定是否重新提交。",
        "No answer came in time. If you had just submitted something, look at Operations before trying again.",
    ),
    "broken": Text("页面出了点问题", "Something went wrong on this page"),
    "broken_hint": Text(
        "没有内容被修改。请稍后重试;若反复出现,请把编号告诉离校服务台。",
        "Please try again; if it happens again, tell the help desk the number below.",
    ),
}
