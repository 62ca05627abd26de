"""Refusals and what is still needed, as the schema shows them: in clearances' moves, certificates and acts alike."""

from __future__ import annotations

import strawberry

from graphql_api.messages import of_refusal
from models.rules.refusals import Blocker, Refusal


@strawberry.type(name="Blocker", description="还需办理 · An item that is still needed, and whom to ask about it")
class BlockerInfo:
    item_code: str
    item_name: str
    department: str | None
    contact: str | None


@strawberry.type(name="Refusal", description="不能办理的原因 · Why something cannot be done now")
class RefusalInfo:
    code: str
    message: str
    blockers: list[BlockerInfo]


def blocker_info(blocker: Blocker, locale: str) -> BlockerInfo:
    return BlockerInfo(
        item_code=blocker.item_code,
        item_name=blocker.item_name[locale],
        department=blocker.whom[locale] or None,
        contact=blocker.contact[locale] or None,
    )


def refusal_info(refusal: Refusal, locale: str, **facts: object) -> RefusalInfo:
    """A refusal in the caller's words; `facts` are those of the row and the act."""
    return RefusalInfo(
        code=refusal.code.value,
        message=of_refusal(refusal, locale, **facts),
        blockers=[blocker_info(each, locale) for each in refusal.blockers],
    )
