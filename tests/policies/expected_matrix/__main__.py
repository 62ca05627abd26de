"""`python -m tests.policies.expected_matrix`: what differs from the committed files; with `--write` writes them anew.

On a SQLite database of its own. Read the diff before you commit it: each line is a decision about who gets what.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from models import database
from tests.fresh_databases import FreshSqlite
from tests.policies.expected_matrix.asked import FILES, heads, matrices
from tests.policies.expected_matrix.table import complaint, differences, read, write
from tests.policies.expected_matrix.world import opened


async def main(arguments: list[str]) -> int:
    os.environ.setdefault("LIXIAO_SECRET_KEY", "for tests only, and long enough for them")
    with tempfile.TemporaryDirectory() as folder:
        maker = FreshSqlite(Path(folder))
        await maker.start()
        await database.connect(await maker.make_own())
        try:
            async with opened() as world:
                found = await matrices(world)
        finally:
            await database.disconnect()
    wrong = 0
    for name, file in FILES.items():
        if "--write" in arguments:
            file.write_text(write(found[name], heads()[name]), encoding="utf-8")
        elif told := differences(read(file.read_text(encoding="utf-8")), found[name]):
            sys.stdout.write(complaint(file, told) + "\n")
            wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
