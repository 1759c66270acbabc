"""Put records of several source partitions in order of time, holding few of them."""

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from typing import NamedTuple

from schemas.errors import PetrelError
from schemas.scored import ScoredDocument
from schemas.times import from_millis, isoformat
from stream.windows.buckets import SECOND

# Records that are held to be put in order: source partitions are some seconds apart in a log, not
# days, and a file in no order at all must not fill the memory.
MAX_HELD = 1_000


class OrderError(PetrelError):
    """Records are too far out of order; the message states the rule and the times."""


class Placed(NamedTuple):
    """A document that counts, and the second at which it does."""

    second: int
    document: ScoredDocument


def in_time_order(placed: Iterable[Placed]) -> Iterator[Placed]:
    """`placed` by time; those of one second keep their order.

    Raises:
        OrderError: one lies more than `MAX_HELD` records behind those of a later time.
    """
    held: list[tuple[int, int, Placed]] = []
    given = 0
    for number, one in enumerate(placed):
        if one.second < given:
            raise OrderError(
                f"records must be in order of time, but for {MAX_HELD:,} of them:"
                f" {_time(one.second)} comes behind {_time(given)}"
            )
        heappush(held, (one.second, number, one))
        if len(held) > MAX_HELD:
            given, _, first = heappop(held)
            yield first
    while held:
        yield heappop(held)[2]


def _time(second: int) -> str:
    return isoformat(from_millis(second * SECOND))
