"""Sends requests at the least cost to the machine they are measured on: bare sockets that stay open, bytes made before.

A client library costs more time than a bare server takes to answer, and would make everything look alike.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

LINES = 4
LARGEST_PIECE = 1 << 20
END_OF_HEAD = b"\r\n\r\n"


class Line:
    """One connection that is kept open."""

    def __init__(self, base: str) -> None:
        address = urlsplit(base)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=300)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Line:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def ask(self, request: bytes) -> bytes:
        """The body of the answer. Raises SystemExit for a status other than 200, and for errors of GraphQL."""
        self.socket.sendall(request)
        return self.receive()

    def receive(self) -> bytes:
        head, _, body = self._until_end_of_head().partition(END_OF_HEAD)
        length = _length(head)
        pieces, missing = [body], length - len(body)
        while missing > 0:
            pieces.append(self._piece())
            missing -= len(pieces[-1])
        whole = b"".join(pieces)
        if not head.startswith(b"HTTP/1.1 200") or b'"errors":[{"' in whole:
            raise SystemExit(f"refused: {(head + whole)[:2000].decode(errors='replace')}")
        return whole

    def _until_end_of_head(self) -> bytes:
        found = self._piece()
        while END_OF_HEAD not in found:
            found += self._piece()
        return found

    def _piece(self) -> bytes:
        piece = self.socket.recv(LARGEST_PIECE)
        if not piece:
            raise SystemExit("the server closed the connection")
        return piece


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise SystemExit("an answer without its length")


def post(path: str, content: Mapping[str, Any], headers: Mapping[str, str]) -> bytes:
    """The bytes of one request."""
    body = orjson.dumps(content)
    named = {"content-type": "application/json", "content-length": str(len(body)), **headers}
    return _head("POST", quote(path), named) + body


def get(path: str, headers: Mapping[str, str]) -> bytes:
    return _head("GET", path, headers)


def _head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\nhost: benchmark\r\n{lines}\r\n".encode()


def one_after_the_other(base: str, requests: Sequence[bytes], *, warm: bool = False) -> list[float]:
    """How long each took, in ms; the first warms up and is not told, unless all is `warm`."""
    with Line(base) as line:
        return [_took(line, request) for request in requests][0 if warm else 1 :]


def _took(line: Line, request: bytes) -> float:
    begin = time.perf_counter()
    line.ask(request)
    return (time.perf_counter() - begin) * 1000


def side_by_side(base: str, requests: Sequence[bytes], lines: int = LINES) -> float:
    """Answers in a second, with so many requests under way at any time."""
    waiting = selectors.DefaultSelector()
    opened = [Line(base) for _ in range(lines)]
    left = iter(requests)
    begin = time.perf_counter()
    for line in opened:
        if (request := next(left, None)) is not None:
            line.socket.sendall(request)
            waiting.register(line.socket, selectors.EVENT_READ, line)
    while waiting.get_map():
        for key, _ in waiting.select():
            key.data.receive()
            if (request := next(left, None)) is None:
                waiting.unregister(key.fileobj)
            else:
                key.data.socket.sendall(request)
    taken = time.perf_counter() - begin
    for line in opened:
        line.socket.close()
    return len(requests) / taken
