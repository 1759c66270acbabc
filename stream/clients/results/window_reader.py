"""Read the windows of one key: all of one size that Kafka still has."""

from collections.abc import Iterable
from difflib import get_close_matches

from aiokafka.structs import ConsumerRecord

from schemas.window import SentimentWindow
from stream.clients.results.received import Received, decoded
from stream.kafka import NothingThere, read_to_end
from stream.settings import Settings
from stream.windows.buckets import Size

# Keys remembered to say which one may be meant: the others of a stream are as good.
_MAX_KEYS = 10_000

# All of a kind begin alike: what is less alike than this is another.
_ALIKE = 0.7


async def read_windows(settings: Settings, key: str, size: Size) -> list[Received[SentimentWindow]]:
    """The windows of that size of `key`, such as `entity:acme`: the last revision of each, by end.

    Raises:
        KafkaUnavailable: no broker answers.
        NothingThere: there is no Kafka topic of windows, or no such window in it.
    """
    found: dict[bytes, ConsumerRecord] = {}
    others: dict[str, None] = {}
    async for message in read_to_end(settings, settings.topics.windows):
        name = message.key or b""
        other, *rest = name.decode("utf-8", "replace").rsplit("|", 2)
        if other == key and rest[:1] == [size]:
            found[name] = message
        elif len(others) < _MAX_KEYS:
            others[other] = None
    if not found:
        raise NothingThere(_nothing(settings, key, size, others))
    return sorted(decoded(found.values(), SentimentWindow), key=lambda one: one.record.end)


def _nothing(settings: Settings, key: str, size: Size, others: Iterable[str]) -> str:
    sentence = f"there is no window of {size} of {key} in {settings.topics.windows}"
    if near := get_close_matches(key, others, 1, _ALIKE):
        return f"{sentence}; did you mean {near[0]}?"
    return sentence
