"""Random policies, callers and rows: what the database finds, a brute force finds, and Casbin says of the whole table.

A cell is one field of one row, under one table and for one caller: shown or not. For each cell are compared

- the database's answer: the rows and masks that `policies.access` plans, as SQL on a season of all kinds;
- plain Python's over the loaded rows (`policy_oracle`), which shares no code with the engine, the access and the
  filters;
- the answer of `casbin.Enforcer` with the shipped `model.conf` over the whole table (`whole_table`). Casbin knows no
  rows and no tokens. It is asked once for each distinct role, object, action, field and scope, not for each cell,
  whether the table permits it and whether the table denies it. A cell is permitted if its row lies (as plain Python
  says) in a scope that is permitted and in none that is denied. The caller's token is left out here on both sides.

The other questions (which rows for several fields, for searching, for each action) are compared row by row with plain
Python alone and do not count as cells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from tortoise.expressions import Q

from policies.access import Access
from policies.caller import Caller
from policies.catalogue import OBJECTS
from policies.engine import Snapshot
from policies.rules import EFFECTS
from policies.scopes import scopes_of
from tests.policies.policy_oracle import MODEL, Memberships, Oracle, fields, in_force, sensitive
from tests.policies.random_policies import NARROWED, TODAY, Case, case
from tests.policies.season_of_all_kinds import World
from tests.policies.whole_table import WholeTable

CASES = 20  # for each object
ENOUGH = 50_000
Cell = tuple[int, str]
Cells = set[Cell]


@dataclass
class Tally:
    """What was compared by kind of question, how much of it is permitted, and what did not agree. `masked`: the cells
    that are hidden on a row of the list. `named`: object, scope and effect of the rules."""

    cells: Counter[str] = field(default_factory=Counter)
    permitted: Counter[str] = field(default_factory=Counter)
    masked: int = 0
    named: set[tuple[str, str, str]] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def compare(self, what: str, of: Case, found: Cells, meant: Cells, among: int) -> None:
        kind = what.split()[0]
        self.cells[kind] += among
        self.permitted[kind] += len(meant)
        if found != meant:
            more, less = sorted(found - meant)[:3], sorted(meant - found)[:3]
            self.wrong.append(f"{of.object} {of.number}, {what}: found {more}, missed {less}")


async def test_the_database_a_brute_force_and_casbin_agree_on_every_cell(world: World):
    tally, memberships = Tally(), Memberships(world)
    for name in NARROWED:
        for number in range(CASES):
            await compare(tally, case(number, name, world), memberships)
    assert tally.wrong == []
    for kind in ("read", "casbin"):
        assert tally.cells[kind] >= ENOUGH
        assert tally.permitted[kind] >= tally.cells[kind] / 5
    assert tally.masked >= ENOUGH / 20
    assert tally.named >= {
        (name, scope, effect) for name in NARROWED for scope in scopes_of(name) for effect in EFFECTS
    }


async def compare(tally: Tally, of: Case, memberships: Memberships) -> None:
    asked = Asked(of, Access(snapshot(of), of.caller), Oracle(memberships, of.table, of.caller, TODAY), tally)
    tally.named |= {(rule.object, rule.scope.partition("@")[0], rule.effect) for rule in of.table.rules}
    await asked.read()
    await asked.read_together()
    await asked.searched()
    for action in of.actions:
        await asked.acted_on(action)
    await asked.said_by_casbin()


def snapshot(of: Case) -> Snapshot:
    return Snapshot(1, of.table, TODAY)


@dataclass
class Asked:
    """All questions of one case."""

    of: Case
    access: Access
    oracle: Oracle
    tally: Tally

    @property
    def name(self) -> str:
        return self.of.object

    @property
    def fields(self) -> list[str]:
        return fields(self.name)

    @property
    def all_cells(self) -> int:
        return len(self.fields) * len(self.oracle.memberships.everything(self.name))

    async def read(self) -> None:
        """A plan of all fields: its rows and its masks."""
        meant = {(row, each) for each in self.fields for row in self.oracle.permitted(self.name, "read", each)}
        listed = self.oracle.anything(self.name, "read")
        self.tally.compare("read", self.of, await self.shown(self.access), meant, self.all_cells)
        self.tally.masked += len(listed) * len(self.fields) - len(meant)
        plan = self.access.plan(self.name, "read", self.fields[:1])
        await self.compare("listed", plan and plan.rows, listed)

    async def shown(self, access: Access) -> Cells:
        """The cells that a list of all fields shows: on each row those without a mask, or whose mask finds the row."""
        plan = access.plan(self.name, "read", [*self.fields, "id"])
        if plan is None:
            return set()
        assert plan.denied == {*self.fields} - {*plan.columns}
        rows = await self.found(plan.rows)
        on = {mask: await self.found(plan.rows & condition) for mask, condition in plan.masks.items()}
        columns = {name: rows if mask is None else on[mask] for name, mask in plan.columns.items() if name != "id"}
        return {(row, name) for name, reached in columns.items() for row in reached}

    async def read_together(self) -> None:
        """The rows on which several fields are permitted at once."""
        chance = Random(self.of.number)
        for _ in range(3):
            names = chance.sample(self.fields, chance.randint(1, 3))
            meant = frozenset.intersection(*(self.oracle.permitted(self.name, "read", each) for each in names))
            await self.compare(f"together {names}", self.access.rows(self.name, "read", [*names, "id"]), meant)

    async def searched(self) -> None:
        """Where a filter may look at a field by equality, and in other ways."""
        for each in self.some(self.fields):
            read, matched = (self.oracle.permitted(self.name, action, each) for action in ("read", "match"))
            await self.compare(f"matched {each}", self.access.searchable(self.name, each, exact=True), read | matched)
            loosely = frozenset() if sensitive(self.name, each) else read
            await self.compare(f"compared {each}", self.access.searchable(self.name, each, exact=False), loosely)

    async def acted_on(self, action: str) -> None:
        """An action on fields or on the row: where it is permitted at all, and for one field."""
        await self.compare(
            f"acts {action}", self.access.rows(self.name, action), self.oracle.anything(self.name, action)
        )
        grantable = OBJECTS[self.name].fields_for(action)
        for each in self.some(grantable):
            meant = self.oracle.permitted(self.name, action, each)
            await self.compare(f"acts {action} {each}", self.access.rows(self.name, action, [each]), meant)
            assert self.access.can(self.name, action, each) or not meant

    async def said_by_casbin(self) -> None:
        """Casbin knows nothing of tokens: the same caller without one."""
        caller, table = replace(self.of.caller, token=None), self.of.table
        shown = await self.shown(Access(snapshot(self.of), caller))
        whole = WholeTable(in_force(table, TODAY), table)
        scopes = sorted({rule.scope for rule in table.rules if rule.object == self.name})
        said: Cells = set()
        for each in self.fields:
            question = (caller.role, self.name, "read", each)
            nature = "sensitive" if sensitive(self.name, each) else "ordinary"
            allowed = {scope for scope in scopes if whole.allows(*question, scope, nature)}
            denied = {scope for scope in scopes if allowed and whole.denies(*question, scope, nature)}
            said |= {(row, each) for row in self.lying_in(caller, allowed) - self.lying_in(caller, denied)}
        self.tally.compare("casbin", self.of, shown, said, self.all_cells)

    def lying_in(self, caller: Caller, scopes: Iterable[str]) -> frozenset[int]:
        """The rows in any of these scopes, as plain Python says."""
        return frozenset().union(*(self.oracle.memberships.rows(caller, each, self.name) for each in scopes))

    def some(self, names: Sequence[str]) -> list[str]:
        return Random(self.of.number).sample(names, min(4, len(names)))

    async def compare(self, what: str, condition: Q | None, meant: frozenset[int]) -> None:
        among = len(self.oracle.memberships.everything(self.name))
        found = await self.found(condition)
        self.tally.compare(what, self.of, {(row, "") for row in found}, {(row, "") for row in meant}, among)

    async def found(self, condition: Q | None) -> set[int]:
        """The rows that the database finds; none where no filter is given."""
        if condition is None:
            return set()
        found = await MODEL[self.name].filter(condition).values_list("id", flat=True)
        assert len(found) == len(set(found)), "a join counted a row several times"
        return {int(str(each)) for each in found}
