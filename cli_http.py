"""How the server of `lixiao serve` reads HTTP: with uvicorn's parser in C, and an end to heads that never end.

Uvicorn waits for a request's head for ever and keeps whatever it is made of. What a request holds is not read here.
"""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEAD_SECONDS = 10.0  # from the connection, or the first byte of its next request
MOST_HEAD_BYTES = 64 * 1024  # the line and the headers together


class Http(HttpToolsProtocol):
    """Uvicorn's, with two limits on the head of a request; what follows a body (trailers) is thrown away."""

    _in_head = True
    _head_bytes = 0
    _waiting: TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
            if self._waiting is None:
                self._wait()
        super().data_received(data)
        if self._in_head and self._head_bytes > MOST_HEAD_BYTES:
            self._refuse(431, "The headers are too large.")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head, self._head_bytes = True, 0
        super().on_message_complete()

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _too_slow(self) -> None:
        """Of a connection over which nothing came, nothing is expected."""
        if self._head_bytes:
            self._refuse(408, "The headers did not arrive in time.")
        else:
            self.transport.close()

    def _refuse(self, status: int, reason: str) -> None:
        self._stop_waiting()
        head = b"content-type: text/plain\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(reason)
        self.transport.write(STATUS_LINE[status] + head + reason.encode())
        self.transport.close()
