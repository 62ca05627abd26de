"""Subscriptions over a WebSocket at `/graphql`, by the protocol `graphql-transport-ws`: messages, limits and closing.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. Messages are read one after the other: whatever a
client sends after a `subscribe` is looked at when that subscription has begun, so a `pong` tells that it has. Nothing
that is to be sent piles up here: a subscription reads its next change when the one before is on its way.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import orjson
from graphql import ExecutionResult
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from graphql_api import messages
from graphql_api.answer import Answer
from graphql_api.asked import MOST_BYTES, Asked, Malformed, from_object, parsed
from graphql_api.authentication import SESSION_COOKIE, authenticate, bearer_of
from graphql_api.context import Context, Credentials
from graphql_api.errors import ErrorCode
from graphql_api.execute import Api
from graphql_api.limits import too_complex
from graphql_api.live import Live
from graphql_api.presenting import answered
from models.change_bus import TooSlow
from models.declare import Words
from settings import settings

PROTOCOL = "graphql-transport-ws"

INIT_SECONDS = 10.0
SEND_SECONDS = 30.0  # to take one message; who takes none at all is cut off
CLOSE_SECONDS = 10.0
MOST_CONNECTIONS = 2_000  # of this process
MOST_OF_ONE_ACCOUNT = 20
MOST_SUBSCRIPTIONS = 20  # of one connection
LONGEST_ID = 128
MESSAGE = Words("消息", "The message")
LONGEST_REASON = 123  # bytes of a close frame


class Closing(Exception):
    """The connection ends: the code and the reason that the client is told."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


SLOW = Closing(1013, "Too slow: changes came faster than they were taken. Connect again, with `after`.")


def _invalid(reason: str) -> Closing:
    return Closing(4400, f"Invalid message: {reason}")


class SocketEndpoint:
    """`/graphql` as a WebSocket; knows how many are open, and whose."""

    def __init__(self) -> None:
        self.open = 0
        self.of_account: Counter[int] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = WebSocket(scope, receive, send)
        self.open += 1
        try:
            await Connection(socket, self).serve()
        except WebSocketDisconnect:
            pass
        finally:
            self.open -= 1


