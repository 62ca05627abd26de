"""Files that a browser sends with a form: how large a form with one may be, and handing it on to the API."""

from __future__ import annotations

from flask import Flask, current_app, request
from werkzeug.datastructures import FileStorage

from admin_panel.client import ApiFailure, Client
from admin_panel.visit import visitor
from admin_panel.words import say

#: As much as the API takes; it decides. Beside the file there is room for the form's own fields.
LARGEST = 20 * 1024 * 1024
FIELDS = 2 * 1024 * 1024
#: The pages whose forms may come with a file.
TAKING_FILES = frozenset({"import.act", "bulk.act"})


def make_room(app: Flask) -> None:
    """Forms with a file may be larger than others. Before anything reads a form."""
    app.before_request(_room_for_a_file)


def _room_for_a_file() -> None:
    if request.endpoint in TAKING_FILES:
        request.max_content_length = LARGEST + FIELDS


def chosen_file(field: str = "file") -> FileStorage | None:
    """The file that a form came with; None where none was chosen."""
    file = request.files.get(field)
    return file if file and file.filename else None


def uploaded(file: FileStorage | None) -> str:
    """The id under which the API keeps it. Raises ApiFailure, also where no file was chosen."""
    if file is None:
        raise ApiFailure({"message": say("no_file_chosen"), "extensions": {"code": "BAD_INPUT"}})
    client: Client = current_app.extensions["lixiao_client"]
    return client.upload(file.filename or "", file.stream, visitor())
