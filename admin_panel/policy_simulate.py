"""权限模拟: what an account or a role could see or act on, in words and numbers; the API records that it was asked."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_admin import expose

from admin_panel.client import ApiFailure, Json
from admin_panel.policy_pages import BOTH, PolicyPage, read_draft
from admin_panel.policy_units import UNITS, units_of
from admin_panel.visit import Viewer, execute
from admin_panel.words import both

CHOICES = f"""query Choices($object: String!, $draft: Boolean!) {{
  matrix: policyMatrix(object: $object, draft: $draft) {{
    version object roles {{ name label {BOTH} assignable units }} actions {{ name label {BOTH} }} }}
  {UNITS} }}"""
SIMULATE = f"""mutation Simulate($input: SimulatePolicyInput!) {{ found: simulatePolicy(input: $input) {{
  permitted count rows {BOTH} columns {{ field label {BOTH} onAllRows inWords {BOTH} }}
  denied {{ name label {BOTH} }} message }} }}"""
FIRST_OBJECT = "Student"
#: How many units of a role the form asks for.
UNIT_BOXES = 2


class PolicySimulate(PolicyPage):
    """The object is chosen first, as the actions depend on it."""

    title, icon = "policy_simulate", "search"

    def shown_to(self, viewer: Viewer) -> bool:
        return viewer.may("PolicyVersion", "simulate")

    @expose("/")
    def index(self) -> Any:
        return self._show()

    @expose("/", methods=("POST",))
    def simulate(self) -> Any:
        try:
            return self._show(execute(SIMULATE, {"input": _asked(self.object_asked(FIRST_OBJECT))})["found"])
        except ApiFailure as failure:
            if failure.code in ("UNAUTHENTICATED", "FORBIDDEN"):
                raise
            return self._show(failure=failure), 404 if failure.code == "NOT_FOUND" else 400

    def _show(self, found: Json | None = None, failure: ApiFailure | None = None) -> str:
        draft = read_draft()
        asked = {"object": self.object_asked(FIRST_OBJECT), "draft": draft is not None}
        choices = execute(CHOICES, asked)
        roles = [each for each in choices["matrix"]["roles"] if each["assignable"]]
        kinds = {kind for each in roles for kind in each["units"]}
        return self.page(
            "panel/policy_simulate.html",
            draft,
            matrix=choices["matrix"],
            names=self.object_names(),
            roles=roles,
            groups=units_of(choices, kinds),
            boxes=(request.form.getlist("units") + [""] * UNIT_BOXES)[:UNIT_BOXES],
            form=request.form,
            way="role" if request.form.get("way") == "role" else "user",
            found=found,
            failure=failure,
            ways=(("user", both("policy_as_user")), ("role", both("policy_as_role"))),
        )


def _asked(object_name: str) -> Json:
    """The form as the mutation takes it; what is left empty is left out."""
    form = request.form
    asked: Json = {"object": object_name, "action": form.get("action", ""), "draft": bool(form.get("draft"))}
    if form.get("way") == "role":
        units = [each.rpartition(":")[2] for each in form.getlist("units") if each]
        return {**asked, "role": form.get("role", ""), "units": list(dict.fromkeys(units))}
    asked["user"] = form.get("user", "").strip()
    return {**asked, "role": form["user_role"]} if form.get("user_role") else asked
