"""Who asks too often or for too much waits; a desk on its busiest day never does."""

from __future__ import annotations

import math
from typing import Any

import httpx
import pytest
import throttled.utils
from graphql import parse

from graphql_api import limits
from graphql_api.context import Context, Credentials
from graphql_api.errors import ApiError
from graphql_api.rates import Rates, caller_of, site_of
from models.rules.actor import SYSTEM
from models.rules.tokens import create_token
from policies.caller import Caller
from settings import VARIABLES, settings
from tests.api import OpenDesk, built_schema, member

WHO = "{ viewer { username } }"
LARGE = "query ($n: Int!) { students(first: $n) { nodes { sheets { clearances { item { code } } } } } }"
STUDENTS = "query ($n: Int!) { students(first: $n) { nodes { studentNo } } }"


class Clock:
    """A clock that stands still until it is moved."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stopped = Clock()
    monkeypatch.setattr(throttled.utils, "now_mono_f", stopped)
    return stopped


@pytest.fixture
def small_measures(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six requests a minute, a cost of one large query, three requests of nobody."""
    monkeypatch.setenv("LIXIAO_REQUESTS_PER_MINUTE", "6")
    monkeypatch.setenv("LIXIAO_COST_PER_MINUTE", "250000")
    monkeypatch.setenv("LIXIAO_ANONYMOUS_PER_MINUTE", "3")


@pytest.fixture
def slow_desk(small_measures: None, api: OpenDesk) -> OpenDesk:
    """The application with these measures."""
    return api


def refusal(answer: httpx.Response) -> tuple[int, str | None, dict[str, Any]]:
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    return answer.status_code, answer.headers.get("retry-after"), error["extensions"]["params"]


async def a_program(api: OpenDesk, username: str = "campus-library") -> Any:
    await member(username, "campus_app")
    return await api(token=(await create_token(SYSTEM, username)).secret)


async def test_too_many_requests_are_429_with_the_seconds_to_wait(slow_desk: OpenDesk, clock: Clock) -> None:
    desk = await a_program(slow_desk)
    for _ in range(6):
        assert (await desk.post(WHO)).status_code == 200
    refused = await desk.post(WHO)
    assert refusal(refused) == (429, "10", {"problem": "REQUESTS", "limit": 6, "seconds": 10})
    assert refused.json()["errors"][0]["message"] == "请求过于频繁:每分钟最多 6 次。请 10 秒后再试。"
    english = await desk.post(WHO, **{"Accept-Language": "en"})
    assert english.json()["errors"][0]["message"] == ("Too many requests: at most 6 a minute. Try again in 10 seconds.")
    clock.now += 10
    assert (await desk.post(WHO)).status_code == 200
    assert (await desk.post(WHO)).status_code == 429


async def test_each_token_has_its_own_measure(slow_desk: OpenDesk) -> None:
    first = await a_program(slow_desk)
    second = await slow_desk(token=(await create_token(SYSTEM, "campus-library")).secret)
    for _ in range(6):
        await first.post(WHO)
    assert [(await each.post(WHO)).status_code for each in (first, second)] == [429, 200]


async def test_what_the_requests_bring_is_measured_too(slow_desk: OpenDesk, clock: Clock) -> None:
    desk = await a_program(slow_desk)
    document, measure = parse(LARGE), 250_000
    [shape] = limits.shapes(document).values()
    cost = limits.cost(built_schema()._schema, shape.operation, {}, {"n": 1000})
    fit = measure // cost
    for _ in range(fit):
        assert (await desk.post(LARGE, {"n": 1000})).status_code == 200
    wait = math.ceil(((fit + 1) * cost - measure) / (measure / 60))
    status, seconds, params = refusal(await desk.post(LARGE, {"n": 1000}))
    assert (status, seconds, params) == (429, str(wait), {"problem": "COST", "limit": measure, "seconds": wait})
    assert (await desk.post(STUDENTS, {"n": 1})).status_code == 200
    clock.now += wait + 1
    assert (await desk.post(LARGE, {"n": 1000})).status_code == 200


async def test_nobody_is_counted_by_address(slow_desk: OpenDesk) -> None:
    desk = await slow_desk()
    assert [(await desk.post("{ __typename }")).status_code for _ in range(5)] == [200, 200, 200, 429, 429]


async def test_a_refused_caller_is_told_even_in_plain_json_and_by_get(slow_desk: OpenDesk) -> None:
    desk = await a_program(slow_desk)
    for _ in range(6):
        await desk.post(WHO)
    answer = await desk.http.get("/graphql", params={"query": WHO}, headers=desk.headers)
    assert refusal(answer)[:2] == (429, "10")


def test_nothing_is_counted_of_the_panel_itself_nor_without_a_limit(clock: Clock) -> None:
    strict = Rates(requests=1, cost=1, anonymous=1)
    for _ in range(3):
        strict.count(Context(Credentials(inside=True), "en"))
    free = Rates(requests=0, cost=0, anonymous=0)
    for _ in range(3):
        free.count(Context(Credentials(), "en"))
        free.count_cost(Context(Credentials(), "en"), 10**9)


def test_the_panels_pages_are_counted_by_who_reads_them(clock: Clock) -> None:
    rates = Rates(requests=2, cost=0, anonymous=1)

    def reader(user: int) -> Context:
        context = Context(Credentials(panel=True, address="10.0.0.1"), "en")
        context.signed_in = Caller(user, "x", "x", "operator")
        return context

    for user in (1, 2, 1, 2):
        rates.count(reader(user))
    with pytest.raises(ApiError):
        rates.count(reader(1))
    assert caller_of(reader(2)) == "user 2"


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("10.0.0.7", "10.0.0.7"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_who_has_one_address_of_a_site_has_them_all(address: str, site: str) -> None:
    assert site_of(address) == site


def test_the_measures_as_they_are_shipped() -> None:
    """A panel worker turns a page a second, of ten questions at most; a script in a circle asks hundreds a second."""
    settings.cache_clear()
    shipped = {each.name: each.read(each.default) for each in VARIABLES if each.name.endswith("_PER_MINUTE")}
    assert shipped == {
        "LIXIAO_REQUESTS_PER_MINUTE": 1_200,
        "LIXIAO_COST_PER_MINUTE": 10_000_000,
        "LIXIAO_ANONYMOUS_PER_MINUTE": 600,
    }
