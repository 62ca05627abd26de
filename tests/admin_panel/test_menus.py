"""Each role's menu, exactly: what the role may do, and nothing else; whoever adds a page says here who finds it."""

from __future__ import annotations

import html
import re

import pytest

from tests.policies.expected_matrix.table import SIGNED_IN
from tests.served import Someone

UNITS = "college department building"
LOOKED_UP = "item batch"
RECORDS = "operation event"
DESK = "desk scan bulk import"
EVERYTHING = f"sheet student clearance certificate {LOOKED_UP} itemrequest {RECORDS} syncobservation {UNITS}"

#: By role: the demonstration account that acts in it, and the addresses below /admin/, in their order.
MENUS = {
    "student": ("student", ""),
    "supervisor": ("supervisor", "mystudents operation"),
    "counsellor": (
        "counsellor",
        f"/ {DESK} sheet student clearance certificate {LOOKED_UP} {RECORDS} syncobservation {UNITS}",
    ),
    "party_office": ("partyoffice", f"/ {DESK} sheet student clearance {LOOKED_UP} {RECORDS} {UNITS}"),
    "secretary": ("secretary", f"/ desk import sheet student clearance {LOOKED_UP} {RECORDS} {UNITS}"),
    "data_keeper": ("datakeeper", f"/ import sheet student {LOOKED_UP} {RECORDS} {UNITS}"),
    "cert_officer": (
        "certofficer",
        f"/ issue bulkissue sheet student clearance certificate {LOOKED_UP} {RECORDS} {UNITS}",
    ),
    "operator": (
        "library",
        f"/ {DESK} sheet student clearance {LOOKED_UP} itemrequest {RECORDS} syncobservation {UNITS}",
    ),
    "dorm_centre": (
        "dorm",
        f"/ {DESK} sheet student clearance {LOOKED_UP} itemrequest {RECORDS} syncobservation {UNITS}",
    ),
    "registrar": ("registrar", f"/ import sheet student certificate {LOOKED_UP} {RECORDS} {UNITS}"),
    "office": ("office", f"/ {DESK} {EVERYTHING} roleassignment"),
    "leader": ("leader", f"/ {LOOKED_UP} {UNITS}"),
    "analyst": ("analyst", f"/ {LOOKED_UP} {UNITS}"),
    "account_admin": ("accountadmin", f"/ import {LOOKED_UP} {UNITS} user roleassignment apitoken"),
    "policy_admin": (
        "policyadmin",
        f"/ {LOOKED_UP} {UNITS} user roleassignment policyversion policy policysimulate",
    ),
    "auditor": ("auditor", f"/ {EVERYTHING} user roleassignment apitoken policyversion policy"),
}
#: A program has a token and no browser.
PROGRAMS = {"campus_app"}


def test_every_role_has_its_menu_here() -> None:
    assert MENUS.keys() | PROGRAMS == set(SIGNED_IN)


@pytest.mark.parametrize("role", MENUS)
def test_the_menu_of_a_role(someone: Someone, role: str) -> None:
    username, expected = MENUS[role]
    person = someone(username, role=role)
    rail = re.search(r'<nav class="rail".*?</nav>', person.text, re.DOTALL)
    links = re.findall(r'<a href="([^"]+)"', rail[0]) if rail else []
    assert [html.unescape(link).removeprefix("/admin/").rstrip("/") or "/" for link in links] == expected.split()
