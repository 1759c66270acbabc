"""A second model in the shadow of the live one: it scores what that has scored, and is compared."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord

from bundle.classifier import Classifier
from schemas.codec import InvalidRecord, decode
from schemas.scored import Label, Model, ScoredDocument, Sentiment
from stream.kafka import Admin, NothingThere, consumer, end_offsets, is_before, polled
from stream.scoring.parsing import content
from stream.scoring.scored_record import sentiment
from stream.settings import Settings

log = logging.getLogger(__name__)

# Documents scored in one go: what a Ctrl-C waits for, and all that is held in memory.
_BATCH = 256


class Pair(NamedTuple):
    """A document with its live scores, and what the shadow says of it."""

    document: ScoredDocument
    shadow: Sentiment

    @property
    def differs(self) -> bool:
        """Whether the two models give different labels."""
        return self.document.sentiment.label != self.shadow.label


class Comparison:
    """How two models agree, over all pairs that were added."""

    def __init__(self) -> None:
        self.documents = 0
        self.live: Counter[Model] = Counter()
        self.moves: Counter[tuple[Label, Label]] = Counter()
        self._shift = 0.0

    def add(self, pair: Pair) -> None:
        """Count `pair`."""
        live = pair.document.sentiment
        self.documents += 1
        self.live[pair.document.model] += 1
        self._shift += abs(live.negative - pair.shadow.negative)
        if pair.differs:
            self.moves[live.label, pair.shadow.label] += 1

    @property
    def differing(self) -> int:
        """How many documents the two give different labels."""
        return self.moves.total()

    @property
    def shift(self) -> float:
        """By how much the negative probability differs, on average."""
        return self._shift / self.documents if self.documents else 0.0


async def shadow(
    settings: Settings, classifier: Classifier, *, follow: bool
) -> AsyncIterator[Pair]:
    """Score what is in the scored Kafka topic, or with `follow` what comes, once more.

    Copies are left out: they carry the scores of their first.

    Raises:
        NothingThere: there is no Kafka topic of scored documents.
    """
    topic = settings.topics.scored
    async with Admin(settings) as admin:
        if topic not in await admin.names():
            raise NothingThere(f"there is no Kafka topic {topic} yet")
    async with consumer(settings, topic, max_poll_records=_BATCH) as reader:
        async for documents in _batches(reader, follow=follow):
            for pair in await asyncio.to_thread(_scored, classifier, documents):
                yield pair


def _scored(classifier: Classifier, documents: Sequence[ScoredDocument]) -> list[Pair]:
    predictions = classifier([content(document) for document in documents])
    return [
        Pair(document, sentiment(prediction.sentiment))
        for document, prediction in zip(documents, predictions, strict=True)
    ]


async def _batches(
    reader: AIOKafkaConsumer, *, follow: bool
) -> AsyncIterator[list[ScoredDocument]]:
    ends = await end_offsets(reader)
    if follow:
        for partition, end in ends.items():
            reader.seek(partition, end)
    while follow or await is_before(reader, ends):
        if documents := _documents(await polled(reader)):
            yield documents


def _documents(messages: Iterable[ConsumerRecord]) -> list[ScoredDocument]:
    found = []
    for message in messages:
        if message.value is None:
            continue
        try:
            document = decode(message.value, ScoredDocument)
        except InvalidRecord as error:
            where = f"{message.topic} {message.partition}:{message.offset}"
            log.warning("no scored document at %s: %s", where, error)
            continue
        if document.novelty.first is None:
            found.append(document)
    return found
