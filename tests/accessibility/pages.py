"""Every kind of page of the panel, who opens it, and the way there. A page that is not here fails the test beside this.

Lists and details of objects are not named one by one: what the panel has, the test visits.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import Locator, Page

from graphql_api.files import XLSX
from tests.graphql_api.odd_files import workbook

Way = Callable[[Page], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of page. `at`: the panel's endpoint that answers; `template`: what it shows; `who`: an account, with a
    role of several after a colon."""

    at: str
    template: str
    who: str
    way: str | Way


# --- steps that several ways share


async def follow(page: Page, button: Locator | str) -> None:
    async with page.expect_navigation():
        await (page.locator(button).first if isinstance(button, str) else button.first).click()


def opened(path: str, link: str = "td.main-cell a") -> Way:
    """The page behind the first row of a list, or behind another link of a page."""

    async def way(page: Page) -> None:
        await page.goto(path)
        await follow(page, link)

    return way


def deed(listed: str, mutation: str) -> Way:
    """The form of a deed, from the details of the first row of a list."""

    async def way(page: Page) -> None:
        await opened(listed)(page)
        await follow(page, f"a[href*='do/{mutation}']")

    return way


# --- the ways


async def wrong_password(page: Page) -> None:
    await page.goto("/admin/login")
    await page.fill("#username", "nobody-of-that-name")
    await page.fill("#password", "wrong")
    await follow(page, "main button.main")


async def without_token(page: Page) -> None:
    """A form whose token has expired."""
    await page.goto("/admin/desk/")
    await page.locator("form.deskbox [name=csrf_token]").evaluate("(field) => field.value = 'of yesterday'")
    await follow(page, "form.deskbox button")


def at_the_desk(text: str) -> Way:
    async def way(page: Page) -> None:
        await page.goto("/admin/desk/")
        await page.fill("#box", text)
        await follow(page, "form.deskbox button")

    return way


async def bulk_of_a_range(page: Page) -> None:
    """A dry run: some will change, some are refused."""
    await page.goto("/admin/bulk/")
    await page.check("input[name=way][value=range]", force=True)
    await page.fill("#from", "221599101")
    await page.fill("#to", "221599130")
    await page.select_option("#item", "COLLEGE_FINAL")
    await follow(page, "button[name=step][value=check]")


async def bulk_of_ticked_rows(page: Page) -> None:
    await page.goto("/admin/sheet/?search=22159912")
    await page.locator("[data-tick-all]").check()
    await follow(page, "[data-ticked-bar] button")


async def opened_changes(page: Page) -> None:
    """Every change of an operation."""
    await opened("/admin/operation/?flt_kind_eq=SET_CLEARANCES")(page)
    await follow(page, "a[href*='/operation/changes']")


async def opened_rows(page: Page) -> None:
    """Every row of an operation, by its address: only long ones have a link to it."""
    await opened("/admin/operation/?flt_kind_eq=SET_CLEARANCES")(page)
    await page.goto(page.url.replace("/details/", "/rows"))


async def undo_checked(page: Page) -> None:
    await opened("/admin/operation/?flt_kind_eq=SET_CLEARANCES&flt_state_eq=APPLIED")(page)
    await follow(page, "form[action$='/operation/undo'] button")


async def bulk_of_a_whole_filter(page: Page) -> None:
    await page.goto("/admin/sheet/?search=2215991")
    await follow(page, "form.all-results button")


async def scan_mode(page: Page) -> None:
    """Switched on, with a scan that did nothing."""
    await page.goto("/admin/scan/")
    if await page.locator("form[action$='/scan/start']").count():
        await follow(page, "form[action$='/scan/start'] button[type=submit]")


async def overtaken(page: Page) -> None:
    """A form that somebody else overtook, in another tab."""
    await deed("/admin/building/", "updateBuilding")(page)
    other = await page.context.new_page()
    await other.goto(page.url)
    for tab in (other, page):
        await tab.fill("[name=dutyPhone]", f"8{secrets.randbelow(1000):03}")
        for box in await tab.locator("main form.card-x select:invalid").all():
            await box.select_option(index=1)
        await follow(tab, "main form.card-x button.main")
    await other.close()


