"""What other systems say of an item and a student (B6): reading a delivery, the newest words, and where they disagree
with the desk. What follows from a word is decided in `syncing`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from models import database
from models.enums import ClearanceStatus, DecidedBy
from models.observations import SyncObservation
from models.portable_sql import many, table
from models.rules.identity import normalise_number
from models.rules.loading import DECIDED_BY, STATUS, batch_id_of, moment
from models.rules.refusals import Code, Refusal, Refused

LONGEST_TEXT: int = SyncObservation._meta.fields_map["value"].max_length  # type: ignore[attr-defined]  # a CharField
CLOCKS_MAY_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Observed:
    """What the source says of one student: whether nothing is open there any more, and when it looked."""

    student_no: str
    settled: bool
    observed_at: datetime
    note: str = ""


# --- a delivery


@dataclass(frozen=True, slots=True)
class Word:
    """One row of a delivery as it was understood. `counts`: it is the newest of the delivery about its student;
    `newer`: else that one's moment, when it is a later one. `refusal`: it says nothing that could be kept."""

    number: str
    settled: bool
    at: datetime
    note: str
    counts: bool = True
    newer: datetime | None = None
    refusal: Refusal | None = None


def listen(rows: Sequence[Observed], *, now: datetime) -> list[Word]:
    """The delivery row by row. Refused are a moment without time zone, because two systems may mean two, and one in the
    future, which no later word could correct (BAD_INPUT); and two words of one moment that contradict (DUPLICATE)."""
    words = [_word(row, now) for row in rows]
    newest: dict[str, int] = {}
    for place, word in enumerate(words):
        if word.refusal is None and (word.number not in newest or word.at > words[newest[word.number]].at):
            newest[word.number] = place
    said: dict[str, set[bool]] = {}
    for word in words:
        if word.refusal is None and word.at == words[newest[word.number]].at:
            said.setdefault(word.number, set()).add(word.settled)
    return [_weighed(word, place, words, newest, said) for place, word in enumerate(words)]


def _word(row: Observed, now: datetime) -> Word:
    word = Word(normalise_number(row.student_no), row.settled, row.observed_at, row.note)
    if row.observed_at.tzinfo is None:
        return _refused(word, Code.BAD_INPUT, argument="observedAt", problem="NO_ZONE")
    if row.observed_at > now + CLOCKS_MAY_DIFFER:
        return _refused(word, Code.BAD_INPUT, argument="observedAt", problem="FUTURE", now=now.isoformat())
    if len(row.note) > LONGEST_TEXT or "\0" in row.note:
        return _refused(word, Code.BAD_INPUT, argument="note", limit=LONGEST_TEXT)
    return replace(word, at=row.observed_at.astimezone(UTC))


def _refused(word: Word, code: Code, **facts: str | int) -> Word:
    return replace(word, counts=False, refusal=Refusal(code, facts=facts))


def _weighed(
    word: Word, place: int, words: Sequence[Word], newest: Mapping[str, int], said: Mapping[str, set[bool]]
) -> Word:
    if word.refusal is not None:
        return word
    best = words[newest[word.number]]
    if word.at == best.at and len(said[word.number]) > 1:
        return _refused(word, Code.DUPLICATE, student_no=word.number)
    if place == newest[word.number]:
        return word
    return replace(word, counts=False, newer=best.at if best.at > word.at else None)


# --- what is known


@dataclass(frozen=True, slots=True)
class KnownWord:
    """The newest word of one source on one student."""

    settled: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenElsewhere:
    """Another source whose newest word is that something is open, and when it looked."""

    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """By student number: what the source itself said last, and which other one still finds something open."""

    own: Mapping[str, KnownWord]
    open_elsewhere: Mapping[str, OpenElsewhere]


async def known_words(source: str, item_id: int, numbers: Iterable[str]) -> Known:
    """The newest words on these students and this item, in one statement."""
    rows = await database.fetch(NEWEST, [item_id, many(numbers)])
    own: dict[str, KnownWord] = {}
    elsewhere: dict[str, OpenElsewhere] = {}
    for number, said_by, settled, stored in rows:
        at = moment(stored)
        if at is None:
            raise AssertionError("observed_at is never null")
        if said_by == source:
            own[number] = KnownWord(bool(settled), at)
        elif not settled:
            elsewhere[number] = OpenElsewhere(said_by, at)
    return Known(own, elsewhere)


