"""The page of a deed that is checked first: its form, what would happen, and carrying out the very thing shown.

The check is the mutation's own dry run. Where that kept what it showed as an operation, the operation is applied; else
the same values are sent again without `dryRun`, and the versions they carry refuse what has changed meanwhile. What the
form was filled with travels along as hidden fields; whoever changes it checks anew, and the API decides either way.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for

from admin_panel.acting import RESULT
from admin_panel.checked_deeds import CheckedDeed
from admin_panel.choosing import ticked
from admin_panel.client import ApiFailure, Json
from admin_panel.columns import value_at
from admin_panel.deed_form import Control, Group, asked_of, controls, given, mutation_of
from admin_panel.inputs import InputField
from admin_panel.language import text_of
from admin_panel.show import in_language
from admin_panel.visit import NO_RIGHTS, execute, one, signed_in
from admin_panel.words import listed, say

if TYPE_CHECKING:
    from admin_panel.deed_view import DeedViews

MORE = "effect { red grey final issued } items { itemCode itemName red grey }"
APPLY = f"mutation Apply($id: ID!) {{ applyOperation(id: $id) {{ {RESULT} }} }}"
ITEMS = """query Items($batch: String!) { items(where: { batch: { code: { eq: $batch } } }, first: 200) {
  nodes { id code name nameEn } } }"""
#: A page shows no more rows than this of one outcome; the operation keeps all.
SHOWN_ROWS = 300


@dataclass(frozen=True, slots=True)
class Task:
    """One deed on one row, or on the rows that were ticked."""

    view: DeedViews
    deed: CheckedDeed
    row: Json
    ticked: list[str]
    back: str

    @property
    def batch(self) -> str:
        """The code of the batch that it is about; empty for none."""
        named = self.deed.row.get("batch") or self.deed.row.get("to")
        return str(value_at(self.row, named) or "") if named else ""


class Missing(ValueError):
    """Fields that must be filled in and are not, by their labels."""

    def __init__(self, labels: list[str]) -> None:
        super().__init__("")
        self.labels = labels


def check_first(view: DeedViews, deed: CheckedDeed) -> Any:
    """The form; after `step=check` what it would do; `step=submit` does it. A deed that asks nothing is checked at
    once. 404 where the row is not there; a row on which the deed makes no sense any more is shown as it is now."""
    chosen = ticked("sheetIds") if deed.chosen else []
    row = _row(view, deed, (chosen[0] if chosen else request.args.get("id")) or abort(404))
    back = view.get_url(".index_view") if len(chosen) > 1 else view.get_url(".details_view", id=row["id"])
    if not deed.fits(row) and len(chosen) < 2:
        flash(say("deed_late", what=deed.name), "message")
        return redirect(back, 303)
    task = Task(view, deed, row, chosen or [row["id"]], back)
    step = request.form.get("step") or ("choose" if _asks(deed) else "check")
    if step == "choose":
        return _page(task)
    try:
        return _submitted(task) if step == "submit" and request.method == "POST" else _page(task, _sent(task, True))
    except ApiFailure as failure:
        if failure.code in ("UNAUTHENTICATED", "FORBIDDEN"):
            raise
        return _page(task, failure=failure), 409 if failure.code in ("CONFLICT", "STALE_ROW") else 400
    except Missing as missing:
        flash(say("fill_in", what=listed(missing.labels)), "error")
        return _page(task), 400
    except ValueError as wrong:
        flash(say("bad_value", value=str(wrong)[:40]), "error")
        return _page(task), 400


def _asks(deed: CheckedDeed) -> bool:
    return bool(asked_of(deed) or deed.lines)


def _row(view: DeedViews, deed: CheckedDeed, row_id: str) -> Json:
    """What the deed needs of its row, as far as it may be read; 404 when it is not there or not visible."""
    readable = signed_in().rights.get(view.info.name, NO_RIGHTS).readable | {"id", "version"}
    columns = {*deed.row.values(), *(each[0] for each in (deed.when, deed.states) if each)}
    heads: dict[str, list[str]] = defaultdict(list)
    for path in sorted(columns):
        head, _, tail = path.partition(".")
        heads[head] += [tail] if tail else []
    selected = " ".join(
        f"{head} {{ {' '.join(tails)} }}" if tails else head for head, tails in heads.items() if head in readable
    )
    return one(f"query Row($id: ID!) {{ one: {view.info.singular}(id: $id) {{ id displayLabel {selected} }} }}", row_id)


# --- what is sent


def _sent(task: Task, dry_run: bool) -> Json:
    """The answer of the mutation. Raises ValueError with the text that is no value of its field."""
    mutation, asked = mutation_of(task.deed), _asked(task)
    document = f"mutation Do({mutation.declared}) {{ done: {mutation.name}({mutation.passed}) {{ {RESULT} {MORE} }} }}"
    return dict(execute(document, mutation.variables({**asked, "dryRun": dry_run}))["done"])


def _asked(task: Task) -> Json:
    deed = task.deed
    found = given(deed, task.view.objects, task.row) if request.method == "POST" else _from_row(task)
    needed = [each for each in map(partial(_demanding, deed), asked_of(deed)) if each.required]
    if missing := [str(each.label) for each in needed if not found.get(each.name)]:
        raise Missing(missing)
    for name, read in deed.lines.items():
        lines = enumerate(request.form.get(name, "").splitlines(), start=1)
        found[name] = [read(place, line) for place, line in lines if line.strip()]
    if deed.chosen:
        found |= {"select": {"sheetIds": task.ticked}, "errorPolicy": "APPLY_VALID"}
    return found


def _from_row(task: Task) -> Json:
    """Of a deed that asks nothing."""
    return {**task.deed.fixed, **{name: value_at(task.row, column) for name, column in task.deed.row.items()}}


def _submitted(task: Task) -> Any:
    """What was shown is done, and the operation that did it is shown where it may be read; to load that page again does
    nothing."""
    operation = request.form.get("operation", "")
    done = execute(APPLY, {"id": operation})["applyOperation"] if operation else _sent(task, False)
    flash(done["message"], "success" if done["applied"] else "warning")
    if done["operation"] and task.deed.chosen and signed_in().reads("Operation"):
        return redirect(url_for("operation.details_view", id=done["operation"]["id"]), 303)
    return redirect(task.back, 303)


# --- what is shown


def _page(task: Task, result: Json | None = None, failure: ApiFailure | None = None) -> str:
    rows = result["rows"] if result else []
    items = {each["code"]: each for each in _items(task)} if failure or any(row["itemCode"] for row in rows) else {}
    return task.view.render(
        "panel/checked_deed.html",
        deed=task.deed,
        title=task.deed.name,
        row=task.row,
        back=task.back,
        address=task.view.get_url(".do", mutation=task.deed.mutation, id=task.row["id"]),
        ticked=task.ticked if task.deed.chosen else [],
        fields=_controls(task, failure),
        version=request.form.get("expectedVersion") or task.row.get("version"),
        form=request.form,
        failure=failure,
        lacks=_lacks(failure, items),
        result=result,
        about_items=_about_items(rows, items),
        **_parted(rows),
    )


@dataclass(frozen=True, slots=True)
class Concerned:
    """An item that is changed or left, and in how many batches."""

    name: str
    code: str
    changes: bool
    count: int


def _about_items(rows: list[Json], items: Mapping[str, Json]) -> list[Concerned]:
    """The rows that stand on items."""
    counted = Counter((row["itemCode"], row["outcome"], row["name"]) for row in rows if _of_item(row))
    return [
        Concerned(in_language(items.get(code)) or name or code, code, outcome == "APPLIED", count)
        for (code, outcome, name), count in counted.items()
    ]


def _of_item(row: Json) -> bool:
    return bool(row["itemCode"] and not row["studentNo"])


def _parted(rows: list[Json]) -> Mapping[str, list[Json]]:
    """The first rows that stand on students, by what would become of them."""
    people = [row for row in rows if row["studentNo"] or row["sheetId"] or row["outcome"] == "REFUSED"]
    return {
        "changing": [row for row in people if row["outcome"] == "APPLIED"][:SHOWN_ROWS],
        "refused": [row for row in people if row["outcome"] == "REFUSED"][:SHOWN_ROWS],
        "others": [row for row in people if row["outcome"] not in ("APPLIED", "REFUSED")][:SHOWN_ROWS],
    }


def _controls(task: Task, failure: ApiFailure | None) -> list[Control]:
    """The fields of the form; what is typed line by line has room for it."""
    shown = [
        replace(each, groups=_within(task, each), field=_demanding(task.deed, each.field))
        for each in controls(task.deed, task.view.objects, task.row, failure)
    ]
    described = {each.name: each for each in mutation_of(task.deed).fields}
    shown += [
        Control(replace(described[name], required=True), "lines", request.form.get(name, ""), [], False)
        for name in task.deed.lines
    ]
    return shown


def _demanding(deed: CheckedDeed, field: InputField) -> InputField:
    """What the rules ask for though the schema does not."""
    return replace(field, required=field.required or field.name in deed.needed)


def _within(task: Task, control: Control) -> list[Group]:
    """The choices of a select box that make sense for this row."""
    document = task.deed.within.get(control.field.name)
    if document is None:
        return control.groups
    [found] = execute(f"query Within {{ {document} }}").values()
    fitting = {each["code"] for each in found["nodes"]} - {task.batch or value_at(task.row, "code")}
    return [(heading, [pair for pair in pairs if pair[0] in fitting]) for heading, pairs in control.groups]


def _items(task: Task) -> list[Json]:
    """The items of the batch that the deed is about, or takes them from, to call them by name."""
    batch = request.form.get("from") or task.batch
    if not batch or not signed_in().reads("Item"):
        return []
    return list(execute(ITEMS, {"batch": batch})["items"]["nodes"])


@dataclass(frozen=True, slots=True)
class Lack:
    """What one item lacks, where and how often. `item`: None where it is the batch that lacks something."""

    item: Json | None
    name: str
    problems: Mapping[str, list[str]]


def _lacks(failure: ApiFailure | None, items: Mapping[str, Json]) -> list[Lack]:
    """What keeps a batch from opening, item by item: each problem with the units it is true of."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for each in failure.violations if failure else []:
        params = each.get("params") or {}
        if "problem" not in params or not isinstance(params["problem"], dict):
            continue
        units = found[params.get("itemCode") or ""][str(text_of(params["problem"]))]
        if params.get("unit", {}).get("zh"):
            units.append(str(text_of(params["unit"])))
    return [Lack(items.get(code), in_language(items.get(code)) or code, told) for code, told in found.items()]