async def rows_edited_in_bulk(page: Page) -> None:
    await page.goto("/admin/building/")
    await page.locator("[data-tick-all]").check()
    await follow(page, "[data-ticked-bar] button[formaction$='bulk'], [data-ticked-bar] button")


async def cell_edited(page: Page) -> None:
    await page.goto("/admin/building/")
    await follow(page, "th a[data-edit-column=dutyPlace]")
    await page.locator("td a[data-edit-cell]").first.click()
    await page.wait_for_selector("td.editing [name=dutyPlace]")


async def closing_a_department(page: Page) -> None:
    """What closing it would do, looked at first."""
    await deed("/admin/department/?flt_active_eq=1", "closeDepartment")(page)
    for box in await page.locator("main form select").all():
        await box.select_option(index=1)
    for box in await page.locator("main form input[required][type=text]").all():
        await box.fill("机构调整")
    await follow(page, "main form button.main")


STATUSES = (
    ("学号", "姓名", "环节", "办理状态"),
    ("221599104", "", "图书清还", "3"),
    ("221599999", "", "图书清还", "3"),
)


def list_sent(*rows: tuple[str, ...]) -> Way:
    """A file of statuses was chosen and sent: its columns, and what it leaves open."""

    async def way(page: Page) -> None:
        await page.goto("/admin/import/file?kind=CLEARANCES")
        await page.set_input_files("#file", {"name": "名单.xlsx", "mimeType": XLSX, "buffer": workbook(*rows)})
        await follow(page, "button[name=step][value=upload]")

    return way


async def list_checked(page: Page) -> None:
    """Its dry run, with a refused row."""
    await list_sent(*STATUSES)(page)
    await follow(page, "button[name=step][value=check]")


async def no_workbook_sent(page: Page) -> None:
    await page.goto("/admin/import/file?kind=CLEARANCES")
    web = {"name": "名单.xls", "mimeType": "application/vnd.ms-excel", "buffer": b"<html><table></table></html>"}
    await page.set_input_files("#file", web)
    await follow(page, "button[name=step][value=upload]")


#: A file that nobody waits for, asked of the API by the page's own session.
EXPORT = """async () => {
  const ask = async (query, token) => (await (await fetch("/graphql", { method: "POST", body: JSON.stringify({ query }),
    headers: { "Content-Type": "application/json", "X-CSRF-Token": token } })).json()).data;
  const { viewer } = await ask("{ viewer { csrfToken } }", "");
  const asked = "mutation { exportRows(input: { object: \\"College\\", waitSeconds: 0 }) { id } }";
  return (await ask(asked, viewer.csrfToken)).exportRows.id;
}"""


async def file_asked_for(page: Page) -> None:
    await page.goto("/admin/college/")
    await page.goto(f"/admin/exports/?file={await page.evaluate(EXPORT)}")
    await page.wait_for_selector("main a[download]")  # until then the page is loaded anew by itself
    await page.wait_for_load_state()


async def item_asked_for(page: Page) -> None:
    await page.goto("/admin/itemrequest/")
    await follow(page, "a[href*='/itemrequest/ask']")


async def signing_checked(page: Page) -> None:
    await page.goto("/admin/mystudents/")
    await follow(page, "form.head-acts button")


async def issue_of_a_range(page: Page) -> None:
    await page.goto("/admin/bulkissue/")
    await page.check("input[name=way][value=range]", force=True)
    await page.fill("#from", "221599101")
    await page.fill("#to", "221599130")
    await follow(page, "button[name=step][value=check]")


