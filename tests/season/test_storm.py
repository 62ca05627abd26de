"""The counters after a storm: single acts, bulk acts, imports, undos and issues by several people at once, while the
server is killed again and again (SIGKILL) and started anew. What was half done is not there; what is there is counted.
"""

from __future__ import annotations

import threading

from models import database
from tests.season.storm import Hand, Storm
from tests.served import PATIENCE, Mortal, mortal

__all__ = ["mortal"]

LIVES = (30, 40)  # how many acts are answered before each kill
HANDS = (("library", "LIB_BOOKS"), ("dorm", "DORM_OUT"), ("partyoffice", "PARTY"), ("certofficer", None))
KINDS = {"single", "bulk", "import", "undo", "issue", "undo of an issue"}

#: Each counter beside what it counts.
COUNTERS = {
    "SELECT item_id, college_id, status, n FROM item_college_counter WHERE n <> 0": """
        SELECT c.item_id, s.college_id, c.status, COUNT(*) FROM clearance c JOIN sheet s ON s.id = c.sheet_id
        WHERE s.state = 'ACTIVE' GROUP BY 1, 2, 3""",
    "SELECT item_id, building_id, status, n FROM item_building_counter WHERE n <> 0": """
        SELECT c.item_id, s.building_id, c.status, COUNT(*) FROM clearance c JOIN sheet s ON s.id = c.sheet_id
        WHERE s.state = 'ACTIVE' AND s.building_id IS NOT NULL GROUP BY 1, 2, 3""",
    "SELECT batch_id, college_id, kind, status, n FROM certificate_counter WHERE n <> 0": """
        SELECT s.batch_id, s.college_id, c.kind, c.status, COUNT(*) FROM certificate c JOIN sheet s ON s.id = c.sheet_id
        WHERE s.state = 'ACTIVE' GROUP BY 1, 2, 3, 4""",
}


async def test_counters_are_the_count_after_a_storm_with_kills(mortal: Mortal) -> None:
    storm = Storm()
    hands = [Hand(storm, *each) for each in HANDS]
    for answers in LIVES:
        with mortal.lives() as (base, kill):
            storm.left, storm.killing = answers, kill
            for hand in hands:
                if not hand.students:
                    hand.sign_in(base)
            acting = [Acting(hand, base) for hand in hands]
            for each in acting:
                each.start()
            for each in acting:
                each.join(PATIENCE)
            assert [each.failed for each in acting] == [None] * len(acting)
    assert {kind for kind, changed in storm.done.items() if changed} == KINDS
    mortal.served.command("check")  # it ends with 1, and this raises, where an invariant does not hold
    await database.connect(mortal.served.environment["LIXIAO_DATABASE_URL"])
    try:
        for kept, counted in COUNTERS.items():
            found = sorted(map(tuple, await database.fetch(kept)))
            assert found == sorted(map(tuple, await database.fetch(counted))), kept
            assert found, kept
    finally:
        await database.disconnect()


class Acting(threading.Thread):
    """One hand at work; `failed`: what went wrong other than that nobody answers."""

    def __init__(self, hand: Hand, base: str) -> None:
        super().__init__(daemon=True)
        self.hand, self.base = hand, base
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            self.hand.act(self.base)
        except BaseException as error:  # whatever it was, the test tells it
            self.failed = error
