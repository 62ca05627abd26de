"""A file that the API keeps, handed to the browser under its own name, piece by piece."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, current_app

from admin_panel.client import Client
from admin_panel.giving import ROOM
from admin_panel.visit import visitor


def handed_over(file_id: str) -> Response:
    """The answer that is the file. Raises ApiFailure where there is none for this visitor, or not yet."""
    return ROOM.give(lambda: _answer(file_id))


def _answer(file_id: str) -> Response:
    client: Client = current_app.extensions["lixiao_client"]
    file = client.download(file_id, visitor())
    plain = "file." + file.name.rpartition(".")[2] if file.name.isascii() is False else file.name
    named = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}"
    return Response(file.pieces, content_type=file.media_type, headers={"Content-Disposition": named})