async def wrong_last_four(page: Page) -> None:
    """确认发证 with an identity that does not agree."""
    await page.goto("/admin/issue/?search=22&page_size=100")
    await follow(
        page, page.locator("tr", has_text="可领取").or_(page.locator("tr", has_text="Ready")).locator("td.main-cell a")
    )
    await page.fill("#number", "0")
    await page.fill("#last4", "0000")
    await follow(page, "#issue button[type=submit]")


async def shown_once(page: Page) -> None:
    """A new account's password."""
    await page.goto("/admin/user/do/createUser")
    await page.fill("[name=username]", f"t-{secrets.token_hex(4)}")
    await page.fill("[name=name]", "新同事")
    await page.check("[name=generate]")
    await follow(page, "main form button[type=submit]")


async def refused_form(page: Page) -> None:
    """A form with what is wrong at its field."""
    await page.goto("/admin/user/do/createUser")
    await page.fill("[name=username]", "library")
    await page.fill("[name=name]", "新同事")
    await page.check("[name=generate]")
    await follow(page, "main form button[type=submit]")


async def simulated(page: Page) -> None:
    await page.goto("/admin/policysimulate/")
    await page.fill("#user", "library")
    await follow(page, "form.card-x button[type=submit]")


async def history_of_an_item(page: Page) -> None:
    """By its address: where there is a script, the sheet shows it in its own place."""
    await at_the_desk("221599119")(page)
    await page.goto(await page.locator("a[href*='/sheet/history']").first.get_attribute("href") or "")


CELL = "/admin/policy/cell?object=Student&role=operator&action=read&field=phone"

