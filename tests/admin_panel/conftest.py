"""The served demonstration, for the tests of this folder: the panel asks the API in its own process on SQLite, and over
HTTP, from a process of its own, on PostgreSQL. So each of the tests is passed on both ways.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.served import Served, nobody, panel_elsewhere, someone
from tests.served import served as served_together

__all__ = ["nobody", "served", "served_together", "someone"]


@pytest.fixture(scope="package")
def served(served_together: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """LIXIAO_TEST_PANEL=alone makes the panel a process of its own on SQLite, too."""
    alone = os.environ.get("LIXIAO_TEST_DATABASE") or os.environ.get("LIXIAO_TEST_PANEL") == "alone"
    with ExitStack() as stack:
        if alone:
            yield stack.enter_context(panel_elsewhere(served_together, tmp_path_factory.mktemp("panel")))
        else:
            yield served_together
