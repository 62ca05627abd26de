"""A piece of a longer act, in this task: the operation that a verb would begin is the one that stands already.

Whoever carries out a long act says `carrying(piece)` around the verb. `recording` then adds the verb's rows and sums to
that operation instead of making another one; verbs know nothing of it, but that they may be told more than once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass

from models.enums import OperationKind


@dataclass(frozen=True, slots=True)
class Piece:
    """`last`: with it the operation has ended, in the state that the verb gives it. `progress`: how far the operation
    is when the piece is done, in percent. `done`: called in the transaction that writes the piece; whoever cannot take
    the step raises there, and nothing was written."""

    operation_id: int
    kind: OperationKind
    last: bool
    progress: int
    done: Callable[[], Awaitable[None]]


_CURRENT: ContextVar[Piece | None] = ContextVar("the piece that this task carries out", default=None)


@contextlib.contextmanager
def carrying(piece: Piece) -> Iterator[None]:
    """This task carries out that piece."""
    token = _CURRENT.set(piece)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def piece_of(kind: OperationKind) -> Piece | None:
    """The piece that an operation of this kind is; what follows from it besides is an operation of its own."""
    piece = _CURRENT.get()
    return piece if piece is not None and piece.kind is kind else None


def piece_on(operation_id: int) -> Piece | None:
    """The piece of this operation."""
    piece = _CURRENT.get()
    return piece if piece is not None and piece.operation_id == operation_id else None
