"""Reads groups: one statement for a question, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql_api.statement import Statement
from models import database
from models.database import Row


async def fetched(statement: Statement, values: Sequence[Any]) -> list[Row]:
    """The rows of the statement, filled with the values of one run."""
    return await database.fetch_plain(statement.text, statement.filled(values))
