"""One way to write SQL: what each database is sent. That both understand it is tested in test_database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from models.database_url import Dialect
from models.enums import BatchStatus, ClearanceStatus
from models.portable_sql import adapt, many, table, translate

SQLITE, POSTGRESQL = Dialect.SQLITE, Dialect.POSTGRESQL


@pytest.mark.parametrize(
    ("sql", "sqlite", "postgresql"),
    [
        ("a = ?1 OR b = ?2 OR c = ?1", "a = ? OR b = ? OR c = ?", "a = $1 OR b = $2 OR c = $1"),
        ("?12 + ?1", "? + ?", "$12 + $1"),
        ("a = ? AND b = ?", "a = ? AND b = ?", "a = ? AND b = ?"),
        ("id IN LIST(?2)", "id IN (SELECT value FROM json_each(?))", "id = ANY($2)"),
        ("id not in list(?1)", "id not IN (SELECT value FROM json_each(?))", "id <> ALL($1)"),
        (
            "FROM ROWS(?1: id bigint, note text) n",
            "FROM (SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS note FROM json_each(?)) n",
            "FROM (SELECT (value->>0)::bigint AS id, (value->>1)::text AS note FROM jsonb_array_elements($1::jsonb)) n",
        ),
    ],
)
def test_translation(sql, sqlite, postgresql):
    assert translate(sql, SQLITE).text == sqlite
    assert translate(sql, POSTGRESQL).text == postgresql


@pytest.mark.parametrize(
    ("sql", "sqlite", "postgresql"),
    [
        ("?1 ?2 ?3", ["a", "b", "c"], ["a", "b", "c"]),
        ("?3 ?1 ?2 ?1", ["c", "a", "b", "a"], ["a", "b", "c"]),
        ("? ? ?", ["a", "b", "c"], ["a", "b", "c"]),
    ],
)
def test_parameters_stand_where_they_are_used(sql, sqlite, postgresql):
    assert translate(sql, SQLITE).arranged(["a", "b", "c"]) == sqlite
    assert translate(sql, POSTGRESQL).arranged(["a", "b", "c"]) == postgresql


def test_parameters():
    given = [None, 1, "x", many([3, 1]), {"名": 1}]
    assert adapt(given, SQLITE) == [None, 1, "x", "[3,1]", '{"名":1}']
    assert adapt(given, POSTGRESQL) == [None, 1, "x", [3, 1], '{"名":1}']


def test_rows_of_a_table_are_written_as_the_databases_store_them():
    moment = datetime(2026, 6, 1, 16, 30, tzinfo=timezone(timedelta(hours=8)))
    rows = table([(1, moment, date(2026, 6, 1), Decimal("1.50"), ClearanceStatus.CLEARED, BatchStatus.OPEN, None)])
    expected = '[[1,"2026-06-01 08:30:00+00:00","2026-06-01","1.50",3,"OPEN",null]]'
    assert adapt([rows], SQLITE) == adapt([rows], POSTGRESQL) == [expected]
    assert moment.astimezone(UTC).isoformat(" ") == "2026-06-01 08:30:00+00:00"


@pytest.mark.parametrize("value", [[1], (1,), {1}])
def test_a_bare_list_is_refused(value):
    with pytest.raises(TypeError, match=r"many\(\[…\]\)"):
        adapt([value], SQLITE)


def test_what_json_cannot_hold_is_refused():
    with pytest.raises(TypeError, match="bytes does not travel"):
        table([(b"x",)])
