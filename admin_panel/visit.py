"""This request's visitor: the browser's session, who the API says it is, in which role and batch, with which rights.

Rights are cosmetic here (what to show); the API decides again on every read and write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, g, request

from admin_panel.client import SESSION_COOKIE, ApiFailure, Client, Json, Visitor
from admin_panel.language import Text, english, locale, text_of

VIEWER = """query Viewer { viewer {
  username name activeRole csrfToken
  roles { role label { zh en } unit }
  batch: activeBatch { id code name nameEn status }
  idNo: can(object: "Student", action: "match", field: "idNo")
  objects { name canRead canCreate canUpdate canDelete canExport actions fields { name readable writable exportable } }
} }"""


@dataclass(frozen=True, slots=True)
class Rights:
    """What the viewer's role may do with one object."""

    read: bool = False
    create: bool = False
    update: bool = False
    delete: bool = False
    export: bool = False
    actions: frozenset[str] = frozenset()
    readable: frozenset[str] = frozenset()
    writable: frozenset[str] = frozenset()
    exportable: frozenset[str] = frozenset()

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Rights:
        fields = answer["fields"]
        return cls(
            answer["canRead"],
            answer["canCreate"],
            answer["canUpdate"],
            answer["canDelete"],
            answer["canExport"],
            frozenset(answer["actions"]),
            frozenset(field["name"] for field in fields if field["readable"]),
            frozenset(field["name"] for field in fields if field["writable"]),
            frozenset(field["name"] for field in fields if field["exportable"]),
        )


NO_RIGHTS = Rights()


@dataclass(frozen=True, slots=True)
class Role:
    """One role somebody may act in; `units` are its colleges, departments or buildings by name."""

    name: str
    label: Text
    units: tuple[str, ...]

    @property
    def words(self) -> str:
        if not self.units:
            return str(self.label)
        return f"{self.label} ({', '.join(self.units)})" if english() else f"{self.label}({'、'.join(self.units)})"


@dataclass(frozen=True, slots=True)
class Batch:
    id: str
    code: str
    name: Text
    status: str

    @classmethod
    def of(cls, answer: Mapping[str, Any] | None) -> Batch | None:
        if answer is None:
            return None
        name = text_of({"zh": answer["name"], "en": answer.get("nameEn") or answer["name"]})
        return cls(answer["id"], answer["code"], name, answer.get("status") or "")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is signed in. `batch` is the current batch of this session (students have none). `csrf` goes along with
    writes to an API in another process."""

    username: str
    name: str
    csrf: str
    roles: tuple[Role, ...]
    role: Role | None
    batch: Batch | None
    rights: Mapping[str, Rights]
    matches_id_no: bool

    def may(self, object_name: str, action: str) -> bool:
        return action in self.rights.get(object_name, NO_RIGHTS).actions

    def reads(self, object_name: str) -> bool:
        return self.rights.get(object_name, NO_RIGHTS).read

    @property
    def handles_in_bulk(self) -> bool:
        """Who only signs on behalf of others does so student by student (R13)."""
        return self.may("Clearance", "bulk") and any(
            self.may("Clearance", action) for action in ("clear", "revoke", "waive")
        )

    @property
    def is_student(self) -> bool:
        """Somebody who leaves: may apply to leave, and is never asked for a batch (R1, R2)."""
        return self.may("Sheet", "apply")


def visitor() -> Visitor:
    """What this browser brought; the language that it reads, and nothing this process could make up."""
    known: Viewer | None = g.get("viewer")
    csrf = known.csrf if known else ""
    return Visitor(request.cookies.get(SESSION_COOKIE, ""), locale(), request.remote_addr or "", csrf)


def here() -> str:
    """This page's own address, as a `next` for coming back to it."""
    return request.script_root + request.full_path.rstrip("?")


def execute(document: str, variables: Json | None = None) -> Json:
    """One GraphQL operation for this request's visitor. Raises ApiFailure and ApiUnreachable."""
    client: Client = current_app.extensions["lixiao_client"]
    answer = client.execute(document, variables, visitor())
    if answer.session is not None:
        g.session_left_behind = answer.session
    return answer.data


def one(document: str, row_id: str, **more: Any) -> Json:
    """The row that `document` asks for as `one`, by its `$id`, with more variables. 404 for what is not there, not
    visible, or no id."""
    try:
        found = execute(document, {"id": row_id, **more})["one"]
    except ApiFailure as failure:
        if failure.code != "BAD_INPUT":
            raise
        found = None
    return found or abort(404)


def viewer() -> Viewer | None:
    """Who is signed in, asked once per request; None when the session is absent or over. An API that could not say is
    not asked again: the page that tells of its failure is shown as to nobody."""
    if "viewer" not in g:
        g.viewer = None
        g.viewer = _asked() if request.cookies.get(SESSION_COOKIE) else None
    found: Viewer | None = g.viewer
    return found


def forget_viewer() -> None:
    """After signing in, out or choosing a role: the next question asks the API anew."""
    g.pop("viewer", None)


def signed_in() -> Viewer:
    """The viewer where somebody must be: every page behind the entry."""
    found = viewer()
    if found is None:
        raise ApiFailure({"message": "", "extensions": {"code": "UNAUTHENTICATED"}})
    return found


def _asked() -> Viewer | None:
    try:
        answer = execute(VIEWER)["viewer"]
    except ApiFailure as failure:
        if failure.code == "UNAUTHENTICATED":
            return None
        raise
    return _viewer(answer) if answer else None


def _viewer(answer: Json) -> Viewer:
    roles = tuple(_roles(answer["roles"]))
    return Viewer(
        answer["username"],
        answer["name"],
        answer["csrfToken"] or "",
        roles,
        next((role for role in roles if role.name == answer["activeRole"]), None),
        Batch.of(answer["batch"]),
        {each["name"]: Rights.of(each) for each in answer["objects"]},
        bool(answer["idNo"]),
    )


def _roles(assignments: list[Json]) -> list[Role]:
    """One role with all of its units: the API lists one line per unit."""
    units: dict[str, list[str]] = {}
    labels: dict[str, Text] = {}
    for each in assignments:
        labels[each["role"]] = text_of(each["label"])
        named = units.setdefault(each["role"], [])
        if each["unit"]:
            named.append(each["unit"])
    return [Role(name, labels[name], tuple(named)) for name, named in units.items()]
