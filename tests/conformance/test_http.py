"""GraphQL over HTTP as its specification has it: the audits of `graphql-http`, against the running server."""

from __future__ import annotations

import json
import re
from collections import Counter

from tests.conformance.conftest import HERE, Node
from tests.served import Served

LIBRARY = ("--user", "campus-library", "--items", "LIB_BOOKS,LIB_THESIS", "--source", "library")


def test_every_audit_passes(served: Served, node: Node) -> None:
    token = served.command("token", "create", *LIBRARY)
    lines = node("audit.mjs", ADDRESS=f"{served.base}/graphql", TOKEN=token).splitlines()
    results = [json.loads(line) for line in lines]
    assert [result for result in results if result["status"] != "ok"] == []
    assert Counter(result["name"].split()[0] for result in results) == {"MUST": 13, "SHOULD": 23, "MAY": 25}


def test_the_lock_file_names_no_host() -> None:
    text = (HERE / "package-lock.json").read_text(encoding="utf-8")
    assert re.findall(r'"resolved"|\w+://', text) == []
    packages = {name: package for name, package in json.loads(text)["packages"].items() if name}
    assert [name for name, package in packages.items() if not package["integrity"].startswith("sha512-")] == []
