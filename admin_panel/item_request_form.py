"""流程项申请, the form (R11): first what for (add, change, remove) and of which batch, then only what that needs; of a
change, only what became another is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request

from admin_panel.client import ApiFailure, Json
from admin_panel.columns import Objects
from admin_panel.deed_form import Control
from admin_panel.inputs import InputField
from admin_panel.item_proposals import FIELDS, ITEM, by_code, firsts, label_of, shown
from admin_panel.language import Text
from admin_panel.metadata import FieldInfo
from admin_panel.show import in_language
from admin_panel.visit import Viewer, execute
from admin_panel.words import both

ADD, CHANGE, REMOVE = "ADD", "CHANGE", "REMOVE"
KINDS = (ADD, CHANGE, REMOVE)
MANY = frozenset({"ways", "prerequisites"})
NEEDED = frozenset({"code", "name"})
HINTS = {"code": both("hint_item_code"), "appliesTo": both("hint_applies_to"), "order": both("hint_order")}
BEGIN_WITH = {"kind": "NORMAL", "handledBy": "DEPARTMENT", "ways": ["SINGLE", "BULK"], "appliesTo": "all"}
LONGEST_SHOWN = 40
NEVER_FIRST = frozenset({"INFO", "FINAL"})

BATCHES = """query Batches { batches(where: { status: { in: [PREPARING, OPEN, CLOSED] } }, first: 50) {
  nodes { code name nameEn status requestDeadline } }
  departments(where: { active: { eq: true } }, first: 200) { nodes { code name nameEn } } }"""
ITEMS = f"""query Items($batch: String!) {{
  items(where: {{ batch: {{ code: {{ eq: $batch }} }}, withdrawnAt: {{ isNull: true }} }},
        orderBy: [{{ order: ASC }}], first: 200) {{ nodes {{ {ITEM} }} }} }}"""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the form stands on: the batches that may be asked about, the departments that may ask, the items."""

    batches: list[Json]
    departments: list[Json]
    batch: Json | None
    items: list[Json]

    @property
    def names(self) -> dict[str, Json]:
        return by_code(self.items)


def ground(viewer: Viewer) -> Ground:
    """A department asks about a batch in preparation, the graduation office about any that is not archived."""
    found = execute(BATCHES)
    office = viewer.may("ItemRequest", "decide")
    batches = [each for each in found["batches"]["nodes"] if office or each["status"] == "PREPARING"]
    wanted = request.values.get("batch") or (viewer.batch.code if viewer.batch else "")
    batch = by_code(batches).get(wanted) or (batches[0] if batches else None)
    own = set(viewer.role.units if viewer.role else ())
    departments = [each for each in found["departments"]["nodes"] if office or own & {each["name"], each["nameEn"]}]
    items = execute(ITEMS, {"batch": batch["code"]})["items"]["nodes"] if batch else []
    return Ground(batches, departments, batch, items)


def own_items(stands: Ground) -> list[Json]:
    """Those whose owner may ask."""
    codes = {each["code"] for each in stands.departments}
    return [each for each in stands.items if each["department"]["code"] in codes]


# --- reading it


def asked(stands: Ground, kind: str, item: Json | None) -> Json:
    """The input of `requestItemChange`."""
    given: Json = {
        "batch": stands.batch["code"] if stands.batch else "",
        "kind": kind,
        "reason": request.form.get("reason", ""),
        "item": item["code"] if item else None,
        "department": item["department"]["code"] if item else request.form.get("department") or None,
        "proposal": None if kind == REMOVE else _proposal(item),
    }
    return {name: value for name, value in given.items() if value is not None}


def _proposal(item: Json | None) -> Json:
    """Of a change, what is another than now; of a new item, whatever was filled in."""
    values = {name: _entered(name) for name in FIELDS if item is None or name != "code"}
    if item is not None:
        values = {name: value for name, value in values.items() if value != _held(item, name)}
    else:
        values = {name: value for name, value in values.items() if value not in ("", None, [])}
    if "prerequisites" in values:
        before = firsts(item) if item else {}
        values["prerequisites"] = [
            {"code": code, "reopen": before.get(code, False)} for code in values["prerequisites"]
        ]
    return values


def _entered(name: str) -> Any:
    if name in MANY:
        return sorted(request.form.getlist(name))
    text = request.form.get(name, "").strip().replace("\r\n", "\n")
    if name != "order":
        return text
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _held(item: Json, name: str) -> Any:
    """What the item holds, as the form would send it."""
    if name == "prerequisites":
        return sorted(firsts(item))
    value = item[name]
    return sorted(value or []) if name in MANY else value if name == "order" else (value or "")


# --- showing it


def controls(objects: Objects, stands: Ground, item: Json | None, failure: ApiFailure | None) -> list[Control]:
    """The fields of the new or changed item, each with what it holds now beside it."""
    wrong = {each["path"][-1] for each in failure.violations if each["path"]} if failure else set()
    names = [name for name in FIELDS if item is None or name != "code"]
    return [_control(objects, stands, name, item, name in wrong) for name in names]


def _control(objects: Objects, stands: Ground, name: str, item: Json | None, wrong: bool) -> Control:
    info = objects["Item"].fields.get(name)
    groups = _choices(stands, name, item, info)
    hint = HINTS.get(name)
    if item is not None:
        now = shown(objects, name, item[name], stands.names).striptags()
        hint = _beside(now, hint)
    field = InputField(name, label_of(objects, name), hint, "String", name in MANY, name in NEEDED)
    look = "many" if name in MANY else "select" if groups else "lines" if info and info.multiline else "text"
    return Control(field, look, _value(stands, name, item), [("", groups)] if groups else [], wrong)


def _beside(now: str, hint: Text | None) -> Text:
    """`现为:…`, with what else is said of the field."""
    more = ("", "") if hint is None else (f" · {hint.zh}", f" · {hint.en}")
    words = both("as_it_is")
    short = now if len(now) <= LONGEST_SHOWN else f"{now[:LONGEST_SHOWN]}…"
    return Text(words.zh.format(what=short) + more[0], words.en.format(what=short) + more[1])


def _value(stands: Ground, name: str, item: Json | None) -> Any:
    if request.method == "POST":
        return request.form.getlist(name) if name in MANY else request.form.get(name, "")
    if item is not None:
        return _held(item, name)
    if name == "order":  # a new item comes last, but for the sign-off
        return max((each["order"] for each in stands.items if each["kind"] != "FINAL"), default=0) + 10
    return BEGIN_WITH.get(name, [] if name in MANY else "")


def _choices(stands: Ground, name: str, item: Json | None, info: FieldInfo | None) -> list[tuple[str, str]]:
    if name == "prerequisites":
        able = [
            each
            for each in stands.items
            if each["kind"] not in NEVER_FIRST and each["code"] != (item or {}).get("code")
        ]
        return [(each["code"], in_language(each)) for each in able]
    return [(each.value, str(each.label)) for each in info.choices] if info else []


def chosen(stands: Ground) -> tuple[str, Json | None]:
    """The kind (`what`: an item has a kind of its own) and the item that the address or the form names; no kind where
    it is not clear yet."""
    kind = request.values.get("what", "")
    item: Mapping[str, Any] | None = stands.names.get(request.values.get("item", ""))
    if kind not in KINDS or (kind != ADD and item is None):
        return "", None
    return kind, dict(item) if item is not None and kind != ADD else None
