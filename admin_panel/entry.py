"""The way in and out: login page, choice of role and batch, language and look, signing out. The API decides who gets
in."""

from __future__ import annotations

from collections.abc import Container
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.exceptions import HTTPException

from admin_panel.client import SESSION_COOKIE, ApiFailure
from admin_panel.language import BABEL_LOCALES, LANGUAGE_COOKIE
from admin_panel.security import OTHER_ROLE, UNSAFE, local_target, role_of_form
from admin_panel.theme import THEME_COOKIE, THEMES
from admin_panel.visit import Viewer, execute, forget_viewer, here, signed_in, viewer
from admin_panel.words import say

entry = Blueprint("entry", __name__)

SIGN_IN = "mutation SignIn($input: SignInInput!) { signIn(input: $input) { csrfToken } }"
SIGN_OUT = "mutation SignOut { signOut }"
CHOOSE_ROLE = "mutation ChooseRole($input: ChooseRoleInput!) { chooseRole(input: $input) { csrfToken } }"
BATCHES = """query Batches { batches(where: { status: { ne: ARCHIVED } }, first: 50) {
  nodes { id code name nameEn status } } }"""


@entry.get("/login")
def login() -> Any:
    if viewer() is not None:
        return redirect(_target())
    return render_template("panel/login.html", target=request.args.get("next", ""), failure=None)


@entry.post("/login")
def sign_in() -> Any:
    given = {"username": request.form.get("username", "").strip(), "password": request.form.get("password", "")}
    try:
        execute(SIGN_IN, {"input": given})
    except ApiFailure as failure:
        words = say("sign_in_throttled") if failure.code == "RATE_LIMITED" else failure.message or say("sign_in_failed")
        status = 429 if failure.code == "RATE_LIMITED" else 401
        return render_template("panel/login.html", target=request.form.get("next", ""), failure=words), status
    session.clear()  # a fresh token against forged forms belongs to a fresh session
    return redirect(url_for("entry.role", next=local_target(request.form.get("next"))))


@entry.get("/role")
def role() -> Any:
    """Asked only when there is something to choose; a student never is (R1)."""
    person = signed_in()
    batches = _batches(person)
    if "change" not in request.args and not _must_choose(person, batches):
        return redirect(_target())
    return render_template("panel/role.html", person=person, batches=batches, target=request.args.get("next", ""))


@entry.get("/role/batches")
def batches() -> Any:
    """The batches alone, for the menu in the bar that leads back to `next`."""
    person = signed_in()
    if person.role is None:
        abort(409)
    found, target = _batches(person), local_target(request.args.get("next")) or ""
    return render_template("panel/switch_batches.html", person=person, batches=found, target=target)


@entry.post("/role")
def choose_role() -> Any:
    """Goes on where it was asked, unless that page is none of the new role's."""
    signed_in()
    given = {"role": request.form.get("role", ""), "batch": request.form.get("batch") or None}
    execute(CHOOSE_ROLE, {"input": given})
    forget_viewer()
    person = signed_in()
    if person.batch is None and _batches(person):  # from a student's role to one that works in a batch
        return redirect(url_for("entry.role", change=1, next=local_target(request.form.get("next"))))
    target = _target()
    return redirect(target if _opens(target) else url_for("admin.index"))


@entry.post("/sign-out")
def sign_out() -> Any:
    if viewer() is not None:
        execute(SIGN_OUT)
    g.session_left_behind = ""
    session.clear()
    flash(say("signed_out"), "success")
    return redirect(url_for("entry.login"))


@entry.post("/language")
def language() -> Any:
    return _keeping(LANGUAGE_COOKIE, request.form.get("language", ""), BABEL_LOCALES)


@entry.post("/look")
def look() -> Any:
    return _keeping(THEME_COOKIE, request.form.get("theme", ""), THEMES)


def _keeping(cookie: str, chosen: str, known: Container[str]) -> Any:
    """Back to the page, which from now on for a year is shown as chosen; what is not `known` changes nothing."""
    answer = redirect(_target())
    if chosen in known:
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        answer.set_cookie(cookie, chosen, max_age=365 * 86400, samesite="Lax", secure=secure)
    return answer


def keep_session(response: Response) -> Response:
    """Set or drop the session cookie that this request's mutation left behind. Scripts cannot read it."""
    token = g.pop("session_left_behind", None)
    if token is None:
        return response
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    if token:
        response.set_cookie(SESSION_COOKIE, token, path="/", httponly=True, samesite="Lax", secure=secure)
    else:
        response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="Lax", secure=secure)
    return response


def ask_role_first() -> Any:
    """Nothing behind the entry opens before a role is chosen; None lets the request through."""
    if request.endpoint is None or request.endpoint.endswith("static") or request.blueprint == "entry":
        return None
    person = viewer()
    if person is not None and person.role is None:
        return redirect(url_for("entry.role", next=here() if request.method == "GET" else None))
    return None


def refuse_other_role() -> None:
    """A form acts in the role in which its page was opened. Whoever has chosen another since, in another tab, is told
    so, and nothing is done: in which role it was meant is his to say."""
    if request.method not in UNSAFE or request.blueprint == "entry":
        return
    person = viewer()
    if person is not None and person.role is not None and person.role.name != role_of_form():
        abort(409, OTHER_ROLE)


def _target() -> str:
    """Where to go on: the wished page of this site, else home."""
    return local_target(request.values.get("next")) or url_for("admin.index")


def _opens(target: str) -> bool:
    """Whether the page of `target` is one that the present role finds in its menu; the API decides about its rows."""
    adapter = current_app.create_url_adapter(request)
    try:
        path = urlsplit(target).path.removeprefix(request.script_root)
        endpoint = adapter.match(path, method="GET")[0] if adapter else ""
    except HTTPException:
        return True  # a page beside the panel
    views = {view.endpoint: view for view in current_app.extensions["admin"][0]._views}
    view = views.get(str(endpoint).partition(".")[0])
    return view is None or bool(view.is_accessible())


def _batches(person: Viewer) -> list[dict[str, Any]]:
    if person.is_student or not person.reads("Batch"):
        return []
    return list(execute(BATCHES)["batches"]["nodes"])


def _must_choose(person: Viewer, batches: list[dict[str, Any]]) -> bool:
    return person.role is None or len(person.roles) > 1 or bool(batches)