#: Of every kind of field and box, one of them wrong.
CONDITIONS = (
    '["any",["student.name","contains","x"],["level","in","M"],["version","between","1","x"],'
    '["none",["createdAt","gte","2026-01-01"],["student.hasLoan","eq","1"]],["clearances","some",["all"]]]'
)
KINDS = (
    # the way in and out, and what goes wrong
    Kind("entry.login", "login.html", "", "/admin/login"),
    Kind("entry.sign_in", "login.html", "", wrong_password),
    Kind("entry.role", "role.html", "counsellor:counsellor", "/admin/role?change=1"),
    Kind("404", "error.html", "library", "/admin/nothing/"),
    Kind("403", "error.html", "library", "/admin/issue/"),
    Kind("400", "error.html", "library", without_token),
    # every day
    Kind("admin.index", "home.html", "office", "/admin/"),
    Kind("admin.index", "home.html", "library", "/admin/"),
    Kind("password.index", "deed.html", "library", "/admin/password/"),
    Kind("desk.index", "desk.html", "library", "/admin/desk/"),
    Kind("desk.index", "desk.html", "library", at_the_desk("221599104")),
    Kind("desk.index", "desk.html", "counsellor:counsellor", at_the_desk("221599119")),
    Kind("desk.open", "desk.html", "library", at_the_desk("王")),
    Kind("desk.open", "desk.html", "library", at_the_desk("999")),
    Kind("bulk.index", "bulk.html", "library", "/admin/bulk/"),
    Kind("bulk.act", "bulk.html", "counsellor:counsellor", bulk_of_a_range),
    Kind("bulk.act", "bulk.html", "counsellor:counsellor", bulk_of_ticked_rows),
    Kind("sheet.details_view", "sheet.html", "office", opened("/admin/sheet/")),
    Kind("sheet.history", "sheet_history.html", "counsellor:counsellor", history_of_an_item),
    Kind("sheet.index_view", "list.html", "library", "/admin/sheet/?search=nobody-of-that-name"),
    Kind("sheet.index_view", "list.html", "library", "/admin/sheet/?q=garbage"),
    Kind("sheet.quick", "quick.html", "library", "/admin/sheet/quick"),
    Kind("sheet.combine", "combine.html", "library", f"/admin/sheet/combine?q={CONDITIONS}"),
    Kind("sheet.choose_columns", "choose_columns.html", "library", "/admin/sheet/columns"),
    Kind("bulk.act", "bulk.html", "office", bulk_of_a_whole_filter),
    Kind("clearance.quick", "quick.html", "office", "/admin/clearance/quick"),
    Kind("sheet.combine", "combine.html", "office", "/admin/sheet/combine"),
    Kind("sheet.combine", "combine.html", "office", "/admin/sheet/combine?q=nonsense"),
    Kind("sheet.choose_columns", "choose_columns.html", "office", "/admin/sheet/columns"),
    Kind("sheet.saved", "saved.html", "office", "/admin/sheet/saved?flt_leaveType_eq=GRADUATION"),
    Kind("sheet.do", "checked_deed.html", "office", deed("/admin/sheet/", "moveSheets")),
    Kind("department.do", "checked_deed.html", "office", closing_a_department),
    Kind("building.do", "deed.html", "office", deed("/admin/building/", "updateBuilding")),
    Kind("building.do", "stale.html", "office", overtaken),
    Kind("building.bulk_edit", "bulk_edit.html", "office", rows_edited_in_bulk),
    Kind("building.cell", "list.html", "office", cell_edited),
    Kind("item.details_view", "item.html", "office", opened("/admin/item/")),
    Kind("operation.changes", "operation_changes.html", "office", opened_changes),
    Kind("operation.rows", "operation_rows.html", "office", opened_rows),
    Kind("itemrequest.ask", "item_request_ask.html", "library", item_asked_for),
    Kind("itemrequest.details_view", "item_request.html", "office", opened("/admin/itemrequest/")),
    Kind("scan.index", "scan_off.html", "counsellor:counsellor", "/admin/scan/"),
    Kind("scan.start", "scan.html", "library", scan_mode),
    Kind("mystudents.index", "own_students.html", "supervisor", "/admin/mystudents/"),
    Kind("mystudents.check", "own_students_checked.html", "supervisor", signing_checked),
    Kind("operation.undo", "operation.html", "office", undo_checked),
    # files
    Kind("exports.index", "export.html", "office", file_asked_for),
    Kind("import.index", "imports.html", "office", "/admin/import/"),
    Kind("import.file", "import.html", "library", "/admin/import/file?kind=CLEARANCES"),
    Kind("import.file", "import.html", "library", list_sent(*STATUSES)),
    Kind("import.file", "import.html", "library", list_sent(("221599104",))),
    Kind("import.file", "import.html", "library", list_checked),
    Kind("import.file", "import.html", "library", no_workbook_sent),
    # certificates
    Kind("issue.index_view", "issue_list.html", "certofficer", "/admin/issue/"),
    Kind("issue.details_view", "issue.html", "certofficer", opened("/admin/issue/")),
    Kind("issue.details_view", "issue.html", "certofficer", opened("/admin/issue/?show=issued")),
    Kind("issue.confirm", "issue.html", "certofficer", wrong_last_four),
    Kind("issue.sign_for", "sign_for.html", "certofficer", "/admin/issue/sign-for/"),
    Kind("certificate.index_view", "certificate_list.html", "certofficer", "/admin/certificate/"),
    Kind("certificate.details_view", "certificate.html", "registrar", opened("/admin/certificate/")),
    Kind("bulkissue.index", "issue_bulk.html", "certofficer", "/admin/bulkissue/"),
    Kind("bulkissue.act", "issue_bulk.html", "certofficer", issue_of_a_range),
    # students
    Kind("mine.index", "sheet.html", "student", "/admin/mine/"),
    Kind("apply.index", "apply.html", "student-new", "/admin/apply/"),
    # accounts
    Kind("user.do", "deed.html", "accountadmin", "/admin/user/do/createUser"),
    Kind("user.do", "deed.html", "accountadmin", deed("/admin/user/?search=library", "grantRole")),
    Kind("user.do", "deed.html", "accountadmin", deed("/admin/user/?search=library", "disableUser")),
    Kind("user.do", "deed.html", "accountadmin", refused_form),
    Kind("user.do", "once.html", "accountadmin", shown_once),
    # policies
    Kind("policy.index", "policy.html", "policyadmin", "/admin/policy/"),
    Kind("policy.index", "policy.html", "policyadmin", "/admin/policy/?object=Student&role=counsellor"),
    Kind("policy.cell", "policy_cell.html", "policyadmin", CELL),
    Kind("policydiff.index", "policy_diff.html", "policyadmin", "/admin/policydiff/"),
    Kind("policysimulate.index", "policy_simulate.html", "policyadmin", "/admin/policysimulate/"),
    Kind("policysimulate.simulate", "policy_simulate.html", "policyadmin", simulated),
    Kind("policyimport.index", "policy_import.html", "policyadmin", "/admin/policyimport/"),
    Kind("policyrights.index", "policy_rights.html", "policyadmin", "/admin/policyrights/?username=library"),
    Kind("policyversion.details_view", "policy_version.html", "policyadmin", opened("/admin/policyversion/")),
    Kind("policyversion.rollback", "policy_rollback.html", "policyadmin", "/admin/policyversion/rollback?number=1"),
)

