"""Which tests of the seeds a run leaves to the other kind of database."""

from __future__ import annotations

import os

#: Files are a matter of SQLite; on PostgreSQL the demonstration is built in place, see tests/test_cli.py. One process
#: speaks to one kind of database only, because Tortoise keeps compiled statements by the connection's name.
collect_ignore = ["test_demo_database.py"] if os.environ.get("LIXIAO_TEST_DATABASE") else []
