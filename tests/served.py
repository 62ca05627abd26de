"""A small demonstration, served as it is in production: the program's own commands, in processes of their own.

The tests of one folder share it; each test acts on students of its own.
"""

from __future__ import annotations

import asyncio
import html
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest

PASSWORD = "green cards only"
STUDENTS = "60"
PATIENCE = 300  # seconds; only what hangs takes so long, whatever else the machine has to do


@dataclass(frozen=True, slots=True)
class Served:
    """Where the demonstration is served; everybody's password is PASSWORD. `environment`: that of the server."""

    base: str
    environment: Mapping[str, str]

    def command(self, *arguments: str) -> str:
        """What the `lixiao` command prints, on the same database."""
        command = [sys.executable, "-m", "cli", *arguments]
        done = subprocess.run(command, env=dict(self.environment), check=True, capture_output=True, text=True)
        return done.stdout.strip()


class Person:
    """Somebody with a browser: cookies, forms with their token, and the page that came last."""

    def __init__(self, base: str, language: str = "zh_CN") -> None:
        self.http = httpx.Client(base_url=base, follow_redirects=True, timeout=PATIENCE)
        self.page = self.http.get("/admin/login")
        if language != "zh_CN":
            self.post("/admin/language", language=language, next="/admin/login")

    @property
    def text(self) -> str:
        return self.page.text

    @property
    def words(self) -> str:
        """What a reader sees of the page's main part: no tags, single spaces."""
        [main] = re.findall(r"<main.*?</main>", self.page.text, re.DOTALL)
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main))).strip()

    @property
    def token(self) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.page.text)
        assert found is not None, self.page.text[:500]
        return found[1]

    def get(self, path: str, **parameters: str) -> httpx.Response:
        self.page = self.http.get(path, params=parameters or None)
        return self.page

    def post(self, path: str, **fields: object) -> httpx.Response:
        """With the token of the page that came last."""
        self.page = self.http.post(path, data={"csrf_token": self.token} | fields)
        return self.page

    def sign_in(self, username: str, role: str | None = None) -> Person:
        """Through the login page, and the choice of role and batch where it is asked."""
        self.post("/admin/login", username=username, password=PASSWORD)
        if urlsplit(str(self.page.url)).path == "/admin/role":
            roles = re.findall(r'name="role" value="(\w+)"', self.text)
            self.post("/admin/role", role=role or roles[0], batch="2026-06")
        return self

    def fields_of(self, action: str, containing: str = "") -> dict[str, str]:
        """The hidden fields of the first form of the page that posts to `action` and contains a text."""
        for form in re.findall(r"<form.*?</form>", self.text, re.DOTALL):
            if f'action="{action}"' in form and containing in form:
                found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
                return {name: html.unescape(value) for name, value in found}
        raise AssertionError(f"no form of this page posts {containing!r} to {action}")


def sheet_of(person: Person, student_no: str) -> str:
    """The id of a student's sheet, as the list of sheets links to it."""
    person.get("/admin/sheet/", search=student_no)
    found = re.search(r"/admin/sheet/details/\?id=([\w-]+)\">" + student_no, person.text)
    assert found is not None, person.words
    return found[1]


def statuses(person: Person) -> dict[str, str]:
    """Item code → word of its badge, on the page that came last."""
    items = re.findall(r'data-item="(\w+)".*?class="state \w+">.*?</svg>([^<]+)<', person.text, re.DOTALL)
    return dict(items)


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demonstration on the kind of database that this run tests, served on a free port."""
    folder = tmp_path_factory.mktemp("served")
    url, drop = _database(folder)
    environment = os.environ | {
        "LIXIAO_DATABASE_URL": url,
        "LIXIAO_SECRET_KEY": secrets.token_urlsafe(48),
        "LIXIAO_HELP_PHONE": "8100",
        "LIXIAO_HELP_EMAIL": "lixiao@jinghu.example",
        "LIXIAO_LOCALE": "zh_CN",
    }
    build = ["demo", "--students", STUDENTS, "--database", url, "--password", PASSWORD, "--no-serve"]
    subprocess.run([sys.executable, "-m", "cli", *build], env=environment, check=True, stdout=subprocess.DEVNULL)
    with reserved_port() as port, (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "cli", "serve", "--port", str(port)], env=environment, stdout=log, stderr=log
        )
        try:
            _wait(f"http://127.0.0.1:{port}", server, folder / "server.log")
            yield Served(f"http://127.0.0.1:{port}", environment)
        finally:
            server.terminate()
            server.wait(PATIENCE)
    drop()


Someone = Callable[..., Person]


@pytest.fixture
def someone(served: Served) -> Iterator[Someone]:
    """`someone("library")` is signed in, `someone("counsellor", role="cert_officer")` in a role of several,
    `language="en"` reads English; without a name it is nobody. Each has a browser of its own."""
    with ExitStack() as browsers:

        def opened(username: str = "", *, role: str | None = None, language: str = "zh_CN") -> Person:
            person = Person(served.base, language)
            browsers.callback(person.http.close)
            return person.sign_in(username, role) if username else person

        yield opened


@pytest.fixture
def nobody(someone: Someone) -> Person:
    """A browser in which nobody has signed in."""
    return someone()


def _database(folder: Path) -> tuple[str, Callable[[], None]]:
    """The URL of a database that is not there yet, and what removes it."""
    server = os.environ.get("LIXIAO_TEST_DATABASE", "")
    if not server:
        return f"sqlite://{folder / 'demo.db'}", lambda: None
    name = f"lixiao_panel_{os.getpid()}_{secrets.token_hex(4)}"  # each folder of tests has one, side by side

    async def run(statement: str) -> None:
        connection = await asyncpg.connect(server)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run(f'CREATE DATABASE "{name}"'))
    url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    return url, lambda: asyncio.run(run(f'DROP DATABASE "{name}" WITH (FORCE)'))


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port of 127.0.0.1 that nobody else is given meanwhile, neither a server nor a caller, and on which a server
    may be started all the same: two sockets that both allow it share a port as long as only one of them listens."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])


def _wait(base: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(f"{base}/readyz").status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text(errors='replace')[-4000:]}")
