"""The audit axe-core, installed from npm as the lock file says, and a browser before a demonstration of its own.

What a page looks like is no matter of the database: a run on PostgreSQL leaves this folder to the one on SQLite.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser.conftest import chromium
from tests.served import PATIENCE, served

__all__ = ["chromium", "served"]

collect_ignore_glob = ["test_*.py"] if os.environ.get("LIXIAO_TEST_DATABASE") else []
PACKAGE = Path(__file__).parent / "axe"


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The audit's script. Left out where there is no npm; a package that cannot be installed is a failure."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm")
    folder = tmp_path_factory.mktemp("axe")
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(PACKAGE / name, folder)
    installed = subprocess.run([npm, "ci"], cwd=folder, capture_output=True, text=True, timeout=PATIENCE)
    assert installed.returncode == 0, f"npm ci: {installed.stderr.strip()[-500:]}"
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
