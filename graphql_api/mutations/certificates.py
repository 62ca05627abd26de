"""Handing out certificates, taking them back, voiding them (R19, R20, B14)."""

from __future__ import annotations

import strawberry

from graphql_api.context import Info
from graphql_api.mutations.options import idempotency, row_id
from graphql_api.mutations.outcomes import OperationResult, carried_out
from graphql_api.mutations.selection import Selection, rights_for, selected
from graphql_api.rights import require
from models.enums import CertificateKind, Collection, OperationKind
from models.rules import certificates, taking_back
from models.rules.certificates import Confirmation, Handover
from models.rules.clearances import ErrorPolicy


@strawberry.input(description="领取方式 · How the certificates reach their owners; a proxy is named in full")
class CollectorInput:
    collection: Collection = Collection.IN_PERSON
    name: str = ""
    id_last4: str = strawberry.field(name="idLast4", default="")
    relation: str = ""
    letter_checked: bool = False


@strawberry.input(description="核对 · What was read off the paper and the document before handing over")
class ConfirmationInput:
    student_no: str
    number: str | None = None
    id_last4: str | None = strawberry.field(name="idLast4", default=None)


@strawberry.input(description="Without `kinds`: all that the student has and has not been given")
class IssueCertificatesInput:
    batch: str
    select: Selection
    kinds: list[CertificateKind] | None = None
    collected_by: CollectorInput | None = None
    confirm: list[ConfirmationInput] | None = None
    dry_run: bool = False
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID


@strawberry.input(
    description="`recovered`: the paper is back at the desk; else it stays marked as with the wrong person"
)
class UndoIssueInput:
    certificates: list[strawberry.ID]
    reason: str
    recovered: bool
    dry_run: bool = False
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID


@strawberry.input
class VoidCertificatesInput:
    certificates: list[strawberry.ID]
    reason: str
    dry_run: bool = False
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID


async def issue_certificates(info: Info, input: IssueCertificatesInput) -> OperationResult:  # noqa: A002  # contract's
    """确认发证 · Only to whom every required item is settled; the others are listed with what is still needed."""
    chosen = await selected(info.context, input.select)
    actions = rights_for(chosen, one="issue", bulk="bulk_issue", whole="bulk_issue")
    permit = await require(info.context, "Certificate", *actions)
    act = certificates.issue(
        info.context.caller.actor,
        batch=input.batch,
        selection=chosen,
        kinds=None if input.kinds is None else tuple(input.kinds),
        handover=_handover(input),
        permit=permit,
        dry_run=input.dry_run,
        error_policy=input.error_policy,
        idempotency=idempotency(info.context, "issueCertificates", input, input.idempotency_key),
    )
    return await carried_out(info, OperationKind.ISSUE, act, ("Certificate", "issue"))


def _handover(asked: IssueCertificatesInput) -> Handover:
    by = asked.collected_by or CollectorInput()
    confirm = {each.student_no: Confirmation(each.number, each.id_last4) for each in asked.confirm or ()}
    return Handover(by.collection, by.name, by.id_last4, by.relation, by.letter_checked, confirm)


async def undo_issue(info: Info, input: UndoIssueInput) -> OperationResult:  # noqa: A002
    """撤回发证 · The certificates are printed and not issued again, with a reason."""
    permit = await require(info.context, "Certificate", "undo_issue")
    act = taking_back.undo_issue(
        info.context.caller.actor,
        certificates=_ids(input.certificates),
        reason=input.reason,
        recovered=input.recovered,
        permit=permit,
        dry_run=input.dry_run,
        error_policy=input.error_policy,
        idempotency=idempotency(info.context, "undoIssue", input, input.idempotency_key),
    )
    return await carried_out(info, OperationKind.UNDO_ISSUE, act, ("Certificate", "undo_issue"))


async def void_certificates(info: Info, input: VoidCertificatesInput) -> OperationResult:  # noqa: A002
    """作废证书 · A void number is never used again; a certificate of proof may follow."""
    permit = await require(info.context, "Certificate", "void")
    act = taking_back.void(
        info.context.caller.actor,
        certificates=_ids(input.certificates),
        reason=input.reason,
        permit=permit,
        dry_run=input.dry_run,
        error_policy=input.error_policy,
        idempotency=idempotency(info.context, "voidCertificates", input, input.idempotency_key),
    )
    return await carried_out(info, OperationKind.EDIT, act, ("Certificate", "void"))


def _ids(given: list[strawberry.ID]) -> list[int]:
    return [row_id("Certificate", each, "certificates") for each in given]


FIELDS = {"issue_certificates": issue_certificates, "undo_issue": undo_issue, "void_certificates": void_certificates}
