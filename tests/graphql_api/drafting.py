"""What the tests of policies share: a university with its policy administrator, a change and how it is kept in a draft,
and a version that somebody else publishes."""

from __future__ import annotations

from typing import Any

import pytest

from policies import store
from policies.editing import set_cell
from tests import factories as make
from tests.api import Desk, OpenDesk, member

RULE = "role object field action scope effect until note"
SAVE = f"""mutation ($input: PolicyDraftInput!) {{ policyDraft(input: $input) {{
  version base stale comment csv changes {{ added {{ {RULE} }} removed {{ {RULE} }} }} }} }}"""
PHONES = {
    "role": "operator",
    "object": "Student",
    "action": "read",
    "field": "phone",
    "allow": [{"scope": "own_department_students", "until": "2099-07-31"}],
    "note": "七月前可见",
}
ADDED = {
    "role": "operator",
    "object": "Student",
    "field": "phone",
    "action": "read",
    "scope": "own_department_students",
    "effect": "allow",
    "until": "2099-07-31",
    "note": "七月前可见",
}
BAD_CSV = """role,object,field,action,scope,effect,note,until
operater,Student,phone,read,all,allow,,
operator,Studnet,phone,read,all,allow,,
operator,Student,phon,read,all,allow,,
operator,Student,phone,raed,all,allow,,
operator,Student,phone,read,al,allow,,
operator,Student,phone,read,all,alow,,
operator,Student,phone,read,all,allow,,2026-7-31
operator,Student,phone,read,all,allow
operator,Student,id_no,aggregate,all,allow,,
operator,Student,phone,read,all@TSG,allow,,
operator,Student,phone,read,own_college@a b,allow,,
operator,Student,phone,read,os.system(1),allow,,
operator,Student,phone,read,own_college,allow,,
operator,Student,phone,read,own_college,allow,,
"""


@pytest.fixture
async def where(api: OpenDesk) -> make.University:
    found = await make.university()
    await member("pa", "policy_admin", name="曹正阳")
    return found


@pytest.fixture
async def admin(where: make.University, api: OpenDesk) -> Desk:
    return await api(as_="pa")


async def save(desk: Desk, **asked: Any) -> dict[str, Any]:
    return dict((await desk.query(SAVE, input=asked))["policyDraft"])


async def another_version(comment: str = "别人的修改") -> int:
    """Somebody publishes: the auditor loses a right."""
    before = store.STORE.snapshot
    table = set_cell(before.table, role="auditor", object="ApiToken", action="read", field="*", allow={})
    number = await store.put_in_force(table, expected=before.version, comment=comment)
    await store.STORE.refresh()
    return number
