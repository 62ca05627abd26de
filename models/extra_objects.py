"""What the database itself guarantees beyond tables and columns: append-only rows, partial uniqueness, transaction ids,
and how far a reader of events may go.

Tortoise's migrations know none of these, and its table rebuilds on SQLite lose them; `lixiao migrate` therefore drops
them before and makes them anew after every run. Every statement may be repeated.
"""

from __future__ import annotations

from models.database_url import Dialect
from models.enums import CertificateStatus

#: Events are never changed or deleted, the rows of an operation never deleted (B10): a mistake in our own code fails.
REFUSED: tuple[tuple[str, str], ...] = (
    ("event", "UPDATE"),
    ("event", "DELETE"),
    ("operation", "DELETE"),
    ("operation_row", "DELETE"),
)

#: At most one certificate per sheet and kind is not void.
CERTIFICATE_INDEX = (
    "CREATE UNIQUE INDEX certificate_not_void ON certificate (sheet_id, kind)"
    f" WHERE status <> '{CertificateStatus.VOID.value}'"
)

POSTGRESQL_REFUSE = """
CREATE OR REPLACE FUNCTION lixiao_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% refuses %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$
"""

#: Which transaction wrote an event; for whoever looks into the database. The default serves inserts that leave the
#: column out, the trigger those that give NULL, as Tortoise does.
POSTGRESQL_XID = "pg_current_xact_id()::text::bigint"
POSTGRESQL_EVENT_XID = f"""
CREATE OR REPLACE FUNCTION lixiao_event_xid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.xid := {POSTGRESQL_XID};
    RETURN NEW;
END $$
"""
POSTGRESQL_EVENT_XID_TRIGGER = """
CREATE TRIGGER event_xid BEFORE INSERT ON event FOR EACH ROW WHEN (NEW.xid IS NULL) EXECUTE FUNCTION lixiao_event_xid()
"""

#: Ids are taken before the commit, so that a smaller one may become visible after a larger one. Whoever inserts events
#: therefore first says, by a shared lock that ends with his transaction, from which id on he may take some; and nobody
#: reads events by cursor beyond the least of these. Ids rather than `xid` make the order: of two changes of one sheet
#: the later has the larger id, because both are written under the sheet's lock, while a transaction that waited for the
#: lock may well be the older one; and they go on counting in a database that was restored on another server.
EVENTS = 0x6C78  # "lx", the first key of these locks; the second is an id, which an event's global id holds in 31 bits
#: On this channel PostgreSQL tells whoever listens, at commit and once a transaction, that there are new events.
NEWS = "lixiao_events"
NEWEST_ID = "(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM event_id_seq)"
POSTGRESQL_EVENTS_BEGUN = f"""
CREATE OR REPLACE FUNCTION lixiao_events_begun() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({EVENTS}, {NEWEST_ID}::int);
    PERFORM pg_notify('{NEWS}', '');
    RETURN NULL;
END $$
"""
POSTGRESQL_EVENTS_BEGUN_TRIGGER = """
CREATE TRIGGER events_begun BEFORE INSERT ON event FOR EACH STATEMENT EXECUTE FUNCTION lixiao_events_begun()
"""

#: In this order: whoever says so after the newest id was read takes only larger ones.
POSTGRESQL_EVENT_HORIZON = f"""
CREATE OR REPLACE FUNCTION lixiao_event_horizon() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    newest bigint := {NEWEST_ID};
    begun bigint;
BEGIN
    SELECT min(objid::bigint) INTO begun FROM pg_locks
    WHERE locktype = 'advisory' AND classid = {EVENTS} AND objsubid = 2
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
    RETURN least(newest, begun);
END $$
"""


def drop(dialect: Dialect) -> list[str]:
    """The statements that remove whatever of these objects is there; the tables must exist on PostgreSQL."""
    index = "DROP INDEX IF EXISTS certificate_not_void"
    if dialect is Dialect.SQLITE:
        return [*(f"DROP TRIGGER IF EXISTS {_name(table, verb)}" for table, verb in REFUSED), index]
    return [
        *(f"DROP TRIGGER IF EXISTS {_name(table, verb)} ON {table}" for table, verb in REFUSED),
        "DROP TRIGGER IF EXISTS event_xid ON event",
        "DROP TRIGGER IF EXISTS events_begun ON event",
        "ALTER TABLE event ALTER COLUMN xid DROP DEFAULT",
        index,
    ]


def create(dialect: Dialect) -> list[str]:
    """The statements that make all of these objects, after `drop`."""
    if dialect is Dialect.SQLITE:
        return [*(_sqlite_refusal(table, verb) for table, verb in REFUSED), CERTIFICATE_INDEX]
    return [
        POSTGRESQL_REFUSE,
        *(_postgresql_refusal(table, verb) for table, verb in REFUSED),
        CERTIFICATE_INDEX,
        POSTGRESQL_EVENT_XID,
        f"ALTER TABLE event ALTER COLUMN xid SET DEFAULT ({POSTGRESQL_XID})",
        POSTGRESQL_EVENT_XID_TRIGGER,
        POSTGRESQL_EVENTS_BEGUN,
        POSTGRESQL_EVENTS_BEGUN_TRIGGER,
        POSTGRESQL_EVENT_HORIZON,
    ]


def _name(table: str, verb: str) -> str:
    return f"{table}_refuses_{verb.lower()}"


def _sqlite_refusal(table: str, verb: str) -> str:
    return (
        f"CREATE TRIGGER {_name(table, verb)} BEFORE {verb} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{table} refuses {verb}'); END"
    )


def _postgresql_refusal(table: str, verb: str) -> str:
    return f"CREATE TRIGGER {_name(table, verb)} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION lixiao_refuse()"
