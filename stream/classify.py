"""Kafka records in, scored documents out, in batches, strictly in order.

Three stages side by side: while the model works on one batch, exactly one more is made ready and
the one before is produced. Batches keep their order, so that a partition is acknowledged as a
contiguous prefix, after Kafka has every record of the batch.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from zlib import crc32

import msgspec

from bundle.batching import pack
from bundle.classifier import Classifier, Prediction
from bundle.tokens import Tokens
from schemas.codec import InvalidRecord, encode
from schemas.deadletter import DeadLetterHeaders, dead_letter_topic
from schemas.scored import Entity, Model, Novelty
from schemas.times import to_millis
from schemas.topics import Topics
from stream import heartbeat
from stream.duplicates import Copy, Duplicates, Fresh, sketch
from stream.inbox import Inbox
from stream.intake import RawRecord, Received, receive
from stream.isolate import isolate
from stream.kafka import Outgoing, Producer
from stream.scoring import Scores, recall, remember, scored
from stream.settings import Settings
from stream.watchlist import Watchlist

# Documents in one batch: enough to keep the model busy, few enough that the oldest does not wait.
MOST = 256
CAPACITY = 2 * MOST

# Predictions kept at hand for copies whose first was classified a moment ago.
_RECENT = 4 * MOST

# Rounding apart: a model that gives NaN, or no distribution, must not be taken at its word.
_NOT_ONE = 1e-3


class Reading:
    """A valid document on its way to its scores."""

    def __init__(self, received: Received, watched: list[Entity]) -> None:
        self.received = received
        self.watched = watched
        self.sketch = sketch(received.content)
        self.copy: Copy | None = None
        self.tokens: Tokens | None = None
        self.prediction: Prediction | None = None

    @property
    def id(self) -> str:
        return self.received.id

    @property
    def novelty(self) -> Novelty:
        return Novelty(self.copy.seen, self.copy.first) if self.copy else Novelty()

    def take(self, scores: Scores) -> None:
        """Take over the scores of the first."""
        self.prediction = recall(scores, self.received.content)

    def fresh(self) -> Fresh:
        """What the search for near-duplicates needs."""
        origin = self.received.origin
        return Fresh(
            id=self.id,
            sketch=self.sketch,
            source=f"{origin.topic}/{origin.partition}",
            offset=origin.offset,
            at=to_millis(self.received.published_at),
        )


class Item:
    """One record and how to acknowledge it: a heartbeat, a document, or a dead letter."""

    def __init__(self, record: RawRecord, acknowledge: Callable[[], object]) -> None:
        self.record = record
        self.acknowledge = acknowledge
        self.watermark = heartbeat.watermark(record.value, record.headers)
        self.reading: Reading | None = None
        self.failure: tuple[str, Exception] | None = None


class Classify:
    """The classify agent's work, apart from Faust."""

    def __init__(
        self,
        settings: Settings,
        classifier: Classifier,
        watchlist: Watchlist,
        duplicates: Duplicates,
        producer: Producer,
        scored_partitions: int,
    ) -> None:
        self._settings = settings
        self._topics: Topics = settings.topics
        self._classifier = classifier
        self._model = Model(classifier.name, classifier.version)
        self._watchlist = watchlist
        self._duplicates = duplicates
        self._producer = producer
        self._scored_partitions = scored_partitions
        self._recent: OrderedDict[str, Scores] = OrderedDict()
        self._inbox: Inbox[Item] = Inbox(CAPACITY, MOST)
        self._ready: asyncio.Queue[list[Item]] = asyncio.Queue(1)
        self._slot = asyncio.Semaphore(1)
        self._predicted: asyncio.Queue[list[Item]] = asyncio.Queue(1)
        # One thread for the model, one for what comes before it: neither is the event loop's.
        self._device = ThreadPoolExecutor(1, "model")
        self._cpu = ThreadPoolExecutor(1, "prepare")

    async def put(self, record: RawRecord, acknowledge: Callable[[], object]) -> None:
        """Take a record in; waits while there is no room."""
        await self._inbox.put(Item(record, acknowledge))

    async def run(self) -> None:
        """Work until cancelled; what is raised is a failure of Kafka or Redis."""
        async with asyncio.TaskGroup() as stages:
            stages.create_task(self._prepare_batches())
            stages.create_task(self._predict_batches())
            stages.create_task(self._emit_batches())

    async def beat(self, source: str, watermark: int) -> None:
        """Say on the scored Kafka topic that `source` is complete up to `watermark`."""
        await self._producer.send_all([self._heartbeat(source, watermark)])

    async def _prepare_batches(self) -> None:
        while True:
            await self._slot.acquire()
            items = await self._inbox.take()
            await self._prepare(items)
            await self._ready.put(items)

    async def _predict_batches(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            items = await self._ready.get()
            self._slot.release()
            await loop.run_in_executor(self._device, self._predict, items)
            await self._predicted.put(items)

    async def _emit_batches(self) -> None:
        while True:
            items = await self._predicted.get()
            await self._emit(items)
            for item in items:
                item.acknowledge()

    async def _prepare(self, items: Sequence[Item]) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._cpu, self._read_all, items)
        readings = [item.reading for item in items if item.reading]
        copies = await self._duplicates.look_up([reading.fresh() for reading in readings])
        for reading, copy in zip(readings, copies, strict=True):
            reading.copy = copy
            if copy and copy.scores:
                reading.take(msgspec.msgpack.decode(copy.scores, type=Scores))
        await loop.run_in_executor(self._cpu, self._tokenize, readings)

    def _read_all(self, items: Sequence[Item]) -> None:
        now = datetime.now(UTC)
        for item in items:
            if item.watermark is None:
                self._read(item, now)

    def _read(self, item: Item, now: datetime) -> None:
        try:
            received = receive(item.record, self._settings, now)
        except InvalidRecord as error:
            item.failure = ("decode", error)
        else:
            item.reading = Reading(received, self._find(received))

    def _find(self, received: Received) -> list[Entity]:
        document = received.document
        given = [Entity(name, name, "ORG", "given") for name in document.entities or ()]
        title = self._watchlist.find(document.title, "title") if document.title else []
        return given + title + self._watchlist.find(document.text, "text")

    def _tokenize(self, readings: Sequence[Reading]) -> None:
        unread = [reading for reading in readings if reading.prediction is None]
        texts = [reading.received.content for reading in unread]
        for reading, tokens in zip(unread, self._classifier.tokenize(texts), strict=True):
            reading.tokens = tokens

    def _predict(self, items: Sequence[Item]) -> None:
        batch = [item for item in items if item.reading and item.reading.tokens]
        ids = {item.reading.id for item in batch if item.reading}
        self._classify([item for item in batch if not self._has_first(item, ids)])
        # What is left are copies; those whose first failed, or is at another worker, go alone.
        self._classify([item for item in batch if not self._settled(item)])

    def _has_first(self, item: Item, ids: set[str]) -> bool:
        copy = item.reading.copy if item.reading else None
        return copy is not None and (copy.first in self._recent or copy.first in ids)

    def _settled(self, item: Item) -> bool:
        reading = item.reading
        if reading and reading.prediction is None and reading.copy:
            scores = self._recent.get(reading.copy.first)
            if scores:
                reading.take(scores)
        return item.failure is not None or (reading is not None and reading.prediction is not None)

    def _classify(self, items: Sequence[Item]) -> None:
        tokens = [item.reading.tokens for item in items if item.reading and item.reading.tokens]
        for group in pack([len(one) for one in tokens], self._settings.batch_tokens):
            results = isolate(self._probabilities, [tokens[position] for position in group])
            for position, result in zip(group, results, strict=True):
                self._note(items[position], result)

    def _probabilities(self, tokens: Sequence[Tokens]) -> list[Prediction]:
        predictions = self._classifier.predict(tokens)
        for prediction in predictions:
            if not abs(sum(prediction.sentiment) - 1) < _NOT_ONE:
                raise InvalidRecord(
                    f"the model's probabilities must sum to 1; they are {prediction.sentiment}"
                )
        return predictions

    def _note(self, item: Item, result: Prediction | Exception) -> None:
        if isinstance(result, Exception):
            item.failure = ("classify", result)
        elif item.reading:
            item.reading.prediction = result
            self._recent[item.reading.id] = remember(result, item.reading.received.content)
            while len(self._recent) > _RECENT:
                self._recent.popitem(last=False)

    async def _emit(self, items: Sequence[Item]) -> None:
        now = datetime.now(UTC)
        await self._producer.send_all([self._outgoing(item, now) for item in items])
        await self._duplicates.remember(self._new_scores(items))

    def _outgoing(self, item: Item, now: datetime) -> Outgoing:
        if item.watermark is not None:
            return self._heartbeat(item.record.where, item.watermark)
        if item.failure is not None:
            return dead_letter(item.record, *item.failure, now)
        if item.reading is None or item.reading.prediction is None:
            raise AssertionError(f"{item.record.where} {item.record.offset} came without a score")
        return self._scored(item.record, item.reading, item.reading.prediction, now)

    def _scored(
        self, record: RawRecord, reading: Reading, prediction: Prediction, now: datetime
    ) -> Outgoing:
        document = scored(
            reading.received,
            prediction,
            watched=reading.watched,
            novelty=reading.novelty,
            model=self._model,
            now=now,
        )
        return Outgoing(
            topic=self._topics.scored,
            key=document.id.encode(),
            value=encode(document),
            partition=self._partition(record.where),
        )

    def _new_scores(self, items: Sequence[Item]) -> Mapping[str, bytes]:
        firsts = [item.reading.id for item in items if item.reading and not item.reading.copy]
        return {
            name: msgspec.msgpack.encode(self._recent[name])
            for name in firsts
            if name in self._recent
        }

    def _heartbeat(self, source: str, watermark: int) -> Outgoing:
        return Outgoing(
            topic=self._topics.scored,
            key=source.encode(),
            value=None,
            partition=self._partition(source),
            headers=heartbeat.headers(watermark),
        )

    def _partition(self, source: str) -> int:
        return scored_partition(source, self._scored_partitions)


def scored_partition(source: str, partitions: int) -> int:
    """The scored partition that takes all of one source partition, in order.

    The offset fence needs that order: were a source spread out, a document could be taken for
    one already counted. Partitions of one Kafka topic go round, so that they spread evenly.
    """
    topic, _, partition = source.rpartition("/")
    return (crc32(topic.encode()) + int(partition)) % partitions


def dead_letter(record: RawRecord, stage: str, error: Exception, now: datetime) -> Outgoing:
    """`record` byte for byte, with headers that say where it came from and why it is here."""
    why = DeadLetterHeaders(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.timestamp,
        stage=stage,
        error=str(error) or type(error).__name__,
        failed_at=now,
    )
    return Outgoing(
        topic=dead_letter_topic(record.topic),
        key=record.key,
        value=record.value,
        headers=[*record.headers, *why.to_kafka()],
    )
