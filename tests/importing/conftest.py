"""A served demonstration of its own: what is imported here adds people and leaves its traces in histories, which others
count. The panel asks the API in both ways, as in tests/admin_panel.
"""

from __future__ import annotations

from tests.admin_panel.conftest import nobody, served, served_together, someone

__all__ = ["nobody", "served", "served_together", "someone"]
