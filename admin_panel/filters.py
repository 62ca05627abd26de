"""Filters of a list: each reads one named URL parameter and adds one node to the `where` variable, nothing more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from flask_admin.model.filters import BaseFilter

from admin_panel.language import Text, lazy
from admin_panel.metadata import FieldInfo
from admin_panel.scanned import normalised
from admin_panel.show import zone

#: The operator that a text box means, the first that the schema has.
TEXT_OPERATORS = ("contains", "startsWith", "eq")
LONGEST_VALUE = 200
LARGEST = 2**31 - 1
#: An identity number by its birthday, of somebody born from 1930 to 2012: a certificate's number has as many digits.
DOCUMENT = re.compile(r"\d{6}(?:19[3-9]\d|200\d|201[012])(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]")


@dataclass(frozen=True, slots=True)
class Control:
    """How one filter is asked for: `select` (fixed choices), `lookup` (rows of a small object), `date`, `text`,
    `number`."""

    kind: str
    operator: str
    label: Text


class WhereFilter(BaseFilter):
    """One operator on the field at `path`."""

    def __init__(self, path: str, field: FieldInfo, control: Control, target: str | None = None) -> None:
        super().__init__(lazy(control.label), key_name=f"{path}_{control.operator}")
        self.path, self.field, self.control, self.target = path, field, control, target

    @property
    def parameter(self) -> str:
        return f"flt_{self.key_name}"

    def operation(self) -> str:
        return self.control.operator

    def clean(self, value: str) -> Any:
        """The URL's text as a JSON value. Raises ValueError, which is shown as an invalid condition."""
        text = value.strip()
        if not text or len(text) > (self.field.longest or LONGEST_VALUE) or "\0" in text or names_a_document(text):
            raise ValueError(value)
        if self.control.kind == "date":
            return edge_of_day(text, last=self.control.operator == "lte", moment=self.field.kind == "DateTime")
        if self.field.kind == "Boolean":
            return truth(text)
        if self.field.kind == "Int":
            return number(text)
        if self.field.choices and text not in {choice.value for choice in self.field.choices}:
            raise ValueError(value)
        return text

    def apply(self, query: list[Any], value: Any) -> list[Any]:
        return [*query, nested(self.path, {self.control.operator: value})]


def nested(path: str, value: Any) -> Any:
    """`college.code` and `{eq: "15"}` → `{college: {code: {eq: "15"}}}`; the same for an order."""
    for part in reversed(path.split(".")):
        value = {part: value}
    return value


def filters_for(path: str, field: FieldInfo, label: Text, lookup: str | None) -> list[WhereFilter]:
    """The filters that this field's type allows; `lookup` names the small object whose key it is."""
    if lookup and "eq" in field.operators:
        return [WhereFilter(path, field, Control("lookup", "eq", label), lookup)]
    if (field.choices or field.kind == "Boolean") and "eq" in field.operators:
        return [WhereFilter(path, field, Control("select", "eq", label))]
    if field.kind in ("Date", "DateTime"):
        edges = [operator for operator in ("gte", "lte") if operator in field.operators]
        return [WhereFilter(path, field, Control("date", operator, label)) for operator in edges]
    operator = next((each for each in TEXT_OPERATORS if each in field.operators), None)
    if operator is None:
        return []
    return [WhereFilter(path, field, Control("number" if field.kind == "Int" else "text", operator, label))]


def edge_of_day(text: str, *, last: bool, moment: bool) -> str:
    """A day of the university's calendar: as it stands, or its first or last moment."""
    found = date.fromisoformat(text)
    if not moment:
        return found.isoformat()
    return datetime.combine(found, time.max if last else time.min, tzinfo=zone()).isoformat()


def truth(text: str) -> bool:
    """Raises ValueError for anything but 1 and 0."""
    if text not in ("1", "0"):
        raise ValueError(text)
    return text == "1"


def number(text: str) -> int:
    """Raises ValueError for what no column of numbers holds."""
    found = int(text) if re.fullmatch(r"[+-]?[0-9]{1,10}", text) else LARGEST + 1
    if abs(found) > LARGEST:
        raise ValueError(text)
    return found


def names_a_document(text: str) -> bool:
    """Whether this is an identity document's number, right or mistyped: that must not stand in an address, which
    histories and logs keep. The desk asks for it by POST."""
    return DOCUMENT.fullmatch(normalised(text).replace(" ", "")) is not None
