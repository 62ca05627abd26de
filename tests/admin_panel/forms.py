"""What a person does with forms of the panel: opens a row, sees its buttons, sends what the form was filled from."""

from __future__ import annotations

import html
import re

from tests.served import Person


def details(person: Person, list_of: str, search: str) -> str:
    """Opens the details of the first row that a list finds; gives the row's id."""
    person.get(f"/admin/{list_of}/", search=search)
    found = re.search(rf'href="/admin/{list_of}/details/\?id=([\w-]+)"', person.text)
    assert found is not None, person.words
    person.get(f"/admin/{list_of}/details/", id=found[1])
    return found[1]


def buttons(person: Person) -> list[str]:
    """What the page offers to do, in its order."""
    return [html.unescape(each) for each in re.findall(r'href="[^"]*/do/(\w+)', person.text)]


def version(person: Person) -> dict[str, str]:
    """The hidden field of the form: which version of the row it was filled from."""
    found = re.search(r'name="expectedVersion" value="(\d+)"', person.text)
    assert found is not None
    return {"expectedVersion": found[1]}
