"""A list of students that comes as a file instead of being pasted: numbers, and names that they must belong to."""

from __future__ import annotations

from flask import g

from admin_panel.choosing import chosen_way
from admin_panel.client import ApiFailure, Json
from admin_panel.uploading import chosen_file, uploaded
from admin_panel.visit import execute
from admin_panel.words import say

#: The ways of choosing for which a file will do.
LISTS = ("studentNos", "allExcept")
READ = """mutation Read($input: ImportClearancesInput!) { read: importClearances(input: $input) {
  rows { studentNo row cell code message } } }"""
#: Rows of which it is not certain who is meant: nobody may be left out, or be handled, by mistake.
UNCERTAIN = frozenset({"BAD_INPUT", "NOT_FOUND", "ROW_MISMATCH"})
MOST_TOLD = 10


def file_of_list() -> str:
    """The id of the file that was chosen for this way, sent on; empty where none was. Raises ApiFailure."""
    way = chosen_way()
    file = chosen_file(f"{way}File") if way in LISTS else None
    return uploaded(file) if file else ""


def numbers_of(file: str, asked: Json) -> list[str]:
    """The numbers of a list, as an import of it would read them; `asked`: what that import is for. Raises ApiFailure
    with the rows of which it is not certain who is meant."""
    given = {name: asked[name] for name in ("batch", "item", "status", "reason") if asked.get(name)}
    rows = execute(READ, {"input": given | {"file": file, "dryRun": True}})["read"]["rows"]
    if doubtful := [row for row in rows if row["code"] in UNCERTAIN]:
        told = "\n".join(f"{row['cell'] or row['row']}: {row['message']}" for row in doubtful[:MOST_TOLD])
        raise ApiFailure(
            {"message": say("list_uncertain", n=len(doubtful), rows=told), "extensions": {"code": "BAD_INPUT"}}
        )
    g.numbers_of_file = list(dict.fromkeys(row["studentNo"] for row in rows))
    return list(g.numbers_of_file)


def without_note(note: str | None) -> Json:
    """Nothing. Raises ApiFailure for a note beside a file, whose rows have notes of their own."""
    if note:
        raise ApiFailure({"message": say("note_in_file"), "extensions": {"code": "BAD_INPUT"}})
    return {}


def named_in_file() -> int:
    """How many numbers the file of this request's form held; 0 where there was none."""
    return len(g.get("numbers_of_file", ()))
