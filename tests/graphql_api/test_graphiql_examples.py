"""Every example in GraphiQL is answered without an error for those whom it is meant for, and changes no clearance."""

from __future__ import annotations

from datetime import date

from graphql_api.graphiql_examples import KINDS, examples
from models import Clearance, Event
from models.rules.actor import SYSTEM
from models.rules.tokens import create_token
from seeds import demo
from seeds.demo_database import TOKEN_ITEMS
from tests.api import PASSWORD, Desk, OpenDesk

THE_DAY = date(2026, 7, 1)
ASKERS = {"staff": ["library", "office"], "analyst": ["analyst", "leader", "office"], "student": ["student"]}


async def askers(api: OpenDesk, kind: str) -> list[Desk]:
    if kind == "campus_app":
        made = await create_token(SYSTEM, "campus-library", items=TOKEN_ITEMS, source="library")
        return [await api(token=made.secret)]
    return [await api(as_=username) for username in ASKERS[kind]]


async def standing() -> list[tuple[object, ...]]:
    """Every clearance and how many events there are; a dry run leaves an operation to apply, and nothing else."""
    clearances = await Clearance.all().order_by("id").values_list("id", "status", "updated_at")
    return [*clearances, (await Event.all().count(),)]


async def test_every_example_is_answered_and_changes_nothing(api: OpenDesk) -> None:
    await demo.build(students=60, password=PASSWORD, today=THE_DAY)
    desks = {kind: await askers(api, kind) for kind in KINDS}
    before = await standing()
    for kind, offered in examples().items():
        for desk in desks[kind]:
            for example in offered:
                assert (await desk.answer(example.document)).get("errors") is None, example.title.en
    assert await standing() == before


def test_every_kind_of_user_has_examples_with_titles_in_both_languages() -> None:
    assert {kind: len(offered) for kind, offered in examples().items()} == {
        "staff": 5,
        "campus_app": 4,
        "analyst": 5,
        "student": 2,
    }
    assert examples().keys() == KINDS.keys()
    titles = [example.title for offered in examples().values() for example in offered]
    assert all(title.zh and title.en for title in titles)
    assert len({title.zh for title in titles}) == len({title.en for title in titles}) == len(titles)
