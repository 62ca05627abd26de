"""Files over HTTP: in and out piece by piece, for whoever may; what is malformed is a 4xx with code and sentence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from graphql_api import bodies, ids
from models import File, FilePiece, User
from models.enums import FileState
from models.rules import files
from models.rules.actor import SYSTEM
from models.rules.files import AT_ONCE, PIECE, Owner, Room
from models.rules.tokens import create_token
from settings import settings
from tests.api import Desk, OpenDesk, member

MB = 1024 * 1024
#: More than one piece, and no piece is like another.
CONTENT = bytes(range(256)) * (PIECE * 5 // 2 // 256) + b"the end"
ROOM = Room(MB, 2 * MB, timedelta(hours=24))


async def send(desk: Desk, content: Any = b"abc", name: str | None = "lixiao.xlsx", **headers: str) -> httpx.Response:
    """The bare response; `X_CSRF_Token="…"` sends another one."""
    sent = {"X-CSRF-Token": desk.csrf} if desk.csrf else {}
    sent |= desk.headers | {key.replace("_", "-"): value for key, value in headers.items()}
    return await desk.http.post("/files", params={} if name is None else {"name": name}, content=content, headers=sent)


async def fetch(desk: Desk, path: str, method: str = "GET") -> httpx.Response:
    return await desk.http.request(method, path, headers=desk.headers)


def error(response: httpx.Response) -> dict[str, Any]:
    """Code, problem and words of the one error."""
    [found] = response.json()["errors"]
    extensions = found["extensions"]
    return {"code": extensions["code"], "problem": extensions["params"].get("problem"), "message": found["message"]}


async def kept() -> tuple[int, int]:
    """How many files and pieces there are."""
    return await File.all().count(), await FilePiece.all().count()


@pytest.fixture
async def office(api: OpenDesk) -> Desk:
    await member("limin", "office")
    return await api(as_="limin")


async def test_a_file_comes_back_as_it_was_sent(office: Desk) -> None:
    taken = await send(office, CONTENT, "名单 2026.xlsx")
    assert taken.status_code == 201
    told = taken.json()
    assert told == {"id": told["id"], "name": "名单 2026.xlsx", "size": len(CONTENT)}
    assert taken.headers["location"] == f"/files/{told['id']}"
    assert await kept() == (1, 3)
    given = await fetch(office, taken.headers["location"])
    assert given.status_code == 200
    assert given.content == CONTENT
    head = await fetch(office, taken.headers["location"], "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    for response in (given, head):
        shown = {name: value for name, value in response.headers.items() if name not in ("x-request-id", "vary")}
        assert shown == {
            "cache-control": "no-store",
            "content-disposition": 'attachment; filename="__ 2026.xlsx"; '
            "filename*=UTF-8''%E5%90%8D%E5%8D%95%202026.xlsx",
            "content-length": str(len(CONTENT)),
            "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
            "content-type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "cross-origin-resource-policy": "same-origin",
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
        }


async def test_the_schema_tells_of_an_uploaded_file(office: Desk) -> None:
    number = (await send(office, CONTENT, "a.xls")).json()["id"]
    document = "query ($id: ID!) { file(id: $id) { name mediaType size rows state progress problem url } }"
    assert (await office.query(document, id=number))["file"] == {
        "name": "a.xls",
        "mediaType": "application/vnd.ms-excel",
        "size": len(CONTENT),
        "rows": None,
        "state": "READY",
        "progress": 100,
        "problem": None,
        "url": f"/files/{number}",
    }


# --- whose


async def test_a_file_is_its_owners_in_the_role_that_made_it(api: OpenDesk, office: Desk) -> None:
    await member("limin", "auditor")
    await member("wangfang", "office")
    path = (await send(office)).headers["location"]
    other = await api(as_="wangfang")
    auditor = await api(as_="limin")
    await auditor.query('mutation { chooseRole(input: {role: "auditor"}) { role } }')
    for desk in (other, auditor):
        for method in ("GET", "HEAD"):
            assert (await fetch(desk, path, method)).status_code == 404
        number = path.removeprefix("/files/")
        assert await desk.query("query ($id: ID!) { file(id: $id) { name } }", id=number) == {"file": None}
        refused = await desk.error("mutation ($id: ID!) { cancelFile(id: $id) }", id=number)
        assert (refused["code"], refused["params"]["problem"]) == ("NOT_FOUND", "NO_FILE")
    assert (await fetch(await api(), path)).status_code == 401
    assert (await fetch(office, path)).content == b"abc"


async def test_a_token_sees_what_was_made_with_it_and_its_owner_sees_that_too(api: OpenDesk, office: Desk) -> None:
    tokens = [await create_token(SYSTEM, "limin", fields=fields) for fields in (["Student.name"], [])]
    limited, other = [await api(token=each.secret) for each in tokens]
    own = (await send(office)).headers["location"]
    path = (await send(limited, b"by token")).headers["location"]
    assert (await fetch(limited, own)).status_code == 404
    assert (await fetch(other, path)).status_code == 404
    assert (await fetch(limited, path)).content == b"by token"
    assert (await fetch(office, path)).content == b"by token"


@pytest.mark.parametrize(
    "number", ["", "1", "a/b", "x", "%00", "..%2f..", ids.encode("Sheet", 1), ids.encode("File", 10**9)]
)
async def test_what_is_no_file_is_404(office: Desk, number: str) -> None:
    response = await fetch(office, f"/files/{number}")
    assert response.status_code == 404


async def test_a_file_goes_when_its_time_is_over(office: Desk) -> None:
    path = (await send(office, CONTENT)).headers["location"]
    await File.all().update(expires_at=datetime.now(UTC))
    assert error(await fetch(office, path)) == {
        "code": "NOT_FOUND",
        "problem": "NO_FILE",
        "message": "未找到这个文件:文件保留 24 小时,且只对上传或导出它的本人、以当时的身份可见。请重新上传或导出。",
    }
    await send(office, b"the next")
    assert await kept() == (1, 1)


# --- who may


async def test_nobody_and_who_imports_nothing_is_turned_away(api: OpenDesk) -> None:
    await member("leader", "leader")
    nobody = await send(await api())
    assert (nobody.status_code, error(nobody)["code"]) == (401, "UNAUTHENTICATED")
    assert nobody.headers["www-authenticate"] == "Bearer"
    leader = await send(await api(as_="leader", locale="en"))
    assert (leader.status_code, leader.headers["connection"]) == (403, "close")
    assert error(leader) == {
        "code": "FORBIDDEN",
        "problem": "NO_UPLOADS",
        "message": 'You are acting as "Leader" and may import nothing; uploads and templates are for whoever does. '
        "Change your role, or ask the policy administrator.",
    }
    assert await kept() == (0, 0)


async def test_who_imports_nothing_gets_no_template_either(api: OpenDesk) -> None:
    await member("leader", "leader")
    refused = await (await api(as_="leader")).error("mutation { importTemplate(kind: CLEARANCES) { id } }")
    assert (refused["code"], refused["params"]["problem"]) == ("FORBIDDEN", "NO_UPLOADS")
    assert await kept() == (0, 0)


async def test_a_cookie_alone_sends_nothing(office: Desk) -> None:
    for token in ("", "wrong"):
        office.csrf = token
        response = await send(office)
        assert (response.status_code, error(response)["problem"]) == (403, "CSRF")
    assert await kept() == (0, 0)


# --- malformed


@pytest.mark.parametrize(
    "name",
    [
        "../lixiao.xlsx",
        "a/b.xlsx",
        "C:\\a.xlsx",
        "a\x00.xlsx",
        "a\r\nb.xlsx",
        "a\x7f.xlsx",
        "a\u2028b",
        "a\u202excod.xlsx",
        "..",
        "x" * 201,
        "名" * 300,
    ],
)
async def test_a_name_that_no_file_should_have_is_refused(office: Desk, name: str) -> None:
    response = await send(office, name=name)
    assert response.status_code == 400
    assert error(response) == {
        "code": "BAD_INPUT",
        "problem": "FILE_NAME",
        "message": "文件名不能使用:须为 UTF-8,1 至 200 个字,不含 / \\ 和控制字符。请改名后重新上传。",
    }
    assert await kept() == (0, 0)


@pytest.mark.parametrize("name", [None, "", "  "])
async def test_a_file_needs_a_name(office: Desk, name: str | None) -> None:
    response = await send(office, name=name)
    assert (response.status_code, error(response)["problem"]) == (400, "FILE_UNNAMED")


@pytest.mark.parametrize("query", ["name=%ff%fe.xlsx", "name=%ED%A0%80.xlsx", "&".join("name=a" for _ in range(50))])
async def test_a_name_that_is_not_utf_8_is_refused(office: Desk, query: str) -> None:
    response = await office.http.post(f"/files?{query}", content=b"a", headers={"X-CSRF-Token": office.csrf})
    assert (response.status_code, error(response)["code"]) == (400, "BAD_INPUT")


async def test_a_name_is_kept_composed(office: Desk) -> None:
    assert (await send(office, name=" re\u0301sume\u0301.xlsx ")).json()["name"] == "r\u00e9sum\u00e9.xlsx"


async def test_an_empty_file_is_refused(office: Desk) -> None:
    response = await send(office, b"")
    assert response.status_code == 400
    assert error(response)["message"] == "文件是空的,没有接收。请检查后重新上传。"
    assert await kept() == (0, 0)


async def test_a_form_is_415_and_other_methods_405(office: Desk) -> None:
    response = await send(office, content_type="multipart/form-data; boundary=x")
    assert (response.status_code, error(response)["code"]) == (415, "BAD_INPUT")
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
        response = await office.http.request(method, "/files")
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        response = await office.http.request(method, "/files/x")
        assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """One megabyte a file, two a person."""
    monkeypatch.setenv("LIXIAO_UPLOAD_MEGABYTES", "1")
    monkeypatch.setenv("LIXIAO_FILES_MEGABYTES", "2")
    settings.cache_clear()


async def test_a_file_too_large_is_413_announced_or_not(
    office: Desk, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "REST_BYTES", 0)
    read = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(60):
            read += 1
            yield bytes(MB)

    for content in (bytes(MB + 1), pieces()):
        response = await send(office, content)
        assert response.status_code == 413
        assert error(response)["message"] == "文件超过 1 MB,没有接收。请拆分后分几次上传。"
    assert read == 2
    assert await kept() == (0, 0)
    assert (await send(office, bytes(MB))).status_code == 201


async def test_a_body_that_stops_coming_is_408_and_leaves_nothing(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "PAUSE_SECONDS", 0.05)

    async def slow() -> AsyncIterator[bytes]:
        yield bytes(PIECE + 1)
        await asyncio.Event().wait()

    response = await send(office, slow())
    assert (response.status_code, response.headers["connection"]) == (408, "close")
    assert error(response)["message"] == "文件未在规定时间内送达,没有接收。请检查网络后重试。"
    assert await kept() == (0, 0)


async def test_a_body_that_drips_is_408(office: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.05)

    async def dripping() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.001)

    assert (await send(office, dripping())).status_code == 408
    assert await kept() == (0, 0)


async def test_an_upload_that_is_broken_off_leaves_nothing(office: Desk) -> None:
    waiting = asyncio.Event()

    async def half() -> AsyncIterator[bytes]:
        yield bytes(PIECE)
        waiting.set()
        await asyncio.Event().wait()

    sending = asyncio.create_task(send(office, half()))
    await waiting.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert await kept() == (0, 0)


# --- how many


async def test_a_person_has_so_many_files_under_way_and_no_more(office: Desk) -> None:
    user = await User.get(username="limin")
    owner = Owner(user.id, "office")
    for _ in range(AT_ONCE):
        await files.begin(owner, "a", "text/csv", ROOM, worker="elsewhere")
    response = await send(office)
    assert (response.status_code, response.headers["retry-after"]) == (429, "2")
    assert error(response) == {
        "code": "RATE_LIMITED",
        "problem": "FILES_AT_ONCE",
        "message": "您有 5 个文件正在上传或生成,达到上限。请 2 秒后再试。",
    }
    await File.all().update(leased_until=datetime.now(UTC))
    assert (await send(office)).status_code == 201
    assert await File.filter(state=FileState.FAILED).count() == AT_ONCE


async def test_what_is_oldest_makes_room_but_nothing_of_this_hour(office: Desk, small: None) -> None:
    for name in ("first", "second"):
        assert (await send(office, bytes(MB), name)).status_code == 201
    response = await send(office, b"abc")
    assert (response.status_code, error(response)) == (
        400,
        {
            "code": "BAD_INPUT",
            "problem": "FILES_FULL",
            "message": "您的文件已满(最多 500 个,共 2 MB,一小时内的不会自动清除),没有保存。请稍后再试。",
        },
    )
    await File.filter(name="first").update(created_at=datetime.now(UTC) - timedelta(hours=1))
    assert (await send(office, b"abc", "third")).status_code == 201
    assert await File.all().order_by("id").values_list("name", flat=True) == ["second", "third"]
    assert await kept() == (2, 3)


async def test_the_room_of_one_person_is_not_anothers(api: OpenDesk, office: Desk, small: None) -> None:
    await member("wangfang", "office")
    for _ in range(2):
        await send(office, bytes(MB))
    assert (await send(await api(as_="wangfang"), b"abc")).status_code == 201


# --- not there yet, and never


async def test_a_file_that_is_being_made_is_409_and_one_that_never_will_be_410(office: Desk) -> None:
    user = await User.get(username="limin")
    owner = Owner(user.id, "office")
    file = await files.begin(owner, "a.csv", "text/csv", ROOM, worker="w")
    path = f"/files/{ids.encode('File', file.id)}"
    await files.renew(file, 40)
    making = await fetch(office, path)
    assert (making.status_code, making.headers["retry-after"]) == (409, "1")
    assert error(making) == {
        "code": "CONFLICT",
        "problem": "FILE_MAKING",
        "message": "文件还在生成(已完成 40%)。请稍后再取,或取消生成。",
    }
    await files.fail(file, *files.RESTARTED)
    failed = await fetch(office, path)
    assert (failed.status_code, error(failed)) == (
        410,
        {
            "code": "CONFLICT",
            "problem": "FILE_RESTARTED",
            "message": "生成文件期间服务器重启,文件没有生成。请重新导出;上传中断的请重新上传。",
        },
    )
