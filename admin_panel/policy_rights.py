"""一个账号的权限: what somebody may do, role by role, each right with the rows that say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import abort, request
from flask_admin import expose

from admin_panel.client import Json
from admin_panel.language import text_of
from admin_panel.policy_pages import BOTH, PolicyPage
from admin_panel.view import ObjectView
from admin_panel.visit import NO_RIGHTS, Viewer, execute, signed_in
from admin_panel.words import listed, say

RIGHTS = f"""query Rights($user: String!) {{ found: rightsOf(user: $user) {{
  username name active version roles {{ role label {BOTH}
    periods {{ unit unitLabel {BOTH} validFrom validUntil current }}
    objects {{ object label {BOTH} actions {{ action label {BOTH} fields {{
      field label {BOTH} inWords {BOTH} because {{ role roleLabel {BOTH} scopeLabel {BOTH} effect until note }} }} }} }}
  }} }} }}"""


@dataclass(frozen=True, slots=True)
class Alike:
    """Fields that are granted alike: their names in a row, the words, and the rows that say so."""

    fields: str
    words: str
    because: list[Json]


class PolicyRights(PolicyPage):
    """Reached from an account's details; it has no place in the menu."""

    title, group = "policy_rights", ""

    def shown_to(self, viewer: Viewer) -> bool:
        return asks_for_rights(viewer)

    @expose("/")
    def index(self) -> Any:
        found = execute(RIGHTS, {"user": request.args.get("user") or abort(404)})["found"]
        back = self.get_url("user.index_view", search=found["username"])
        return self.page("panel/policy_rights.html", None, found=found, alike=alike, back=back)


class UserView(ObjectView):
    """账号: the generated pages, and from the details to what the account may do."""

    def _related(self, row: Json) -> list[tuple[str, str]]:
        leads = super()._related(row)
        if asks_for_rights(signed_in()) and row.get("username"):
            leads.append((say("policy_rights"), self.get_url("policyrights.index", user=row["username"])))
        return leads


def asks_for_rights(viewer: Viewer) -> bool:
    """Whether to lead the viewer there: who reads the policies, or changes who holds which role."""
    return viewer.reads("PolicyVersion") or viewer.rights.get("RoleAssignment", NO_RIGHTS).update


def alike(fields: list[Json]) -> Iterator[Alike]:
    """The fields of an action, joined where the same is granted by rows that say the same."""
    groups: dict[str, list[Json]] = {}
    for each in fields:
        groups.setdefault(repr((each["inWords"], each["because"])), []).append(each)
    for some in groups.values():
        labels = listed(text_of(each["label"]) for each in some)
        yield Alike(labels, str(text_of(some[0]["inWords"])), some[0]["because"])
