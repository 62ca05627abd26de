"""What log and metrics tell of a request, and what they never do; an error of ours has one number everywhere."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

import app as application
from graphql_api import metrics
from graphql_api.errors import ApiError
from graphql_api.execute import Api
from graphql_api.observing import Observed, shown_path
from models.rules.actor import SYSTEM
from models.rules.tokens import create_token
from settings import settings
from tests.api import BASE, OpenDesk, member

WHO = "query Who { viewer { username } }"
ID_NO = "11010519491231002X"


def told(caplog: pytest.LogCaptureFixture, name: str = "lixiao.access") -> list[str]:
    return [each.getMessage() for each in caplog.records if each.name == name]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "lixiao.access")
    return caplog


async def test_one_line_for_each_answer(api: OpenDesk, log: pytest.LogCaptureFixture) -> None:
    user = await member("library", "operator")
    desk = await api(as_="library")
    log.clear()
    answer = await desk.post(WHO, **{"X-Request-ID": "proxy-7"})
    assert answer.headers["x-request-id"] == "proxy-7"
    [line] = told(log)
    assert re.fullmatch(
        rf"POST /graphql 200 \d+\.\d+ms id=proxy-7 caller=user:{user.id} role=operator query=Who cost=\d+ code=OK"
        r"( plan=\S+)?",
        line,
    )


async def test_a_name_that_is_no_plain_word_is_not_taken_over(api: OpenDesk) -> None:
    desk = await api()
    for strange in ("", "x" * 65, "two words", "<script>", "a=b"):
        answer = await desk.post("{ __typename }", **{"X-Request-ID": strange})
        assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])


async def test_no_line_holds_a_token_a_document_number_or_a_variable(
    api: OpenDesk, log: pytest.LogCaptureFixture
) -> None:
    await member("campus-library", "campus_app")
    made = await create_token(SYSTEM, "campus-library", name="library")
    desk = await api(token=made.secret)
    log.clear()
    document = "query Find($n: String!) { students(where: { studentNo: { eq: $n } }) { totalCount } }"
    await desk.post(document, {"n": ID_NO})
    await desk.http.get("/graphql", params={"query": f'{{ a(x: "{ID_NO}") }}'}, headers=desk.headers)
    await desk.http.get(f"/verify/{made.secret}", headers=desk.headers)
    await desk.http.get(f"/admin/{ID_NO}", headers=desk.headers)
    lines = told(log)
    assert len(lines) == 4
    assert f"caller=token:{made.token_id} role=campus_app query=Find" in lines[0]
    assert all(secret not in line for line in lines for secret in (made.secret, made.secret[3:], ID_NO))
    assert lines[2].startswith("GET /verify/… 404 ")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/admin/sheet/details/", "/admin/sheet/details/"),
        ("/graphql/static/graphiql.css", "/graphql/static/graphiql.css"),
        (f"/x/{ID_NO}/y", "/x/…/y"),
        ("/line%0Abreak", "/line%0Abreak"),
        ("/" + "a" * 500, "/" + "a" * 119),
    ],
)
def test_the_path_is_shown_without_what_may_be_secret(path: str, shown: str) -> None:
    assert shown_path({"raw_path": path.encode(), "path": path}) == shown
    assert shown_path({"path": path}) == shown


async def test_an_error_of_ours_has_one_number_in_answer_and_log(
    api: OpenDesk, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await api()

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the secret of the machine room")

    monkeypatch.setattr(Api, "_prepared", broken)
    await member("library", "operator")
    answer = await desk.post('mutation { signIn(input: { username: "a", password: "b" }) { role } }')
    [error] = answer.json()["errors"]
    number = error["extensions"]["params"]["correlation"]
    assert answer.status_code == 500
    assert (error["extensions"]["code"], number in error["message"]) == ("INTERNAL", True)
    assert "secret" not in answer.text
    [record] = [each for each in log.records if each.name == "lixiao.graphql_api"]
    assert record.getMessage() == f"unexpected error {number} in request {answer.headers['x-request-id']}"
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "the secret of the machine room"
    assert told(log)[-1].endswith(" code=INTERNAL")


async def test_what_breaks_outside_of_the_api_is_masked_too(log: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("the secret of the machine room")

    async with httpx.AsyncClient(transport=httpx.ASGITransport(Observed(broken)), base_url=BASE) as client:
        answer = await client.get("/anything", headers={"X-Request-ID": "abc", "Accept-Language": "en"})
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"] == {
        "code": "INTERNAL",
        "params": {"correlation": "abc"},
        "violations": [],
    }
    assert "secret" not in answer.text
    [record] = [each for each in log.records if each.name == "lixiao.requests"]
    assert (record.getMessage(), record.exc_info is not None) == ("unexpected error abc in GET /anything", True)


async def test_a_client_that_went_away_is_told_of(log: pytest.LogCaptureFixture) -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        return

    async def nothing(*_: Any) -> Any:
        raise AssertionError("nothing is sent")

    await Observed(silent)({"type": "http", "method": "GET", "path": "/x", "headers": []}, nothing, nothing)
    [line] = told(log)
    assert line.startswith("GET /x 499 ")


# --- metrics


@asynccontextmanager
async def client_of(app: Any, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app, **options), base_url=BASE) as client:
        yield client


def value(text: str, sample: str) -> float:
    found = re.search(rf"^{re.escape(sample)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def test_the_metrics_count_operations_by_type_and_outcome(api: OpenDesk) -> None:
    await member("library", "operator")
    desk = await api(as_="library")
    before = (await desk.http.get("/metrics")).text
    await desk.post(WHO)
    await desk.post("{ nothing }")
    await desk.post('mutation { signIn(input: { username: "x", password: "y" }) { role } }')
    after = (await desk.http.get("/metrics")).text
    samples = {
        'lixiao_requests_total{outcome="OK",type="query"}': 1,
        'lixiao_requests_total{outcome="BAD_INPUT",type="none"}': 1,
        'lixiao_requests_total{outcome="UNAUTHENTICATED",type="mutation"}': 1,
        'lixiao_request_seconds_count{type="query"}': 1,
        'lixiao_http_responses_total{status="200"}': 4,  # the first look at the metrics among them
    }
    assert {each: value(after, each) - value(before, each) for each in samples} == samples
    assert value(after, "lixiao_policy_version") == 1
    assert value(after, "lixiao_policy_degraded") == 0
    assert value(after, "lixiao_sockets_open") == 0
    assert value(after, "lixiao_subscriptions_open") == 0
    assert "lixiao_event_loop_lag_seconds " in after


async def test_a_refusal_for_asking_too_much_is_counted(api: OpenDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(*_: Any) -> None:
        raise ApiError("RATE_LIMITED", seconds=3)

    desk = await api()
    before = (await desk.http.get("/metrics")).text
    monkeypatch.setattr(Api, "_prepared", refusing)
    assert (await desk.post("{ __typename }")).headers["retry-after"] == "3"
    after = (await desk.http.get("/metrics")).text
    sample = "lixiao_rate_limited_total"
    assert value(after, sample) - value(before, sample) == 1


async def test_only_this_machine_reads_the_metrics_unless_there_is_a_token(
    api: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await api()
    app = desk.http._transport.app  # type: ignore[attr-defined]  # the application under test

    async def status(host: str, **headers: str) -> int:
        async with client_of(app, client=(host, 1)) as client:
            return (await client.get("/metrics", headers=headers)).status_code

    assert [await status(host) for host in ("127.0.0.1", "::1", "10.0.0.5")] == [200, 200, 403]
    for header in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"):
        assert await status("127.0.0.1", **{header: "127.0.0.1"}) == 403
    monkeypatch.setenv("LIXIAO_METRICS_TOKEN", "a token of some length")
    settings.cache_clear()
    with pytest.raises(Exception, match="LIXIAO_METRICS_TOKEN needs at least 16 characters"):
        settings()
    monkeypatch.setenv("LIXIAO_METRICS_TOKEN", "a-token-of-some-length")
    settings.cache_clear()
    assert await status("127.0.0.1") == 403
    assert await status("10.0.0.5", Authorization="Bearer a-token-of-some-length") == 200
    assert await status("10.0.0.5", Authorization="Bearer another-token-of-it") == 403


def test_the_pool_is_measured_at_the_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics.database, "connections", lambda: {"open": 7, "idle": 3})
    text = metrics.page(2, 3).decode()
    assert value(text, 'lixiao_database_connections{state="open"}') == 7
    assert value(text, 'lixiao_database_connections{state="idle"}') == 3
    assert value(text, "lixiao_sockets_open") == 2
    assert value(text, "lixiao_subscriptions_open") == 3


async def test_the_wait_of_the_event_loop_is_the_longest_since_the_last_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics.database, "connections", dict)
    monkeypatch.setattr(metrics.Lag, "longest", 1.5)
    assert value(metrics.page(0, 0).decode(), "lixiao_event_loop_lag_seconds") == 1.5
    assert value(metrics.page(0, 0).decode(), "lixiao_event_loop_lag_seconds") == 0
    async with metrics.measuring_lag():
        pass


def test_every_answer_of_the_application_is_observed() -> None:
    assert [each.cls for each in application.create_app(with_panel=False).user_middleware] == [Observed]
