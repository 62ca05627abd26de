"""An answer as it is written: from dicts, or from bytes that are JSON already."""

from __future__ import annotations

import orjson

from graphql_api.answer import Answer

ERROR = {"message": "no", "extensions": {"code": "NOT_FOUND"}}


def test_finished_bytes_are_written_as_they_are() -> None:
    answer = Answer(None, [], True, "en", data_bytes=b'{"a": 1 }')
    assert answer.written() == b'{"data":{"a": 1 }}'


def test_finished_bytes_are_dicts_for_who_asks_in_this_process() -> None:
    answer = Answer(None, [ERROR], True, "en", data_bytes=b'{"a":[1,null]}')
    assert answer.body() == {"errors": [ERROR], "data": {"a": [1, None]}}
    assert orjson.loads(answer.written()) == answer.body()


def test_what_did_not_run_has_no_data() -> None:
    assert Answer(None, [ERROR], False, "en").written() == orjson.dumps({"errors": [ERROR]})
    assert Answer(None, [ERROR], True, "en").body() == {"errors": [ERROR], "data": None}
    assert Answer({"a": 1}, [], True, "en").written() == b'{"data":{"a":1}}'
