"""What the tests of this folder ask beside the pages: counts that the API gives, and forms that carry a check on."""

from __future__ import annotations

import html
import re
from typing import Any

from tests.served import Person

COUNTS = """{ events(first: 1) { totalCount } sheets(first: 1) { totalCount }
  applied: operations(where: { state: { eq: APPLIED } }, first: 1) { totalCount } }"""


def data(person: Person, query: str) -> Any:
    """The answer to a question, in the role of whoever asks."""
    answer = person.http.post("/graphql", json={"query": query}).json()
    assert "errors" not in answer, answer
    return answer["data"]


def change(person: Person, mutation: str) -> Any:
    """Changes something as a program would, with the token of the session."""
    token = data(person, "{ viewer { csrfToken } }")["viewer"]["csrfToken"]
    answer = person.http.post("/graphql", json={"query": mutation}, headers={"X-CSRF-Token": token}).json()
    assert "errors" not in answer, answer
    return answer["data"]


def counts(person: Person) -> dict[str, int]:
    """How many events, sheets and operations there are: a check changes none of them."""
    return {name: found["totalCount"] for name, found in data(person, COUNTS).items()}


def sheets_of(person: Person, batch: str, state: str = "ACTIVE") -> dict[str, str]:
    """Student number → id of the sheets of a batch."""
    where = f'{{ batch: {{ code: {{ eq: "{batch}" }} }}, state: {{ eq: {state} }} }}'
    query = f"{{ sheets(where: {where}, first: 200) {{ nodes {{ id student {{ studentNo }} }} }} }}"
    return {each["student"]["studentNo"]: each["id"] for each in data(person, query)["sheets"]["nodes"]}


def batch_id(person: Person, code: str) -> str:
    return str(data(person, f'{{ batch(code: "{code}") {{ id }} }}')["batch"]["id"])


def carried(person: Person) -> dict[str, Any]:
    """Every hidden field of the form that submits what was checked."""
    for form in re.findall(r"<form.*?</form>", person.text, re.DOTALL):
        if 'value="submit"' in form:
            found: dict[str, Any] = {}
            for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form):
                found.setdefault(name, []).append(html.unescape(value))
            return found | {"step": "submit"}
    raise AssertionError(person.words)


def address(person: Person) -> str:
    """Where that form goes."""
    for form in re.findall(r"<form.*?</form>", person.text, re.DOTALL):
        if 'value="submit"' in form:
            found = re.search(r'action="([^"]+)"', form)
            assert found is not None
            return html.unescape(found[1])
    raise AssertionError(person.words)


def submit(person: Person) -> Person:
    """Submits what the page shows as checked."""
    person.post(address(person), **carried(person))
    return person


def tallies(person: Person) -> list[int]:
    """Will change, unchanged, refused: as the page shows them."""
    return [int(each) for each in re.findall(r'<div class="tally [^"]*"><b>(\d+)</b>', person.text)]


def items_shown(person: Person) -> dict[str, tuple[int, ...]]:
    """Item code → red and grey on the sheets that would be made."""
    rows = re.findall(r'<tr data-item="(\w+)">(.*?)</tr>', person.text, re.DOTALL)
    return {code: tuple(int(each) for each in re.findall(r'num">(\d+)<', row)) for code, row in rows}
