"""What each line of the registrar's list would do (R28): decided in memory, from the sheets and certificates there are;
reads and writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from models.certificates import Certificate
from models.enums import BatchStatus, CertificateKind, CertificateStatus, Outcome, SheetState
from models.rules.acts import not_found
from models.rules.facts import CertificateFacts, SheetFacts
from models.rules.identity import normalise, normalise_number
from models.rules.refusals import Code, Refusal

LONGEST_NUMBER: int = Certificate._meta.fields_map["number"].max_length  # type: ignore[attr-defined]  # a CharField


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """One line of the list: entitled to a kind; with a number, numbered; `printed`, ready at the desk. A `name` is
    compared with the student's. `row` and `cell` point into the file. `refusal`: the line was refused while it was
    read, perhaps because `kind_written` names no kind."""

    student_no: str
    kind: CertificateKind
    name: str | None = None
    number: str | None = None
    printed: bool = False
    row: int | None = None
    cell: str | None = None
    kind_written: str | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """What a line would do: to which sheet, from which certificate if there is one, with which number and status."""

    line: CertificateLine
    sheet: SheetFacts | None
    certificate: CertificateFacts | None = None
    number: str | None = None
    to: CertificateStatus = CertificateStatus.EXPECTED
    refusal: Refusal | None = None

    @property
    def changed(self) -> tuple[str, ...]:
        """The columns that change; a new row is one change."""
        if self.certificate is None:
            return ("status",)
        number = ("number",) if self.number != self.certificate.number else ()
        return (*number, *(("status",) if self.to is not self.certificate.status else ()))

    @property
    def outcome(self) -> Outcome:
        if self.refusal is not None:
            return Outcome.REFUSED
        return Outcome.APPLIED if self.changed else Outcome.UNCHANGED


def planned_of(
    lines: Sequence[CertificateLine],
    sheets: Mapping[str, SheetFacts],
    owners: Mapping[tuple[str, str], int],
    permitted: set[int] | None,
) -> list[Planned]:
    readable = [line for line in lines if line.refusal is None]
    people, numbered = _together(readable, _whose), _together(readable, _which)
    plan = []
    for line in lines:
        sheet = sheets.get(normalise_number(line.student_no))
        if line.refusal is not None:
            plan.append(Planned(line, sheet, refusal=line.refusal))
            continue
        planned = _planned(line, sheet)
        refusal = _not_theirs(planned, permitted) or planned.refusal or _taken(planned, owners)
        others = [each for each in (*people[_whose(line)], *numbered[_which(line)]) if each is not line]
        if others:
            refusal = refusal or _twice(line, others)
        plan.append(Planned(line, sheet, planned.certificate, planned.number, planned.to, refusal))
    return plan


def _together(
    lines: Iterable[CertificateLine], key: Callable[[CertificateLine], Hashable]
) -> Mapping[Hashable, list[CertificateLine]]:
    """The lines that are about one thing; those about none, by None, are not together."""
    found: dict[Hashable, list[CertificateLine]] = defaultdict(list)
    for line in lines:
        if key(line) is not None:
            found[key(line)].append(line)
    return found


def _whose(line: CertificateLine) -> Hashable:
    return normalise_number(line.student_no), line.kind


def _which(line: CertificateLine) -> Hashable:
    return (line.kind, normalise_number(line.number)) if line.number else None


def _twice(line: CertificateLine, others: Sequence[CertificateLine]) -> Refusal:
    """The other line is named by its row, and the certificate's number where it is that which stands in both."""
    facts: dict[str, str | int] = {"kind": line.kind.value}
    if others[0].row is not None:
        facts["other_row"] = others[0].row
    if _whose(others[0]) != _whose(line):
        facts["number"] = line.number or ""
    return Refusal(Code.DUPLICATE, facts=facts)


def _planned(line: CertificateLine, sheet: SheetFacts | None) -> Planned:
    if sheet is None:
        return Planned(line, None, refusal=not_found(normalise_number(line.student_no)))
    certificate = next((each for each in sheet.certificates if each.kind is line.kind), None)
    number = normalise_number(line.number) if line.number else (certificate.number if certificate else None)
    status = certificate.status if certificate is not None else CertificateStatus.EXPECTED
    to = CertificateStatus.PRINTED if line.printed and status is CertificateStatus.EXPECTED else status
    return Planned(line, sheet, certificate, number, to, _refusal(line, sheet, certificate, number, to))


def _refusal(
    line: CertificateLine,
    sheet: SheetFacts,
    certificate: CertificateFacts | None,
    number: str | None,
    to: CertificateStatus,
) -> Refusal | None:
    batch = sheet.season.batch
    if line.name and normalise(line.name) != normalise(sheet.name):
        return Refusal(Code.ROW_MISMATCH, facts={"argument": "name", "given": line.name, "found": sheet.name})
    if sheet.state is not SheetState.ACTIVE:
        return Refusal(Code.SHEET_NOT_ACTIVE, facts={"state": sheet.state.value})
    if batch.status is BatchStatus.ARCHIVED:
        return Refusal(Code.BATCH_NOT_OPEN, facts={"batch": batch.code, "status": batch.status.value})
    if number is not None and len(number) > LONGEST_NUMBER:
        return Refusal(Code.BAD_INPUT, facts={"argument": "number", "limit": LONGEST_NUMBER})
    if certificate is not None and certificate.status is CertificateStatus.ISSUED and number != certificate.number:
        facts = {"kind": certificate.kind.value}
        return Refusal(Code.ALREADY_ISSUED, (), facts, certificate.issued_name, certificate.issued_at)
    if to is CertificateStatus.PRINTED and not number:
        return Refusal(Code.NO_NUMBER, facts={"kind": line.kind.value})
    return None


def _not_theirs(planned: Planned, permitted: set[int] | None) -> Refusal | None:
    certificate = planned.certificate
    outside = permitted is not None and certificate is not None and certificate.id not in permitted
    return Refusal(Code.FORBIDDEN) if outside else None


def _taken(planned: Planned, owners: Mapping[tuple[str, str], int]) -> Refusal | None:
    owner = owners.get((planned.line.kind.value, planned.number or ""))
    own = planned.certificate.id if planned.certificate is not None else None
    if owner is None or owner == own:
        return None
    return Refusal(Code.DUPLICATE, facts={"kind": planned.line.kind.value, "number": planned.number or ""})
