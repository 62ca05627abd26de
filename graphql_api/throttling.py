"""Too many guesses of passwords: from where they come, and what a client is told."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime

from graphql_api.context import Context
from graphql_api.errors import ApiError, ErrorCode
from graphql_api.rates import site_of
from models.rules.guesses import TooManyAttempts
from settings import settings


@contextlib.contextmanager
def throttled() -> Iterator[None]:
    """Raises RATE_LIMITED, with the seconds to wait, for TooManyAttempts inside."""
    try:
        yield
    except TooManyAttempts as stopped:
        seconds = int((stopped.retry_at - datetime.now(UTC)).total_seconds()) + 1
        raise ApiError(ErrorCode.RATE_LIMITED, seconds=max(1, seconds)) from None


def place_of(context: Context) -> str:
    """From where this request comes, as it is stored: a hash that only this installation can make of the address, ""
    when that is unknown. All addresses of a site of IPv6 are one place."""
    address = context.credentials.address
    if not address:
        return ""
    message = b"place " + site_of(address).encode()
    return hmac.new(settings().secret_key.encode(), message, hashlib.sha256).hexdigest()
