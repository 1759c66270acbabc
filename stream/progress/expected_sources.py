"""Which source partitions the windows wait for: those that a live worker's settings name.

Each worker announces its own again and again, for a while each time. One that nobody announces any
more ends: a heartbeat in the log of scored records says so, behind all that was scored of it, and
when that is counted it neither holds the watermark nor moves it. The horizon is how far windows and
alerts were ever allowed to be closed; a source that is announced anew goes on from there, so that
what was emitted stays as it was.
"""

from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct

# Until when a source was expected that has ended.
ENDED = 0


class Joining(Struct, frozen=True):
    """A source partition that is announced and was not expected.

    is_new_topic: nothing of its Kafka topic was ever expected. Then what it holds from before the
    horizon is history, and in no window; of a Kafka topic that is known, what came while nobody
    waited counts as if it came now.
    """

    source: str
    is_new_topic: bool


def joining(sources: Iterable[str], expires: Mapping[str, int], now: int) -> list[Joining]:
    """Those of `sources` that are not expected at `now`.

    `expires` gives until when each source that was ever announced is, or was, expected; `ENDED` if
    it has ended.
    """
    topics = {_topic(source) for source in expires}
    return [
        Joining(source, _topic(source) not in topics)
        for source in sources
        if expires.get(source, 0) <= now
    ]


def expired(announced: Collection[str], expires: Mapping[str, int], now: int) -> dict[str, int]:
    """Those that nobody announces at `now`, have not ended, and are not among `announced`."""
    return {
        source: until
        for source, until in expires.items()
        if ENDED < until <= now and source not in announced
    }


def _topic(source: str) -> str:
    return source.rpartition("/")[0]
