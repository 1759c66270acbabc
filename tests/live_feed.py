"""Documents that go on coming while workers change, and what became of them."""

import asyncio
from collections import defaultdict

import orjson

from schemas import ScoredDocument, decode
from stream.kafka import Producer, read_to_end
from stream.records import Outgoing
from stream.settings import Settings

BATCH = 10
_PACE_SECONDS = 0.05


class Feed:
    """Documents without end; `texts` is what was sent.

    Every fifth is a copy of one from the first half, which after a switch another model scored.
    """

    def __init__(self, settings: Settings, producer: Producer) -> None:
        self.texts: dict[str, str] = {}
        self._topic = settings.input_topics[0]
        self._producer = producer

    async def send(self) -> None:
        """Send the next few, at the pace of a lively stream."""
        await self._producer.send_all([self._next() for _ in range(BATCH)])
        await asyncio.sleep(_PACE_SECONDS)

    def _next(self) -> Outgoing:
        number = len(self.texts)
        named = number // 10 * 5 if number % 5 == 4 else number
        text = f"acme rises {named} falls"
        self.texts[f"d{number}"] = text
        value = orjson.dumps({"id": f"d{number}", "text": text})
        return Outgoing(self._topic, None, value, number % 2)


async def scored(settings: Settings) -> dict[int, list[ScoredDocument]]:
    """The scored documents of each partition, in order."""
    found: dict[int, list[ScoredDocument]] = defaultdict(list)
    async for message in read_to_end(settings, settings.topics.scored):
        if message.value is not None:
            found[message.partition].append(decode(message.value, ScoredDocument))
    return found