class Connection:
    """One client, from the handshake to the end."""

    def __init__(self, socket: WebSocket, endpoint: SocketEndpoint) -> None:
        self._socket, self._endpoint = socket, endpoint
        self._api: Api = socket.app.state.api
        self._account: int | None = None
        self._credentials = Credentials()
        self._telling: dict[str, asyncio.Task[None]] = {}
        self._end: asyncio.Future[Closing] = asyncio.get_running_loop().create_future()

    async def serve(self) -> None:
        """Until either side ends it. Raises WebSocketDisconnect when the client is gone."""
        spoken = PROTOCOL in self._socket.scope["subprotocols"]
        await self._socket.accept(subprotocol=PROTOCOL if spoken else None)
        if not spoken:
            await self._close(Closing(4406, f"Subprotocol not acceptable; speak {PROTOCOL}"))
            return
        reader = asyncio.ensure_future(self._read())
        try:
            waiting: set[asyncio.Future[Any]] = {reader, self._end}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if self._end.done():
                reader.cancel()
                await self._stop_telling()
                await self._close(self._end.result())
            else:
                reader.result()
        except Closing as closing:
            await self._stop_telling()
            await self._close(closing)
        finally:
            reader.cancel()
            await self._stop_telling()
            await asyncio.gather(reader, return_exceptions=True)
            if self._account is not None:
                self._endpoint.of_account[self._account] -= 1

    def _finish(self, closing: Closing) -> None:
        if not self._end.done():
            self._end.set_result(closing)

    async def _stop_telling(self) -> None:
        ending = list(self._telling.values())
        self._telling.clear()
        for each in ending:
            each.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    # --- messages in

    async def _read(self) -> None:
        """Raises Closing, or WebSocketDisconnect."""
        if self._endpoint.open > MOST_CONNECTIONS:
            raise Closing(1013, "Too many connections; try again later")
        await self._initialise()
        while True:
            await self._handle(await self._message())

    async def _message(self) -> dict[str, Any]:
        received = await self._socket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1006), received.get("reason"))
        text = received.get("text")
        if text is None:
            raise _invalid("it must be text")
        if len(text) > MOST_BYTES or len(text.encode()) > MOST_BYTES:
            raise Closing(1009, f"A message may hold {MOST_BYTES} bytes")
        try:
            message = parsed(text, MESSAGE)
        except Malformed as problem:
            raise _invalid(problem.reason) from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise _invalid("it must be an object with a `type`")
        if not isinstance(message.get("payload"), dict | None):
            raise _invalid("`payload` must be an object")
        return message

    async def _initialise(self) -> None:
        try:
            async with asyncio.timeout(INIT_SECONDS):
                message = await self._message()
                while message["type"] in ("ping", "pong"):
                    await self._handle(message)
                    message = await self._message()
        except TimeoutError:
            raise Closing(4408, "Connection initialisation timeout") from None
        if message["type"] != "connection_init":
            raise Closing(4401, "Unauthorized: send connection_init first")
        await self._admit(message.get("payload") or {})
        await self._send({"type": "connection_ack"})

    async def _admit(self, payload: dict[str, Any]) -> None:
        self._credentials = credentials_of(self._socket, payload)
        context = self._context()
        await authenticate(context, self._api.identities)
        if context.signed_in is None:
            if self._credentials.bearer:
                raise Closing(4403, "Forbidden: the API token is not valid, expired or revoked")
            raise Closing(4403, 'Forbidden: sign in on the same site, or send {"authorization": "Bearer …"} along')
        account = context.signed_in.user_id
        if self._endpoint.of_account[account] >= MOST_OF_ONE_ACCOUNT:
            raise Closing(1013, f"This account has {MOST_OF_ONE_ACCOUNT} connections already; try again later")
        self._account = account
        self._endpoint.of_account[account] += 1

    def _context(self) -> Context:
        return Context(self._credentials, messages.locale_of(self._credentials.locale))

    async def _handle(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "ping":
                payload = {"payload": message["payload"]} if message.get("payload") else {}
                await self._send({"type": "pong", **payload})
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(_id_of(message), message.get("payload"))
            case "complete":
                if (task := self._telling.pop(_id_of(message), None)) is not None:
                    task.cancel()
            case "connection_init":
                raise Closing(4429, "Too many initialisation requests")
            case _:
                raise _invalid("its `type` is unknown")

    # --- subscriptions

    async def _subscribe(self, name: str, payload: Any) -> None:
        if name in self._telling:
            raise Closing(4409, f"Subscriber for {name} already exists")
        try:
            asked = from_object(payload)
        except Malformed as problem:
            raise _invalid(problem.reason) from None
        begun = await self._begin(asked)
        if isinstance(begun, Answer):
            await self._send({"id": name, "type": "error", "payload": begun.errors})
            return
        begun.when_too_slow(lambda: self._finish(SLOW))
        telling = asyncio.create_task(self._tell(name, begun))
        telling.add_done_callback(lambda ended: begun.close())  # also when it is cancelled before its first step
        self._telling[name] = telling

    async def _begin(self, asked: Asked) -> Live | Answer:
        number = len(self._telling) + 1
        if number > MOST_SUBSCRIPTIONS:
            refused = too_complex("subscriptions", number, MOST_SUBSCRIPTIONS)
            return await answered(ExecutionResult(None, [refused]), self._context(), ran=False)
        return await self._api.subscribe(
            asked.document, asked.variables, asked.operation_name, self._credentials, stored=asked.stored
        )

    async def _tell(self, name: str, live: Live) -> None:
        """Sends what the subscription tells, and why it ends."""
        try:
            async for answer in live.answers():
                if answer.ran:
                    await self._send({"id": name, "type": "next", "payload": answer.body()})
                    await asyncio.sleep(0)  # of many changes at once, others are answered in between
                elif answer.code == ErrorCode.UNAUTHENTICATED.value:
                    await self._unauthenticated(answer)
                else:
                    await self._send({"id": name, "type": "error", "payload": answer.errors})
        except TooSlow:
            self._finish(SLOW)
        except Closing as closing:
            self._finish(closing)
        except WebSocketDisconnect:
            pass  # the reader hears of it too
        finally:
            if self._telling.get(name) is asyncio.current_task():
                del self._telling[name]

    async def _unauthenticated(self, answer: Answer) -> None:
        """Whoever asks for one thing here asks for all: every subscription ends, and the connection."""
        for name in list(self._telling):
            await self._send({"id": name, "type": "error", "payload": answer.errors})
        self._finish(Closing(4401, "Unauthorized: the session or token has ended"))

    # --- messages out

    async def _send(self, message: dict[str, Any]) -> None:
        """Waits until the client takes it. Raises Closing when he does not, WebSocketDisconnect when he is gone."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._socket.send_text(orjson.dumps(message).decode())
        except TimeoutError:
            raise SLOW from None

    async def _close(self, closing: Closing) -> None:
        reason = closing.reason.encode()[:LONGEST_REASON].decode(errors="ignore")
        with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):  # RuntimeError: closed by the other side
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._socket.close(closing.code, reason)


def _id_of(message: dict[str, Any]) -> str:
    name = message.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID:
        raise _invalid(f"`id` must be a text of 1 to {LONGEST_ID} characters")
    return name


def credentials_of(socket: WebSocket, payload: dict[str, Any]) -> Credentials:
    """A token in the payload of connection_init or in the handshake, else the session's cookie: that only from our own
    pages, for a browser sends it along with every site's handshakes."""
    given = payload.get("authorization", payload.get("Authorization", socket.headers.get("authorization")))
    locale = payload.get("locale") or socket.headers.get("accept-language", "")
    return Credentials(
        bearer=bearer_of(given) if isinstance(given, str) else None,
        session=socket.cookies.get(SESSION_COOKIE) if of_our_own(socket) else None,
        locale=locale if isinstance(locale, str) else "",
        address=socket.client.host if socket.client else "",
    )


def of_our_own(socket: WebSocket) -> bool:
    """Whether the page that opened this lies at the address it opened, or at LIXIAO_BASE_URL, where a proxy in front
    does not pass that on."""
    origin = socket.headers.get("origin", "").lower()
    here = settings()
    if origin == f"{urlsplit(here.base_url).scheme}://{urlsplit(here.base_url).netloc}".lower():
        return True
    scheme, _, host = origin.partition("://")
    schemes = ("https",) if here.secure_cookies else ("http", "https")
    return scheme in schemes and bool(host) and host == socket.headers.get("host", "").lower()
