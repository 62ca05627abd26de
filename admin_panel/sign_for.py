"""签领表: who signs for which certificates, class by class, each class on a page of its own; made to be printed.

Who may collect now is data (`Certificate.whyNot`); this module sorts students into classes and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from flask import redirect, request

from admin_panel.client import Json
from admin_panel.sheet import SheetWords
from admin_panel.show import day, in_language, moment
from admin_panel.view import ObjectView
from admin_panel.visit import execute
from admin_panel.words import listed, say

#: More students than this are not printed at once: the page lists their classes to choose from instead.
AT_ONCE = 150
#: Of the items still needed, how many a line names.
NAMED = 2
#: Of the students asked for: those who may collect something now, or all, with what is still needed.
WHO = ("ready", "all")

LIST = """query SignFor($where: SheetFilter!, $first: Int!) { sheets(
  where: $where, first: $first
  orderBy: [{ college: { code: ASC } }, { className: ASC }, { student: { studentNo: ASC } }]
) { totalCount nodes {
  id className batch { name nameEn } college { id name nameEn } student { studentNo name }
  certificateState { message refusal { blockers { itemName } } }
  certificates { kind number status issuedAt collection collectorName whyNot { code message } }
} } }"""
CLASSES = """query Classes($where: CertificateFilter!) { certificateGroups(
  where: $where, groupBy: [COLLEGE_CODE, COLLEGE_NAME, COLLEGE_NAME_EN, CLASS_NAME, STATUS]
) { count key { collegeCode collegeName collegeNameEn className status } } }"""


def sign_for_page(view: ObjectView) -> Any:
    """What the list's conditions say, or the rows ticked in it; narrowed to one class where the address names it."""
    ticked = request.form.getlist("sheetIds")
    if request.method == "POST" and not ticked:
        return redirect(view.get_url(".index_view"), 303)
    where = {"id": {"in": ticked}} if ticked else _where(view)
    found = execute(LIST, {"where": where, "first": AT_ONCE})["sheets"]
    everybody = found["totalCount"] > AT_ONCE
    who = request.values.get("who", "")
    words = SheetWords(view.objects)
    students = [Student(row, words) for row in found["nodes"]]
    chosen = [each for each in students if each.due or (who == "all" and each.certificates)]
    return view.render(
        "panel/sign_for.html",
        classes=[] if everybody else list(_pages(chosen)),
        index=_classes(where) if everybody else [],
        total=found["totalCount"],
        left_out=0 if everybody else len(students) - len(chosen),
        who=who if who in WHO else WHO[0],
        ticked=ticked,
        one_class=request.args.get("class_name"),
        address=lambda **more: _address(view, more),
        states=words.certificate,
        now=datetime.now(UTC).isoformat(),
    )


def _where(view: ObjectView) -> Json:
    """The list's own conditions, and the class."""
    nodes = [each for each in (view.where_now(), *_class_named()) if each]
    return {"and": nodes}


def _class_named() -> Iterable[Json]:
    if "class_name" in request.args:
        yield {"className": {"eq": request.args["class_name"]}}
    if "of_college" in request.args:
        yield {"college": {"code": {"eq": request.args["of_college"]}}}


def _address(view: ObjectView, more: Json) -> str:
    kept = {name: request.args[name] for name in ("class_name", "of_college", "who") if name in request.args}
    given = view.list_parameters() | kept | more
    return str(view.get_url(".sign_for", **{name: value for name, value in given.items() if value is not None}))


@dataclass(frozen=True, slots=True)
class ClassLine:
    """One class to choose: how many certificates stand at each state."""

    college_code: str
    college: str
    name: str
    counts: dict[str, int] = field(default_factory=dict)


def _classes(where: Json) -> list[ClassLine]:
    groups = execute(CLASSES, {"where": {"sheet": where}})["certificateGroups"]
    found: dict[tuple[str, str], ClassLine] = {}
    for each in groups:
        key = each["key"]
        college = in_language({"name": key["collegeName"], "nameEn": key["collegeNameEn"]})
        line = ClassLine(key["collegeCode"], college, key["className"] or "")
        found.setdefault((line.college_code, line.name), line).counts[key["status"]] = each["count"]
    return [found[key] for key in sorted(found)]


class Student:
    """One line of the list."""

    def __init__(self, row: Json, words: SheetWords) -> None:
        self.row, self._words = row, words
        self.number: str = row["student"]["studentNo"]
        self.name: str = row["student"]["name"] or ""
        self.certificates: list[Json] = [each for each in row["certificates"] if each["status"] != "VOID"]

    @property
    def due(self) -> list[Json]:
        """What may be handed out now."""
        return [each for each in self.certificates if each["whyNot"] is None]

    @property
    def class_key(self) -> tuple[str, str]:
        return (self.row["college"] or {}).get("id", ""), self.row["className"] or ""

    @property
    def listed(self) -> list[tuple[str, str]]:
        """Kind and number of each certificate; while it has none, how far it is."""
        order = list(self._words.kind)
        rows = sorted(self.certificates, key=lambda each: order.index(each["kind"]))
        states = self._words.certificate
        return [(str(self._words.kind[each["kind"]]), str(each["number"] or states[each["status"]])) for each in rows]

    @property
    def remark(self) -> str:
        """What is out already, and what is still needed."""
        issued = [self._issued(each) for each in self.certificates if each["status"] == "ISSUED"]
        refusal = (self.row["certificateState"] or {}).get("refusal")
        needed = [each["itemName"] for each in refusal["blockers"]] if refusal else []
        if needed:
            return "; ".join([*issued, _still_needed(needed)])
        open_ones = [each for each in self.certificates if each["whyNot"] and each["status"] != "ISSUED"]
        return "; ".join([*issued, *dict.fromkeys(each["whyNot"]["message"] for each in open_ones)])

    def _issued(self, certificate: Json) -> str:
        at = moment(certificate["issuedAt"])
        by = self._words.collection.get(certificate["collection"] or "")
        parts = [self._words.kind[certificate["kind"]], day(at.date()) if at else "", by, certificate["collectorName"]]
        return " ".join(str(part) for part in parts if part)


def _still_needed(items: list[str]) -> str:
    """The first few by name: the others would not fit on the line."""
    if len(items) <= NAMED:
        return say("still_needed_items", what=listed(items))
    return say("still_needed_more", what=listed(items[:NAMED]), n=len(items))


@dataclass(frozen=True, slots=True)
class ClassPage:
    """One class, on a page of its own: its students by number."""

    batch: str
    college: str
    name: str
    students: list[Student]


def _pages(students: Iterable[Student]) -> Iterable[ClassPage]:
    for _key, members in groupby(students, key=lambda each: each.class_key):
        rows = sorted(members, key=lambda each: each.number)
        first = rows[0].row
        yield ClassPage(in_language(first["batch"]), in_language(first["college"]), first["className"] or "", rows)
