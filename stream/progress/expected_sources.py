"""Which source partitions the windows wait for: those that a live worker's settings name.

Each worker announces its own again and again, for a while each time. What nobody announces any more
is no longer expected: it neither holds the watermark nor moves it. The horizon is how far windows
and alerts were ever allowed to be closed; a source that is announced anew goes on from there, so
that what was emitted stays as it was.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct


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

    `expires` gives until when each source that was ever announced is, or was, expected.
    """
    topics = {_topic(source) for source in expires}
    return [
        Joining(source, _topic(source) not in topics)
        for source in sources
        if expires.get(source, 0) <= now
    ]


def _topic(source: str) -> str:
    return source.rpartition("/")[0]