#: Who opens the generated lists; whoever else, the office.
READERS = {
    "user": "accountadmin",
    "roleassignment": "accountadmin",
    "apitoken": "accountadmin",
    "policyversion": "policyadmin",
}
READER = "office"

#: Endpoints that show no page of their own, and why; `*.` is that of every list.
NO_PAGE = {
    "static": "files",
    "admin.static": "files",
    "admin.standing": "a part of admin.index",
    "desk.counts": "a part of desk.index",
    "entry.batches": "a part of the bar",
    "operation.progress": "a part of operation.details_view",
    "lookup.index": "what a field offers while somebody types",
    "*.export_rows": "a file, or leads to exports.index",
    "exports.progress": "a part of exports.index",
    "exports.fetch": "a file",
    "exports.cancel": "leads back",
    "operation.rows_csv": "a file",
    "policyversion.csv": "a file",
    "entry.choose_role": "leads on",
    "entry.sign_out": "leads on",
    "entry.language": "leads back",
    "entry.look": "leads back",
    "acts.set_status": "leads back",
    "acts.sign": "leads back",
    "acts.note": "leads back",
    "apply.apply": "leads on, or shows the page of apply.index",
    "certificate.proof": "leads back",
    "certificate.take_back": "leads back",
    "certificate.void": "leads back",
    "issue.take_back": "leads back",
    "import.act": "leads on, or shows the page of import.file",
    "import.template": "a file",
    "import.refused": "a file",
    "itemrequest.decide": "leads back, or shows the page of itemrequest.details_view",
    "itemrequest.file": "leads on, or shows the page of itemrequest.ask",
    "itemrequest.withdraw": "leads back",
    "mystudents.sign": "leads back",
    "mystudents.submit": "leads on",
    "operation.stop": "leads back",
    "operation.submit": "leads on",
    "policydiff.publish": "leads on, or shows the page of policydiff.index",
    "policydiff.rebase": "leads back",
    "policydiff.discard": "leads back",
    "policyimport.act": "leads on, or shows the page of policyimport.index",
    "scan.scan": "leads back",
    "scan.stop": "leads back",
    "scan.undo": "leads back",
    "*.open_saved": "leads on",
    "*.save_list": "leads back, or shows the page of *.saved",
    "*.update_saved": "leads back, or shows the page of *.saved",
    "*.rename_saved": "leads back, or shows the page of *.saved",
    "*.delete_saved": "leads back, or shows the page of *.saved",
}
#: What Flask-Admin's lists bring along and ours have switched off; and the forms beside every list, which are
#: generated: those of the sheets stand for all.
OFF = frozenset(
    {"create_view", "edit_view", "delete_view", "action_view", "export", "ajax_lookup", "ajax_update"}
    | {"quick", "combine", "choose_columns"}
)
#: What every list has besides and looks the same wherever it is: one of them is visited.
ALIKE = frozenset({"bulk_edit", "cell", "choose_columns", "combine", "do", "quick", "saved"})
