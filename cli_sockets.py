"""How the server of `lixiao serve` ends a WebSocket; what is said over it is `graphql_api.websocket`'s."""

from __future__ import annotations

from asyncio import TimerHandle

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

GOING_AWAY = 1001
STALLED_SECONDS = 60.0


class Socket(WebSocketsSansIOProtocol):
    """Uvicorn's, with two differences. A server that stops says 1001, going away, not 1012. And a client that takes
    nothing for STALLED_SECONDS is cut off: a polite close would wait behind what he does not take, for ever."""

    _stalled: TimerHandle | None = None

    def shutdown(self) -> None:
        if self.close_sent or not self.handshake_complete:
            super().shutdown()
            return
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": GOING_AWAY})
        self.conn.send_close(GOING_AWAY, "The server stops")
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(STALLED_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._taken()

    def connection_lost(self, exc: Exception | None) -> None:
        self._taken()
        super().connection_lost(exc)

    def _taken(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
