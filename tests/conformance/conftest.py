"""The programs of others, installed from npm as the lock file beside this says, before the served demonstration."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.served import PATIENCE, served

__all__ = ["served"]

HERE = Path(__file__).parent
PROJECT = ("package.json", "package-lock.json", ".npmrc", "audit.mjs", "compile.mjs", "subscribe.mjs")
RELAY = "relay"

#: `node("audit.mjs", ADDRESS="http://…")`: what the script prints; `text` is the script's, when it is none of ours.
Node = Callable[..., str]


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """Runs a script of this folder, its packages beside it. Left out where there is no Node.js or npm; packages that
    cannot be installed are a failure, for the lock file may be at fault."""
    npm, program = shutil.which("npm"), shutil.which("node")
    if npm is None or program is None:
        pytest.skip("needs Node.js and npm")
    folder = tmp_path_factory.mktemp("node")
    for name in PROJECT:
        shutil.copy(HERE / name, folder)
    shutil.copytree(HERE / RELAY, folder / RELAY)
    installed = subprocess.run([npm, "ci"], cwd=folder, capture_output=True, text=True, timeout=PATIENCE)
    assert installed.returncode == 0, f"npm ci: {installed.stderr.strip()[-500:]}"

    def run(script: str, *, text: str = "", **environment: str) -> str:
        if text:
            (folder / script).write_text(text, encoding="utf-8")
        command = [program, script]
        done = subprocess.run(
            command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
