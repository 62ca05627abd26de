"""Planned or executed field by field: whatever is asked, by whomever, the answer is the same, errors included."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from graphql_api.context import Credentials
from graphql_api.execute import Api
from models import database
from tests.fresh_databases import FreshDatabases
from tests.graphql_api.planned import NOBODY, Stage, Tally, compare, make_stage
from tests.graphql_api.random_documents import Question

EXAMPLES = 400


@pytest.fixture(scope="module")
async def stage(fresh_databases: FreshDatabases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A season of all kinds with everybody signed in, to look at."""
    await database.connect(await fresh_databases.make_migrated(tmp_path_factory.mktemp("planned")))
    yield await make_stage()
    await database.disconnect()


@pytest.fixture(scope="module")
async def tally() -> Tally:
    return Tally()


@hypothesis.settings(max_examples=EXAMPLES)
@hypothesis.given(data=st.data())
async def test_random_questions_have_one_answer(stage: Stage, tally: Tally, data: st.DataObject) -> None:
    who, question, others = data.draw(stage.questions)
    await compare(stage, who, question, others, tally)


async def test_the_random_questions_were_worth_asking(tally: Tally) -> None:
    """Most were answered, and each kind of refusal was among them."""
    assert tally.compared >= EXAMPLES * 5
    assert tally.outcomes["answered"] >= tally.compared / 2
    assert {"FORBIDDEN", "UNAUTHENTICATED", "BAD_INPUT", "BAD_CURSOR"} <= tally.outcomes.keys()


class Careless(Api):
    """Takes everybody for the office."""

    def __init__(self, like: Api, office: Credentials) -> None:
        super().__init__(like.schema)
        self.office = office

    async def execute(self, document: str, *asked: Any, **more: Any) -> Any:
        return await super().execute(document, credentials=self.office)


async def test_a_plan_that_serves_another_is_found_out(stage: Stage) -> None:
    careless = replace(stage, planned=Careless(stage.plain, stage.people["office"]))
    question = Question("{ students { totalCount } }", ({}, {}))
    await compare(stage, "counsellor", question, [NOBODY, "student"], Tally())
    with pytest.raises(AssertionError, match="as counsellor"):
        await compare(careless, "counsellor", question, [NOBODY, "student"], Tally())
