"""A served demonstration of its own: what is tested here moves sheets and closes batches, which others count."""

from __future__ import annotations

from tests.served import nobody, served, someone

__all__ = ["nobody", "served", "someone"]
