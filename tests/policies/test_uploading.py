"""Who may send files: the roles that may import something, and nobody else."""

from __future__ import annotations

import pytest

from policies.access import Access
from policies.caller import Caller, Unit
from policies.roles import ROLES
from policies.uploading import may_upload
from tests.policies.shipped import HOLDERS, OPERATORS, SHIPPED

#: Those who import statuses, people, certificates or the roster, and those who keep objects that have a key.
MAY = {"counsellor", "party_office", "secretary", "data_keeper", "registrar", "office", "account_admin"} | OPERATORS


def caller(role: str) -> Caller:
    """Of the role, with a unit of every kind that it is held for."""
    units = frozenset(Unit(kind, 1, "A") for kind in ROLES[role].units if kind != "none")
    return Caller(1, "limin", "李敏", role, units)


@pytest.mark.parametrize("role", HOLDERS)
def test_whoever_may_import_something_may_upload(role: str) -> None:
    assert may_upload(Access(SHIPPED, caller(role))) == (role in MAY)


def test_nobody_in_no_role_uploads() -> None:
    assert not may_upload(Access(SHIPPED, Caller(1, "limin", "李敏", "")))
