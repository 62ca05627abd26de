"""Takes the pictures of the guides: `python docs/make_screenshots.py`, with Chromium installed.

Builds a small demonstration in a temporary folder, serves it on a free port, signs in as its people and writes
docs/screenshots/*.png. The same university each time; only what shows today's date differs.
"""

from __future__ import annotations

import argparse
import io
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import openpyxl
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
FOLDER = Path(__file__).parent / "screenshots"
STUDENTS = "400"
START_SECONDS = 300
DESKTOP = (1280, 800)
PHONE = (390, 844)
LARGEST = 250_000  # bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """`steps` lead from the page after signing in to the page in the picture. `height`: of the picture, when it is not
    the window's: a long page is shown as far as it says something new."""

    name: str
    account: str
    steps: Callable[[Page], object]
    role: str = ""
    phone: bool = False
    english: bool = False
    height: int = 0


# --- the way to each picture


def stay(page: Page) -> None:
    """The page itself."""


def library_list(page: Page) -> None:
    page.goto("/admin/clearance/?flt_item.code_eq=LIB_BOOKS&flt_status_eq=PENDING")


def desk(page: Page) -> None:
    page.goto("/admin/desk/")
    page.fill("#box", "S231599104")
    with page.expect_navigation():
        page.press("#box", "Enter")


def bulk_check(page: Page) -> None:
    page.goto("/admin/sheet/?search=221599")
    for number in ("221599119", "221599120", "221599123"):
        page.locator("tr", has_text=number).locator("input.tick").check()
    with page.expect_navigation():
        page.locator("[data-ticked-bar] button").first.click()
    page.select_option("#item", "COLLEGE_FINAL")
    with page.expect_navigation():
        page.locator("button[name=step][value=check]").click()


def import_check(page: Page) -> None:
    """A list of six students for the library: one not found, one of another name, one of somebody else's item."""
    head = ("学号", "姓名", "环节", "办理状态", "办理备注")
    rows = [(number, "", "图书清还", "3", "") for number in ("221599104", "221599105", "221599106")]
    rows += [("221599999", "", "图书清还", "3", ""), ("221599107", "王伟", "图书清还", "3", "")]
    rows += [("221599108", "", "公寓退宿", "3", "")]
    book, held = openpyxl.Workbook(), io.BytesIO()
    for row in (head, *rows):
        book.worksheets[0].append(row)
    book.save(held)
    page.goto("/admin/import/file?kind=CLEARANCES")
    page.set_input_files("#file", {"name": "lixiao.xlsx", "mimeType": "application/zip", "buffer": held.getvalue()})
    for step in ("upload", "check"):
        with page.expect_navigation():
            page.locator(f"button[name=step][value={step}]").click()


def certificate_desk(page: Page) -> None:
    page.goto("/admin/issue/?search=221599111&show=all")
    with page.expect_navigation():
        page.locator("td.main-cell a").first.click()


def explorer(page: Page) -> None:
    page.goto("/graphql")
    page.get_by_role("button", name="Clear many at once").click()
    page.locator(".graphiql-execute-button").click()
    page.get_by_text('"applied"').wait_for()


def matrix(page: Page) -> None:
    page.goto("/admin/policy/?object=Student&action=read")


def cell(page: Page) -> None:
    """The library's rights on telephone numbers, filled in as the guide tells and not kept."""
    page.goto("/admin/policy/cell?object=Student&role=operator&action=read&field=phone")
    page.select_option("#allow0_scope", "own_department_students")
    page.select_option("#allow0_unit", "department:TSG")
    page.fill("#allow0_until", "2027-07-31")
    page.fill("#note", "图书馆催还图书")


def changes(page: Page) -> None:
    cell(page)
    with page.expect_navigation():
        page.locator("button[name=step][value=save]").click()
    page.goto("/admin/policydiff/")


def account(page: Page) -> None:
    page.goto("/admin/user/?search=counsellor")
    with page.expect_navigation():
        page.locator("td.main-cell a").first.click()


def granting(page: Page) -> None:
    account(page)
    with page.expect_navigation():
        page.locator("a[href*=grantRole]").click()
    page.fill("[name=validUntil]", "2027-07-31")
    page.select_option("[name=role]", "counsellor")
    page.select_option("[name=unit]", "02")


