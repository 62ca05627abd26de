"""Sentences instead of stack traces: each failure becomes one page with its status, its meaning and the next step."""

from __future__ import annotations

import logging
import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from admin_panel.client import SESSION_COOKIE, ApiFailure, ApiUnreachable
from admin_panel.security import OTHER_ROLE, local_target, role_of_form
from admin_panel.visit import here, viewer
from admin_panel.words import say

logger = logging.getLogger("lixiao.admin_panel")

STATUS = {"FORBIDDEN": 403, "NOT_FOUND": 404, "RATE_LIMITED": 429, "CONFLICT": 409, "INTERNAL": 500}


def handle_errors(app: Flask) -> None:
    app.register_error_handler(ApiFailure, _api_failure)
    app.register_error_handler(ApiUnreachable, _unreachable)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _api_failure(failure: ApiFailure) -> Any:
    """Where a view did not show the failure beside its form."""
    if failure.code == "UNAUTHENTICATED":
        return to_login()
    status = STATUS.get(failure.code, 400)
    if status == 403:
        return _forbidden(failure)
    if status == 404:
        return _page(404, say("not_found"), failure.message or say("not_found_hint"))
    if status == 500:
        return _page(500, say("broken"), say("broken_hint"), str(failure.params.get("correlation") or ""))
    return _page(status, failure.message or say("broken"), "")


def _http(error: HTTPException) -> Any:
    if error.code == 401:
        return to_login()
    if error.code == 403:
        return _forbidden()
    if error.code == 404:
        return _page(404, say("not_found"), say("not_found_hint"))
    if error.code == 400 and error.description == "csrf":
        return _form_expired()
    if error.code == 409 and error.description == OTHER_ROLE:
        return _other_role()
    if error.code == 413:
        return _page(413, say("file_too_large"), say("file_too_large_hint"))
    if error.code is not None and error.code < 400:
        return error
    return _page(error.code or 500, f"{error.code} {error.name}", "")


def _forbidden(failure: ApiFailure | None = None) -> Any:
    """Names the acting role and, when the API said so, the right it lacks (B4)."""
    person = viewer()
    role = person.role.words if person and person.role else "–"
    hint = failure.message if failure and failure.message else say("forbidden_hint", role=role)
    right = (
        ".".join(str(failure.params[key]) for key in ("object", "action") if key in failure.params) if failure else ""
    )
    return _page(403, say("forbidden"), hint, say("missing_right", right=right) if right else "")


def _form_expired() -> Any:
    """The form carried no token of this browser's: nothing was done. Who is signed out is led to the entry."""
    if viewer() is not None:
        return _page(400, say("form_expired"), say("form_expired_hint"))
    entrance = url_for("entry.login", next=_page_before())
    return _page(400, say("form_expired"), say("form_expired_signed_out"), entrance=entrance)


def _other_role() -> Any:
    """Names both roles; the one of the form may have been taken away meanwhile."""
    person, then = viewer(), role_of_form()
    roles = {role.name: role.words for role in person.roles} if person else {}
    now = person.role.words if person and person.role else "–"
    return _page(409, say("other_role"), say("other_role_hint", then=roles.get(then, "–"), now=now))


def _unreachable(_error: ApiUnreachable) -> Any:
    return _page(504, say("unreachable"), say("unreachable_hint"))


def _unexpected(error: Exception) -> Any:
    """Loud inside, masked outside; the number joins the two."""
    correlation = secrets.token_hex(6)
    logger.error("unexpected error %s", correlation, exc_info=error)
    return _page(500, say("broken"), say("broken_hint"), f"{say('correlation')} {correlation}")


def to_login() -> Any:
    """To the entry, and afterwards back here, or to the page whose form was sent and lost."""
    if request.method != "GET":
        flash(say("act_lost"), "warning")
        return redirect(url_for("entry.login", next=_page_before()), 303)
    if request.cookies.get(SESSION_COOKIE):
        flash(say("sign_in_again"), "message")
    return redirect(url_for("entry.login", next=local_target(here()) if request.path != "/" else None))


def _page_before() -> str | None:
    """The page of this panel whose form was sent, by the Referer's path alone; None for what no GET opens again."""
    try:
        sent_from = urlsplit(request.referrer or "")
    except ValueError:
        return None
    if not sent_from.path.startswith(f"{request.script_root}/"):
        return None
    adapter = current_app.create_url_adapter(request)
    try:
        endpoint = adapter.match(sent_from.path.removeprefix(request.script_root), method="GET")[0] if adapter else ""
    except HTTPException:
        return None
    if not endpoint or endpoint.startswith("entry."):
        return None
    return local_target(sent_from.path + (f"?{sent_from.query}" if sent_from.query else ""))


def _page(status: int, title: str, hint: str, detail: str = "", entrance: str = "") -> tuple[str, int]:
    """`entrance`: the address to sign in at, where that is the next step."""
    told = {"title": title, "hint": hint, "detail": detail, "status": status, "entrance": entrance}
    return render_template("panel/error.html", **told), status
