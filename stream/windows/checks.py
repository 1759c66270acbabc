"""Which keys are due to be judged, and up to when each may be.

There is a check for each minute of a key that holds documents not judged, at the time of the first
that is due, and one that wakes a key without documents. The name of the first is `minute:key`, and
of the other `:key`.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct

from stream.windows.buckets import SECONDS_A_MINUTE


class DueKey(Struct, frozen=True):
    """A key to be judged until a second, and all of its minutes before that are not judged."""

    key: str
    minutes: list[int]
    until: int

    def first(self, count: int) -> "DueKey":
        """The same with its first `count` minutes at most, and judged no further than they are."""
        if count >= len(self.minutes):
            return self
        some = self.minutes[:count]
        return DueKey(self.key, some, min(self.until, _end_of(some[-1])))


def due_keys(
    checks: Sequence[tuple[str, int]], horizon: int, limit: int, room: int
) -> Iterator[DueKey]:
    """The keys of `checks`, the first `limit` of those until the second `horizon`, in order.

    Each check comes with its name and its second. A key may be judged as far as no check that was
    left out can be about it. All keys together have at most `room` minutes.
    """
    known, minutes = horizon, defaultdict[str, set[int]](set)
    if len(checks) >= limit:
        # More may be due at the second of the last.
        known = checks[-1][1] - 1
    for name, second in checks:
        minute, _, key = name.partition(":")
        # At the end of the minute in which a key wakes it may hold documents too.
        minutes[key].add(int(minute) if minute else (second - 1) // SECONDS_A_MINUTE)
    for key, own in minutes.items():
        if room <= 0:
            return
        # All of a minute is known with its check, so that it is not read for each of its seconds.
        until = min(horizon, max(known, _end_of(max(own))))
        due = DueKey(key, sorted(own), until).first(room)
        room -= len(due.minutes)
        yield due


def _end_of(minute: int) -> int:
    return (minute + 1) * SECONDS_A_MINUTE
