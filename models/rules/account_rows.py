"""One account under the lock of an act on it, as far as the actor's right reaches."""

from __future__ import annotations

from tortoise.expressions import Q
from tortoise.models import Model

from models.accounts import User
from models.rules.actor import Permit, unrestricted
from models.rules.identity import normalise
from models.rules.refusals import Code, Refused

LONGEST_SHOWN = 64


async def locked_account(username: str, permit: Permit = unrestricted) -> tuple[User, Q]:
    """The account of this name, locked until the transaction ends, and the rows that `permit` reaches.

    Refuses with NOT_FOUND one that is not there, or that the permit does not reach: to the actor it is the same.
    """
    name = normalise(username)
    user = await User.filter(username=name).select_for_update(no_key=True).first()
    within = (await permit()).permitted
    if user is None or not await User.exists(within, id=user.id):
        raise no_account(name)
    return user, within


def no_account(username: str) -> Refused:
    return Refused(Code.NOT_FOUND, argument="username", username=username[:LONGEST_SHOWN])


async def require_reached(model: type[Model], row_id: int, within: Q, argument: str) -> None:
    """Asked before and after a write: a row is neither taken from outside one's reach nor put there. NOT_FOUND."""
    if not await model.exists(within, id=row_id):
        raise Refused(Code.NOT_FOUND, argument=argument)
