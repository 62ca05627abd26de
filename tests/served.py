"""A small demonstration, served as it is in production: the program's own commands, in processes of their own.

The tests of one folder share it; each test acts on students of its own.
"""

from __future__ import annotations

import asyncio
import html
import os
import re
import secrets
import shutil
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
#: The tests of a folder come from one address, and often as one person.
UNLIMITED = ("LIXIAO_REQUESTS_PER_MINUTE", "LIXIAO_COST_PER_MINUTE", "LIXIAO_ANONYMOUS_PER_MINUTE")
PATIENCE = 300  # seconds; only what hangs takes so long, whatever else the machine has to do


@dataclass(frozen=True, slots=True)
class Served:
    """Where the demonstration is served; everybody's password is PASSWORD. `environment`: that of the server. `api`:
    where the API answers; `base` as well, unless the panel is a process of its own."""

    base: str
    environment: Mapping[str, str]
    api: str

    def command(self, *arguments: str) -> str:
        """What the `lixiao` command prints, on the same database."""
        command = [sys.executable, "-m", "cli", *arguments]
        done = subprocess.run(command, env=dict(self.environment), check=True, capture_output=True, text=True)
        return done.stdout.strip()


class Person:
    """Somebody with a browser: cookies, forms with their token, the last page. `api`: where the API answers."""

    def __init__(self, base: str, language: str = "zh_CN", api: str = "") -> None:
        self.api = api or base
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
    badge = r'<li class="item[^>]*data-item="(\w+)".*?class="badge-cell"><span class="state \w+">.*?</svg>([^<]+)<'
    items = re.findall(badge, person.text, re.DOTALL)
    return dict(items)


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a demonstration on the kind of database that this run tests; built once, copied by who serves it."""
    url, drop = _database(tmp_path_factory.mktemp("demonstration"))
    build = ["demo", "--students", STUDENTS, "--database", url, "--password", PASSWORD, "--no-serve"]
    command = [sys.executable, "-m", "cli", *build]
    subprocess.run(command, env=_environment(url), check=True, stdout=subprocess.DEVNULL)
    yield url
    drop()


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory, demonstration: str) -> Iterator[Served]:
    """The demonstration, a folder's own copy, served on a free port."""
    folder = tmp_path_factory.mktemp("served")
    url, drop = _database(folder, like=demonstration)
    environment = _environment(url)
    with _running("serve", environment, folder / "server.log") as base:
        yield Served(base, environment, base)
    drop()


@contextmanager
def panel_elsewhere(served: Served, folder: Path) -> Iterator[Served]:
    """The same demonstration through a panel that is a process of its own and asks the API over HTTP."""
    token = served.command("token", "create", "--user", "analyst")
    without = {name: value for name, value in served.environment.items() if name != "LIXIAO_DATABASE_URL"}
    environment = without | {"LIXIAO_API_URL": served.api, "LIXIAO_API_TOKEN": token}
    with _running("panel", environment, folder / "panel.log") as base:
        yield Served(base, served.environment, served.api)


@contextmanager
def _running(command: str, environment: Mapping[str, str], log_file: Path) -> Iterator[str]:
    """`lixiao serve` or `lixiao panel` on a free port, from when it is ready; gives its address."""
    with reserved_port() as port, log_file.open("wb") as log:
        words = [sys.executable, "-m", "cli", command, "--port", str(port)]
        server = subprocess.Popen(words, env=dict(environment), stdout=log, stderr=log)
        try:
            _wait(f"http://127.0.0.1:{port}", server, log_file)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(PATIENCE)


class Mortal:
    """A copy of the demonstration that is served now and then: `lives` until it is killed, as by the power cut."""

    def __init__(self, url: str, folder: Path) -> None:
        self.served = Served("", _environment(url), "")
        self._log = folder / "server.log"

    @contextmanager
    def lives(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """`lixiao serve` from when it is ready; gives its address, and what kills it at once (SIGKILL)."""
        with reserved_port() as port, self._log.open("ab") as log:
            words = [sys.executable, "-m", "cli", "serve", "--port", str(port)]
            server = subprocess.Popen(words, env=dict(self.served.environment), stdout=log, stderr=log)
            try:
                _wait(f"http://127.0.0.1:{port}", server, self._log)
                yield f"http://127.0.0.1:{port}", server.kill
            finally:
                server.kill()
                server.wait(PATIENCE)


@pytest.fixture
def mortal(tmp_path: Path, demonstration: str) -> Iterator[Mortal]:
    """A demonstration of one test's own, which may be killed."""
    url, drop = _database(tmp_path, like=demonstration)
    yield Mortal(url, tmp_path)
    drop()


Someone = Callable[..., Person]


@pytest.fixture
def someone(served: Served) -> Iterator[Someone]:
    """`someone("library")` is signed in, `someone("counsellor", role="cert_officer")` in a role of several,
    `language="en"` reads English; without a name it is nobody. Each has a browser of its own."""
    with ExitStack() as browsers:

        def opened(username: str = "", *, role: str | None = None, language: str = "zh_CN") -> Person:
            person = Person(served.base, language, served.api)
            browsers.callback(person.http.close)
            return person.sign_in(username, role) if username else person

        yield opened


@pytest.fixture
def nobody(someone: Someone) -> Person:
    """A browser in which nobody has signed in."""
    return someone()


def _environment(url: str) -> dict[str, str]:
    return os.environ | {
        "LIXIAO_DATABASE_URL": url,
        "LIXIAO_SECRET_KEY": secrets.token_urlsafe(48),
        "LIXIAO_HELP_PHONE": "8100",
        "LIXIAO_HELP_EMAIL": "lixiao@jinghu.example",
        "LIXIAO_LOCALE": "zh_CN",
        **dict.fromkeys(UNLIMITED, "0"),
    }


def _database(folder: Path, *, like: str = "") -> tuple[str, Callable[[], None]]:
    """The URL of a database, and what removes it: one that is not there yet, or a copy of another that nobody uses."""
    server = os.environ.get("LIXIAO_TEST_DATABASE", "")
    if not server:
        if like:
            shutil.copyfile(like.removeprefix("sqlite://"), folder / "demo.db")
        return f"sqlite://{folder / 'demo.db'}", lambda: None
    name = f"lixiao_panel_{os.getpid()}_{secrets.token_hex(4)}"  # each folder of tests has one, side by side

    async def run(statement: str) -> None:
        connection = await asyncpg.connect(server)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    template = f' TEMPLATE "{urlsplit(like).path.lstrip("/")}"' if like else ""
    asyncio.run(run(f'CREATE DATABASE "{name}"{template}'))
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
