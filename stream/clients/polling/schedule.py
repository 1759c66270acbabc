"""When a feed is polled again, in seconds."""

import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# A server that asks for a year, or has a clock that is a year off, would never be polled again.
_MAX_ASKED = 24 * 3600.0

# A feed that is back after days must not be noticed a day later.
_MAX_BACKOFF = 3600.0
_MAX_DOUBLINGS = 16

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=\"?(\d{1,9})", re.IGNORECASE)


def asked_wait(headers: Mapping[str, str], now: datetime) -> float:
    """How long an answer asks not to come again: `Retry-After`, `Cache-Control: max-age`."""
    found = _MAX_AGE.search(headers.get("Cache-Control", ""))
    return max(_retry_after(headers.get("Retry-After", ""), now), float(found[1]) if found else 0.0)


def next_wait(interval: float, asked: float, failures: int) -> float:
    """Seconds to the next poll after `failures` in a row: no shorter than what was asked for."""
    wait = max(interval, min(asked, _MAX_ASKED))
    if not failures:
        return wait
    doubled = interval * 2.0 ** min(failures, _MAX_DOUBLINGS)
    backoff = min(doubled, max(interval, _MAX_BACKOFF))
    # Feeds of one server that failed together must not come back together.
    return max(wait, backoff) * random.uniform(1.0, 1.5)


def _retry_after(value: str, now: datetime) -> float:
    if re.fullmatch(r"\d{1,9}", value, re.ASCII):
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    # "-0000" in a date gives a time without a zone, which is UTC.
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())
