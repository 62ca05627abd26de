"""What may be done next, and how far somebody is: questions of the doors, for many rows in a few statements.

They answer with the predicates of `why_not`, which decide the writes too; who may do it, the policies answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from models import database
from models.declare import Words
from models.enums import CertificateKind, CertificateStatus, ClearanceStatus, Way
from models.portable_sql import many
from models.rules.facts import CertificateFacts, SheetFacts
from models.rules.loading import load_seasons, load_sheets
from models.rules.refusals import Refusal
from models.rules.why_not import why_not, why_not_issue, why_not_issue_any


async def load(sheet_ids: Collection[int]) -> dict[int, SheetFacts]:
    """Sheets of any batches with everything on them."""
    if not sheet_ids:
        return {}
    rows = await database.fetch("SELECT DISTINCT batch_id FROM sheet WHERE id IN LIST(?1)", [many(sheet_ids)])
    return await load_sheets(sheet_ids, await load_seasons([batch_id for (batch_id,) in rows]))


# --- clearances


@dataclass(frozen=True, slots=True)
class Move:
    """A status that a clearance could go to, singly and without a reason; `refusal` says why it cannot, or that it
    needs a reason (REASON_REQUIRED, WAY_NOT_ALLOWED)."""

    status: ClearanceStatus
    refusal: Refusal | None


def possible_moves(sheets: Iterable[SheetFacts], now: datetime) -> dict[int, list[Move]]:
    """For every clearance of these sheets (by its id) the two statuses that it does not have."""
    return {
        clearance.id: [
            Move(status, why_not(sheet, clearance, status, way=Way.SINGLE, now=now))
            for status in ClearanceStatus
            if status is not clearance.status
        ]
        for sheet in sheets
        for clearance in sheet.clearances.values()
    }


@dataclass(frozen=True, slots=True)
class Progress:
    """已完成 settled / required: of the required items that this student has to clear at all, the final sign-off among
    them; a grey one counts on neither side (R1)."""

    settled: int
    required: int


async def progress(sheet_ids: Collection[int]) -> dict[int, Progress]:
    """By sheet, in one statement."""
    rows = await database.fetch(PROGRESS, [many(sheet_ids)])
    found = {sheet_id: Progress(int(settled), int(required)) for sheet_id, settled, required in rows}
    return {sheet_id: found.get(sheet_id, Progress(0, 0)) for sheet_id in sheet_ids}


PROGRESS = f"""
SELECT clearance.sheet_id, sum(CASE WHEN clearance.status = {ClearanceStatus.CLEARED.value} THEN 1 ELSE 0 END), count(*)
FROM clearance JOIN item ON item.id = clearance.item_id
WHERE clearance.sheet_id IN LIST(?1) AND item.kind IN ('NORMAL', 'FINAL') AND item.withdrawn_at IS NULL
    AND clearance.status <> {ClearanceStatus.NOT_REQUIRED.value}
GROUP BY clearance.sheet_id
"""


# --- certificates


class Stage(Enum):
    """How far a student is with the certificates."""

    NOT_ENTITLED = "NOT_ENTITLED"
    NOT_MET = "NOT_MET"
    BEING_PRINTED = "BEING_PRINTED"
    READY = "READY"
    PARTLY_ISSUED = "PARTLY_ISSUED"
    ISSUED = "ISSUED"


@dataclass(frozen=True, slots=True)
class CertificateState:
    """The certificate line of a sheet (R1, R19). `refusal`: what is still needed while nothing can be handed out."""

    stage: Stage
    words: Words
    refusal: Refusal | None = None


def certificate_state(sheet: SheetFacts, now: datetime) -> CertificateState:
    """`sheet` must hold all its clearances."""
    issued = [each for each in sheet.certificates if each.status is CertificateStatus.ISSUED]
    left = [each for each in sheet.certificates if each.status is not CertificateStatus.ISSUED]
    if issued:
        stage = Stage.PARTLY_ISSUED if left else Stage.ISSUED
        return CertificateState(stage, _issued_words(_kinds(issued), _kinds(left)))
    if not left:
        return CertificateState(Stage.NOT_ENTITLED, WORDS[Stage.NOT_ENTITLED])
    refusal = why_not_issue_any(sheet, now=now)
    if refusal is not None:
        return CertificateState(Stage.NOT_MET, WORDS[Stage.NOT_MET], refusal)
    ready = any(why_not_issue(sheet, each, now=now) is None for each in left)
    stage = Stage.READY if ready else Stage.BEING_PRINTED
    return CertificateState(stage, WORDS[stage])


WORDS: Mapping[Stage, Words] = {
    Stage.NOT_ENTITLED: Words("无应发证书", "No certificate expected"),
    Stage.NOT_MET: Words("未满足领证条件", "Not yet: items are still needed"),
    Stage.BEING_PRINTED: Words("已满足条件,证书制作中", "All settled, being printed"),
    Stage.READY: Words("可领取", "Ready to collect"),
}
GRADUATION, DEGREE = CertificateKind.GRADUATION, CertificateKind.DEGREE


def _kinds(certificates: Iterable[CertificateFacts]) -> list[CertificateKind]:
    order = list(CertificateKind)
    return sorted((each.kind for each in certificates), key=order.index)


def _issued_words(issued: list[CertificateKind], left: list[CertificateKind]) -> Words:
    """已发放两证 only when both are out; else what is out, and what is not (R19)."""
    if not left and issued == [GRADUATION, DEGREE]:
        return Words("已发放两证", "Both certificates issued")
    zh, en = "已发放" + "、".join(each.words.zh for each in issued), _listed(issued) + " issued"
    if left:
        return Words(
            f"{zh},{'、'.join(each.words.zh for each in left)}待发", f"{en}, {_listed(left).lower()} to follow"
        )
    if issued == [GRADUATION]:
        return Words(f"{zh}(无学位证书)", f"{en} (no degree certificate)")
    return Words(zh, en)


def _listed(kinds: list[CertificateKind]) -> str:
    return " and ".join(each.words.en if n == 0 else each.words.en.lower() for n, each in enumerate(kinds))
