"""Too many guesses of one password, as a client is told."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime

from graphql_api.errors import ApiError, ErrorCode
from models.rules.sessions import TooManyAttempts


@contextlib.contextmanager
def throttled() -> Iterator[None]:
    """Raises RATE_LIMITED, with the seconds to wait, for TooManyAttempts inside."""
    try:
        yield
    except TooManyAttempts as stopped:
        seconds = int((stopped.retry_at - datetime.now(UTC)).total_seconds()) + 1
        raise ApiError(ErrorCode.RATE_LIMITED, seconds=max(1, seconds)) from None
