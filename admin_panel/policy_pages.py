"""What the pages about policies share: who opens them, and the draft that stands above them."""

from __future__ import annotations

from typing import Any

from flask import abort, request

from admin_panel.client import Json
from admin_panel.columns import Objects
from admin_panel.language import text_of
from admin_panel.pages import Page
from admin_panel.visit import Viewer, execute, signed_in
from admin_panel.words import say

BOTH = "{ zh en }"
RULE = f"""role roleLabel {BOTH} object objectLabel {BOTH} action actionLabel {BOTH} field fieldLabel {BOTH}
  scope scopeLabel {BOTH} effect until note"""
DRAFT = f"""query Draft {{ draft: policyDraft {{
  version base stale comment changes {{ added {{ {RULE} }} removed {{ {RULE} }} }} }} }}"""
SAVE = "mutation Save($input: PolicyDraftInput!) { draft: policyDraft(input: $input) { version base } }"
#: Objects of the policies that are no tables.
API = "Api"


class PolicyPage(Page):
    """A page about policies: open to whoever reads them; what changes them is shown to whoever may."""

    group, icon = "admin", "lock"

    def __init__(self, objects: Objects, endpoint: str) -> None:
        self.objects = objects
        super().__init__(endpoint)

    def shown_to(self, viewer: Viewer) -> bool:
        return viewer.reads("PolicyVersion")

    def page(self, template: str, draft: Json | None, **given: Any) -> str:
        """A page with the bar of the draft above it."""
        tools = {"words": text_of, "object_words": self.object_words, "tunes": tunes()}
        return str(self.render(template, draft=draft, **tools, **given))

    def object_words(self, name: str) -> str:
        """What an object is called."""
        known = self.objects.get(name)
        return str(known.label) if known else say("policy_api")

    def object_names(self) -> list[str]:
        return sorted([*self.objects, API], key=self.object_words)

    def object_asked(self, otherwise: str) -> str:
        """The object of the address; 404 for what there is not."""
        wanted = request.args.get("object", otherwise)
        return wanted if wanted in self.objects or wanted == API else abort(404)


def tunes() -> bool:
    """Whether the viewer may change policies."""
    return signed_in().may("PolicyVersion", "tune")


def must_tune() -> None:
    """403 for who only reads policies."""
    if not tunes():
        abort(403)


def read_draft() -> Json | None:
    """One's own draft, if there is any."""
    found: Json | None = execute(DRAFT)["draft"] if tunes() else None
    return found


def save_draft(given: Json) -> Json:
    """The draft as the form's reader saw it, changed: its version travels in the form. Raises ApiFailure."""
    seen = request.form.get("draft", "")
    expected = int(seen) if seen.isascii() and seen.isdigit() else None
    found: Json = execute(SAVE, {"input": {**given, "expectedVersion": expected}})["draft"]
    return found
