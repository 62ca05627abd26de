"""What every answer and every POST must carry: headers, a token against forged forms; and local redirects only."""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request, session

#: No inline script, no inline style, nothing from another host. Bootstrap draws its arrows with data: images.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
CSRF_FIELD = "csrf_token"
OTHER_ROLE = "other role"  # why an error handler is called, as "csrf" is
ROLE_MARK = "."  # in no token and in no role's name


def protect(app: Flask) -> None:
    """Check every unsafe request before any view sees it, and put the headers on every answer."""
    app.before_request(_refuse_forged)
    app.after_request(_with_headers)


def csrf_token(role: str) -> str:
    """What a form carries: the token of this browser's panel session, made on first use, and the role in which its page
    was opened; empty for a page that is opened in none."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    return f"{session['csrf']}{ROLE_MARK}{role}"


def role_of_form() -> str:
    """The role in which the page of the form that was sent was opened."""
    return request.form.get(CSRF_FIELD, "").partition(ROLE_MARK)[2]


def _refuse_forged() -> None:
    if request.method not in UNSAFE:
        return
    given, expected = request.form.get(CSRF_FIELD, "").partition(ROLE_MARK)[0], session.get("csrf", "")
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        abort(400, "csrf")


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")  # personal data; also after signing out
    return response


def local_target(target: str | None) -> str | None:
    """`target` when it is a path of this site, else None: `next` must not lead anybody elsewhere.

    Browsers read a backslash as a slash and drop control characters: both are refused wherever they stand.
    """
    if not target or not target.startswith("/") or "\\" in target:
        return None
    if any(ord(character) < 32 or ord(character) == 127 for character in target):
        return None
    parts = urlsplit(target)
    if target.startswith("//") or parts.scheme or parts.netloc:
        return None
    return target
