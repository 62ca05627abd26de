"""Opens every address of the panel as everybody: GET as a link would, POST as an empty form would."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from admin_panel.checked_deeds import CHECKED
from admin_panel.client import SESSION_COOKIE
from admin_panel.deeds import DEEDS
from admin_panel.security import ROLE_MARK
from graphql_api.registry import registry
from models.accounts import SignInAttempt
from tests.policies.expected_matrix.selections import values
from tests.policies.expected_matrix.table import ASKERS, Matrix
from tests.policies.expected_matrix.world import Asked, browser

HEAD = """
What everybody opens in the panel: each address, with the id of a row that the asker sees where there is any. POST is
the empty form.

page       200. 400, 404, 405, 409: that status, with a page that says why
off        what Flask-Admin brings along and this list has not switched on
redirect   to another page; nobody is redirected to sign in, which is the refusal
"""
PAGE, REDIRECT, REFUSED = "page", "redirect", "refused"
#: What an address may ask for; a new one has to be told here.
PARTS = {"filename": ("panel.css",), "export_type": ("csv",)}
#: What Flask-Admin's lists bring along, and the attribute without which it does nothing: not visited while it is off.
FEATURES = {
    "create_view": "can_create",
    "edit_view": "can_edit",
    "delete_view": "can_delete",
    "action_view": "_actions",
    "export": "can_export",
    "ajax_lookup": "_form_ajax_refs",
    "ajax_update": "column_editable_list",
}
OFF = "off"
LOGIN = "/login"
LAST = "entry.sign_out"


async def ask_pages(world: Asked) -> Matrix:
    """Every rule of Flask's map with every method, for everybody; a program's token opens no page."""
    found = Matrix()
    for who in ASKERS:
        seen = await _first_rows(world, who)
        await SignInAttempt.all().delete()  # else nobody is heard after the tenth
        await asyncio.to_thread(_visit, world, who, seen, found)
    return found


async def _first_rows(world: Asked, who: str) -> dict[str, str]:
    """By object: the first row that somebody sees, else any."""
    seen = {}
    for each in registry():
        answer = await world.ask(who, f"{{ {each.plural}(first: 1) {{ nodes {{ id }} }} }}")
        seen[each.name] = next(iter(values(answer.data, (each.plural, "nodes", "id"))), world.id_of(each.name))
    return seen


def _visit(world: Asked, who: str, seen: dict[str, str], found: Matrix) -> None:
    client = world.panel.test_client()
    if world.credentials[who].session:
        client.set_cookie(SESSION_COOKIE, browser(who))
    for rule in sorted(world.panel.url_map.iter_rules(), key=lambda each: (each.endpoint == LAST, each.rule)):
        for path in addresses(world.panel, rule):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                given = {"id": seen[name]} if (name := _object_of(world.panel, rule)) else {}
                outcome = OFF if _is_off(world.panel, rule) else _outcome(client, who, method, path, given)
                found.put(f"{method} {path}", who, outcome)


def _is_off(panel: Flask, rule: Rule) -> bool:
    feature = FEATURES.get(rule.endpoint.partition(".")[2])
    return feature is not None and not getattr(_view(panel, rule), feature)


def _object_of(panel: Flask, rule: Rule) -> str | None:
    info = getattr(_view(panel, rule), "info", None)
    return str(info.name) if info is not None else None


def _view(panel: Flask, rule: Rule) -> Any:
    views = panel.extensions["admin"][0]._views
    return next((each for each in views if each.endpoint == rule.endpoint.partition(".")[0]), None)


def addresses(panel: Flask, rule: Rule) -> Iterator[str]:
    """The rule's address with each value that its part may have; the rule itself when it has none."""
    if not rule.arguments:
        yield rule.rule
        return
    [part] = rule.arguments
    parts = _parts(panel, rule)
    assert part in parts, f"tell PARTS what <{part}> of {rule.rule} may be"
    for value in parts[part]:
        built = rule.build({part: value})
        assert built is not None
        yield built[1]


def _parts(panel: Flask, rule: Rule) -> dict[str, tuple[str, ...]]:
    named = _object_of(panel, rule) or ""
    deeds = tuple(each.mutation for each in (*DEEDS.get(named, ()), *CHECKED.get(named, ())))
    return {**PARTS, "mutation": deeds}


def _outcome(client: FlaskClient, who: str, method: str, path: str, given: dict[str, str]) -> str:
    """A form is that of a page opened in the same role."""
    with client.session_transaction() as session:
        session["csrf"] = "token"
    form = {"csrf_token": f"token{ROLE_MARK}{who}", **given} if method == "POST" else None
    answer = client.open(path, method=method, query_string=given, data=form)
    answer.close()
    if answer.status_code in (301, 302, 303, 307, 308):
        return REFUSED if answer.location.partition("?")[0] == LOGIN else REDIRECT
    return {200: PAGE, 403: REFUSED}.get(answer.status_code, str(answer.status_code))
