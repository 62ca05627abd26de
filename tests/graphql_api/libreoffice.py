"""A file as LibreOffice saves it: what operators do between the export and the import."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PATIENCE = 300  # seconds


def saved_again(content: bytes, folder: Path, *, kind: str = "xlsx") -> bytes:
    """The workbook opened and saved, in a profile of its own: two of one profile do not run beside each other. The
    test is left out where there is none."""
    if shutil.which("libreoffice") is None:
        pytest.skip("needs LibreOffice")
    (folder / "saved").mkdir(exist_ok=True)
    (folder / "file.xlsx").write_bytes(content)
    command = ["libreoffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore"]
    subprocess.run(
        [*command, "--convert-to", kind, "--outdir", str(folder / "saved"), str(folder / "file.xlsx")],
        check=True,
        capture_output=True,
        timeout=PATIENCE,
        env={**os.environ, "HOME": str(folder)},
    )
    return (folder / "saved" / f"file.{kind}").read_bytes()
