"""Which keys are due to be judged, and up to when each may be.

There is a check for each minute of a key that holds documents not judged, at the time of the first
that is due, and one that wakes a key without documents. The name of the first is `minute:key`, and
of the other `:key`.
"""

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from stream.windows.buckets import SECONDS_A_MINUTE


class DueKey(Struct, frozen=True):
    """A key to be judged until a second, and all of its minutes before that are not judged."""

    key: str
    minutes: list[int]
    until: int


def due_keys(checks: Iterable[tuple[str, int]], horizon: int, limit: int) -> list[DueKey]:
    """The keys of `checks`, which are the first `limit` of those until the second `horizon`.

    Each comes with its name and its second. A key may be judged as far as no check that was left
    out can be about it.
    """
    known, minutes = horizon, defaultdict[str, set[int]](set)
    found = list(checks)
    if len(found) >= limit:
        # More may be due at the second of the last.
        known = found[-1][1] - 1
    for name, second in found:
        minute, _, key = name.partition(":")
        # At the end of the minute in which a key wakes it may hold documents too.
        minutes[key].add(int(minute) if minute else (second - 1) // SECONDS_A_MINUTE)
    return [
        # All of a minute is known with its check, so that it is not read for each of its seconds.
        DueKey(key, sorted(own), min(horizon, max(known, (max(own) + 1) * SECONDS_A_MINUTE)))
        for key, own in minutes.items()
    ]
