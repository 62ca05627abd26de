"""The served demonstration, for the tests of this folder."""

from __future__ import annotations

from tests.served import nobody, served, someone

__all__ = ["nobody", "served", "someone"]