PICTURES = (
    Picture("login", "", stay),
    Picture("sheet", "student", stay, height=1_060),
    Picture("sheet-phone", "student", stay, phone=True),
    Picture("desk", "library", desk, height=900),
    Picture("list", "library", library_list),
    Picture("bulk", "counsellor", bulk_check, role="counsellor", height=1_000),
    Picture("import-check", "library", import_check, height=900),
    Picture("certificates", "certofficer", certificate_desk),
    Picture("graphiql", "library", explorer, english=True, height=660),
    Picture("home-en", "office", stay, english=True),
    Picture("policy-matrix", "policyadmin", matrix, height=850),
    Picture("policy-cell", "policyadmin", cell, height=680),
    Picture("policy-changes", "policyadmin", changes, height=764),
    Picture("account", "accountadmin", account, height=400),
    Picture("account-role", "accountadmin", granting, height=640),
)


# --- taking them


def main() -> None:
    """Every picture, or those that are named."""
    parser = argparse.ArgumentParser(description="Takes the pictures of the guides.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="only these: " + " ".join(each.name for each in PICTURES)
    )
    wanted = parser.parse_args().names or [each.name for each in PICTURES]
    unknown = set(wanted) - {each.name for each in PICTURES}
    if unknown:
        parser.error(f"there is no picture {', '.join(sorted(unknown))}")
    password = secrets.token_urlsafe(12)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), password) as base, chromium() as browser:
        FOLDER.mkdir(exist_ok=True)
        for picture in PICTURES:
            if picture.name in wanted:
                take(browser, base, picture, password)


def take(browser: Browser, base: str, picture: Picture, password: str) -> None:
    """One picture, in a browser of its own. A page that answers with an error is not taken."""
    width, height = PHONE if picture.phone else DESKTOP
    context = browser.new_context(
        base_url=base,
        viewport={"width": width, "height": picture.height or height},
        is_mobile=picture.phone,
        has_touch=picture.phone,
        device_scale_factor=1,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.on("response", lambda answer: refuse(answer.status, answer.url))
    page.goto("/admin/login")
    if picture.english:
        page.click("button[name=language]")
    if picture.account:
        enter(page, picture, password)
    picture.steps(page)
    page.evaluate("document.fonts.ready")
    file = FOLDER / f"{picture.name}.png"
    page.screenshot(path=file)
    context.close()
    size = file.stat().st_size
    if size > LARGEST:
        raise SystemExit(f"{file.name} has {size:,} bytes, more than {LARGEST:,}")
    sys.stdout.write(f"{file.name:<18} {size:>8,} bytes\n")


def refuse(status: int, url: str) -> None:
    if status >= 400:
        raise SystemExit(f"{url} answered {status}")


def enter(page: Page, picture: Picture, password: str) -> None:
    """Through the login page and, where it is asked, the choice of role and batch."""
    page.fill("#username", picture.account)
    page.fill("#password", password)
    with page.expect_navigation():
        page.click("main button[type=submit].main")
    if "/role" not in page.url:
        return
    if picture.role:
        page.check(f"input[name=role][value={picture.role}]", force=True)
    page.select_option("#batch", "2026-06")
    with page.expect_navigation():
        page.click("main button.main")


@contextmanager
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def served(folder: Path, password: str) -> Iterator[str]:
    """The address of a demonstration in `folder`, served until the end of the block."""
    url = f"sqlite://{folder / 'demo.db'}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIXIAO_")}
    environment |= {
        "LIXIAO_DATABASE_URL": url,
        "LIXIAO_SECRET_KEY": secrets.token_urlsafe(48),
        "LIXIAO_HELP_PHONE": "8100",
        "LIXIAO_HELP_EMAIL": "lixiao@jinghu.example",
        "LIXIAO_LOG_LEVEL": "warning",
        "PYTHONPATH": str(ROOT),
    }
    lixiao = [sys.executable, "-m", "cli"]
    build = ["demo", "--no-serve", "--students", STUDENTS, "--seed", "1", "--database", url, "--password", password]
    subprocess.run([*lixiao, *build], env=environment, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own command
    port = free_port()
    server = subprocess.Popen([*lixiao, "serve", "--port", str(port)], env=environment, cwd=folder)  # noqa: S603
    try:
        wait_for(f"http://127.0.0.1:{port}", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(base: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            if httpx.get(f"{base}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    main()
