"""The two ways to the API: within the process (every other test), and over HTTP to a server elsewhere."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from admin_panel.app import Installation, make_panel
from admin_panel.client import ApiFailure, ApiUnreachable, HttpClient, InProcessClient, Visitor
from admin_panel.language import Text
from graphql_api.execute import Api
from tests.api import built_schema
from tests.served import PASSWORD, PATIENCE, Served

PREFIX = "http://localhost/admin"


@pytest.fixture
def over_http(served: Served) -> Iterator[HttpClient]:
    client = HttpClient(f"{served.api}/graphql", served.command("token", "create", "--user", "library"))
    yield client
    client.close()


@pytest.fixture
def remote(over_http: HttpClient) -> FlaskClient:
    """A panel in this process over the API of the served one."""
    panel = make_panel(over_http, Installation("for tests only", Text("镜湖大学", "Jinghu University")))
    return panel.test_client()


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_a_panel_elsewhere_reads_and_acts_the_same(remote: FlaskClient) -> None:
    page = remote.get("/login", base_url=PREFIX).text
    given = {"csrf_token": token_of(page), "username": "library", "password": PASSWORD}
    assert remote.post("/login", base_url=PREFIX, data=given).status_code == 302
    page = remote.get("/role", base_url=PREFIX).text
    given = {"csrf_token": token_of(page), "role": "operator", "batch": "2026-06"}
    assert remote.post("/role", base_url=PREFIX, data=given).headers["location"] == "/admin/"
    page = remote.get("/sheet/?search=S231599104", base_url=PREFIX).text
    sheet = re.search(r'/admin/sheet/details/\?id=([\w-]+)">S231599104', page)
    assert sheet is not None
    page = remote.get(f"/sheet/details/?id={sheet[1]}", base_url=PREFIX).text
    form = re.search(r'<form method="post" action="/admin/acts/status">.*?</form>', page, re.DOTALL)
    assert form is not None
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
    for status, word in (("CLEARED", "已办理:S231599104 汪洋"), ("PENDING", "已撤销:S231599104 汪洋")):
        assert remote.post("/acts/status", base_url=PREFIX, data=fields | {"status": status}).status_code == 303
        page = remote.get(f"/sheet/details/?id={sheet[1]}", base_url=PREFIX).text
        assert word in page
        fields["version"] = str(int(fields["version"]) + 1)
    assert remote.post("/sign-out", base_url=PREFIX, data={"csrf_token": token_of(page)}).status_code == 302
    assert remote.get("/desk/", base_url=PREFIX).headers["location"].startswith("/admin/login")


def test_a_wrong_password_over_http_is_a_failure_with_its_words(over_http: HttpClient) -> None:
    document = "mutation ($input: SignInInput!) { signIn(input: $input) { role } }"
    with pytest.raises(ApiFailure) as told:
        over_http.execute(document, {"input": {"username": "library", "password": "guess"}}, Visitor("", "en"))
    assert told.value.code == "UNAUTHENTICATED"
    assert "Wrong username or password" in told.value.message


def test_a_server_that_is_not_there_is_unreachable() -> None:
    client = HttpClient("http://127.0.0.1:9/graphql", "lx_none", timeout=1)
    with pytest.raises(ApiUnreachable):
        client.execute("{ viewer { name } }", None, Visitor("", "en"))
    client.close()


async def test_asking_from_the_event_loop_itself_is_refused() -> None:
    client = InProcessClient(Api(built_schema()), asyncio.get_running_loop())
    with pytest.raises(RuntimeError, match="event loop's own thread"):
        client.execute("{ __typename }", None, Visitor("", "en"))


def test_an_answer_that_does_not_come_in_time_is_unreachable() -> None:
    loop = asyncio.new_event_loop()  # nobody runs it: nothing answers
    client = InProcessClient(Api(built_schema()), loop, timeout=0.05)
    found: list[Exception] = []

    def ask() -> None:
        try:
            client.execute("{ __typename }", None, Visitor("", "en"))
        except ApiUnreachable as unreachable:
            found.append(unreachable)

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join(PATIENCE)
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    assert len(found) == 1
