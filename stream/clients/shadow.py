"""Score with a second model what the live model has scored, and compare the two."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord

from bundle.classifier import Classifier
from schemas.scored import Label, Model, ScoredDocument, Sentiment
from stream.clients.results.received import decoded
from stream.kafka import Admin, consumer, end_offsets, is_before, polled
from stream.scoring.reading import read_content
from stream.scoring.scored_record import sentiment
from stream.settings import Settings

# Documents scored at a time: a Ctrl-C waits for them, and no others are held in memory.
_BATCH = 256


class ScoredTwice(NamedTuple):
    """A document as the live model scored it, and its sentiment by the shadow model."""

    document: ScoredDocument
    shadow: Sentiment

    @property
    def labels_differ(self) -> bool:
        """Whether the two models give it different labels."""
        return self.document.sentiment.label != self.shadow.label


class Agreement:
    """How far the live and the shadow model agree on the documents added so far."""

    def __init__(self) -> None:
        self.documents = 0
        self.live_models: Counter[Model] = Counter()
        # By the live and the shadow model's label; only documents on which they differ.
        self.label_changes: Counter[tuple[Label, Label]] = Counter()
        self._total_difference = 0.0

    def add(self, scored: ScoredTwice) -> None:
        """Count a document."""
        live, shadow = scored.document.sentiment, scored.shadow
        self.documents += 1
        self.live_models[scored.document.model] += 1
        self._total_difference += abs(live.negative - shadow.negative)
        if scored.labels_differ:
            self.label_changes[live.label, shadow.label] += 1

    @property
    def different_labels(self) -> int:
        """How many documents the two models give different labels."""
        return self.label_changes.total()

    @property
    def mean_difference(self) -> float:
        """The mean absolute difference of the negative probability."""
        return self._total_difference / self.documents if self.documents else 0.0


async def score_again(
    settings: Settings, classifier: Classifier, *, follow: bool
) -> AsyncIterator[ScoredTwice]:
    """Score the documents of the scored Kafka topic again; with `follow`, only new ones.

    Copies of a text are left out: the model did not score them.

    Raises:
        NothingThere: there is no Kafka topic of scored documents.
    """
    topic = settings.topics.scored
    async with Admin(settings) as admin:
        await admin.require(topic)
    async with consumer(settings, topic, max_poll_records=_BATCH) as reader:
        async for documents in _batches(reader, follow=follow):
            for scored in await asyncio.to_thread(_scored, classifier, documents):
                yield scored


def _scored(classifier: Classifier, documents: Sequence[ScoredDocument]) -> list[ScoredTwice]:
    predictions = classifier.classify([read_content(document) for document in documents])
    return [
        ScoredTwice(document, sentiment(prediction.sentiment))
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
    found = (received.record for received in decoded(messages, ScoredDocument))
    return [document for document in found if document.novelty.first is None]
