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
PROJECT = ("package.json", "package-lock.json", ".npmrc", "audit.mjs")

#: `node("audit.mjs", ADDRESS="http://…")`: what the script prints.
Node = Callable[..., str]


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """Runs a script of this folder, its packages beside it. Left out without Node.js, npm or a registry to ask."""
    npm, program = shutil.which("npm"), shutil.which("node")
    if npm is None or program is None:
        pytest.skip("needs Node.js and npm")
    folder = tmp_path_factory.mktemp("node")
    for name in PROJECT:
        shutil.copy(HERE / name, folder)
    installed = subprocess.run([npm, "ci"], cwd=folder, capture_output=True, text=True, timeout=PATIENCE)
    if installed.returncode != 0:
        pytest.skip(f"npm ci did not succeed: {installed.stderr.strip()[-500:]}")

    def run(script: str, **environment: str) -> str:
        command = [program, script]
        done = subprocess.run(
            command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
