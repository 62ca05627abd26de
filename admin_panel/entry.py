"""The way in and out: login page, choice of role and batch, language, signing out. The API decides who gets in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, session, url_for

from admin_panel.client import SESSION_COOKIE, ApiFailure
from admin_panel.language import BABEL_LOCALES, LANGUAGE_COOKIE
from admin_panel.security import local_target
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


@entry.post("/role")
def choose_role() -> Any:
    signed_in()
    given = {"role": request.form.get("role", ""), "batch": request.form.get("batch") or None}
    execute(CHOOSE_ROLE, {"input": given})
    forget_viewer()
    person = signed_in()
    if person.batch is None and _batches(person):  # from a student's role to one that works in a batch
        return redirect(url_for("entry.role", change=1, next=local_target(request.form.get("next"))))
    return redirect(_target())


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
    answer = redirect(_target())
    chosen = request.form.get("language", "")
    if chosen in BABEL_LOCALES:
        answer.set_cookie(
            LANGUAGE_COOKIE,
            chosen,
            max_age=365 * 86400,
            samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
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


def _target() -> str:
    """Where to go on: the wished page of this site, else home."""
    return local_target(request.values.get("next")) or url_for("admin.index")


def _batches(person: Viewer) -> list[dict[str, Any]]:
    if person.is_student or not person.reads("Batch"):
        return []
    return list(execute(BATCHES)["batches"]["nodes"])


def _must_choose(person: Viewer, batches: list[dict[str, Any]]) -> bool:
    return person.role is None or len(person.roles) > 1 or bool(batches)