NEWEST = """
SELECT student.student_no, source, settled, observed_at FROM sync_observation
JOIN student ON student.id = sync_observation.student_id
WHERE item_id = ?1 AND student.student_no IN LIST(?2) ORDER BY student.student_no, observed_at, source
"""


async def keep(source: str, item_id: int, words: Sequence[Word]) -> None:
    """Keeps what is newer than the source's last word, in one statement."""
    values = [(word.number, word.settled, word.at, word.note) for word in words]
    await database.execute(KEEP, [table(values), source, item_id, datetime.now(UTC)])


KEEP = """
INSERT INTO sync_observation (source, item_id, student_id, settled, observed_at, value, created_at, updated_at)
SELECT CAST(?2 AS VARCHAR(32)), ?3, student.id, said.settled, said.observed_at, said.value, ?4, ?4
FROM ROWS(?1: student_no text, settled boolean, observed_at timestamptz, value text) AS said
JOIN student ON student.student_no = said.student_no WHERE true ORDER BY student.id
ON CONFLICT (source, item_id, student_id) DO UPDATE SET settled = excluded.settled,
    observed_at = excluded.observed_at, value = excluded.value, updated_at = excluded.updated_at,
    version = sync_observation.version + 1
WHERE excluded.observed_at > sync_observation.observed_at
"""


# --- where they disagree with the desk


@dataclass(frozen=True, slots=True)
class Standing:
    """How the clearance of an observation stands, and whether its word says something else."""

    clearance_id: int
    status: ClearanceStatus
    decided_by: DecidedBy
    decided_at: datetime | None
    disagrees: bool


async def standings(observation_ids: Collection[int]) -> dict[int, Standing]:
    """By observation; nothing where the student has no active sheet with the item."""
    rows = await database.fetch(f"{STANDINGS} WHERE sync_observation.id IN LIST(?1)", [many(observation_ids)])
    return {row[0]: _standing(*row[1:]) for row in rows}


async def disagreements(batch: str, item: str | None) -> dict[int, Standing]:
    """The observations of a batch, or of one of its items, whose word is not what the desk says, the newest first.

    An item is open, or it is not: NOT_REQUIRED is settled, but for OPTIONAL items, which are settled when CLEARED.
    Refuses with NOT_FOUND (batch, item).
    """
    batch_id = await batch_id_of(batch)
    if item is not None:
        found = await database.fetch("SELECT 1 FROM item WHERE batch_id = ?1 AND code = ?2", [batch_id, item])
        if not found:
            raise Refused(Code.NOT_FOUND, argument="item", item=item)
    rows = await database.fetch(DISAGREEMENTS, [batch_id, item])
    return {row[0]: _standing(*row[1:]) for row in rows}


def _standing(clearance_id: int, status: int, decided_by: str, decided_at: object, disagrees: object) -> Standing:
    return Standing(clearance_id, STATUS[status], DECIDED_BY[decided_by], moment(decided_at), bool(disagrees))


DISAGREES = """sync_observation.settled <> CASE WHEN item.kind = 'OPTIONAL' THEN clearance.status = 3
    ELSE clearance.status <> 1 END"""
STANDINGS = f"""
SELECT sync_observation.id, clearance.id, clearance.status, clearance.decided_by, clearance.decided_at, {DISAGREES}
FROM sync_observation JOIN item ON item.id = sync_observation.item_id
JOIN sheet ON sheet.student_id = sync_observation.student_id AND sheet.batch_id = item.batch_id
    AND sheet.state = 'ACTIVE'
JOIN clearance ON clearance.sheet_id = sheet.id AND clearance.item_id = sync_observation.item_id
"""
DISAGREEMENTS = f"""{STANDINGS} WHERE item.batch_id = ?1 AND (CAST(?2 AS VARCHAR(64)) IS NULL OR item.code = ?2)
    AND {DISAGREES} ORDER BY sync_observation.id DESC
"""
