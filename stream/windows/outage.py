"""A feed that stops and comes back: how long its key was silent, and what comes then at once.

What was written meanwhile arrives late and together. As far as it is not stale it counts when it
arrives, so that for an hour more is said than usual and nothing has happened.
"""

from msgspec import Struct

# A silence is taken for an outage if so many documents were to be expected in it.
_EXPECTED = 20.0

# A shorter one is never looked at: a poll may bring what came in ten minutes.
SHORTEST_SECONDS = 600

# What is older is stale, unless settings say otherwise, and in no window.
_CAUGHT_UP_SECONDS = 3_600


class Outage(Struct, frozen=True, array_like=True):
    """The second of the last document before an outage, and of the first behind it."""

    begin: int = 0
    end: int = 0

    def is_caught_up(self, at: int) -> bool:
        """Whether what is said at the second `at` may have been meant to come in the outage."""
        return self.end < at <= self.end + _CAUGHT_UP_SECONDS

    @property
    def since(self) -> int:
        """The second from which on documents may come late."""
        return max(self.begin, self.end - _CAUGHT_UP_SECONDS)


def is_outage(expected: float) -> bool:
    """Whether a silence is one in which so many documents were to be expected."""
    return expected >= _EXPECTED
