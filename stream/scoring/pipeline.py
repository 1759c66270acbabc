"""Kafka records in, scored documents out, in batches, strictly in order.

Three stages side by side: while the model works on one batch, exactly one more is made ready and
the one before is produced. Batches keep their order, so that a partition is acknowledged as a
contiguous prefix, after Kafka has every record of the batch.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from zlib import crc32

from msgspec import Struct

from bundle.classifier import Classifier
from schemas.codec import InvalidRecord, encode
from schemas.scored import Entity, Model
from schemas.topics import Topics
from stream import heartbeat
from stream.batch_queue import BatchQueue
from stream.kafka import Producer
from stream.records import Outgoing, RawRecord, dead_letter
from stream.scoring.duplicates import Duplicates
from stream.scoring.parsing import ParsedDocument, parse_record
from stream.scoring.predictor import Predictor
from stream.scoring.scored_record import scored
from stream.scoring.stages import Item, Reading
from stream.scoring.watchlist import Watchlist
from stream.settings import Settings

# Documents in one batch: enough to keep the model busy, few enough that the oldest does not wait.
MOST = 256
CAPACITY = 2 * MOST


class Batch(Struct, frozen=True):
    """Records that one model scores: the one in force when they were taken."""

    items: list[Item]
    predictor: Predictor


class ScoringPipeline:
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
        self._predictor = Predictor(classifier, settings.batch_tokens)
        self._watchlist = watchlist
        self._duplicates = duplicates
        self._producer = producer
        self._scored_partitions = scored_partitions
        self._inbox: BatchQueue[Item] = BatchQueue(CAPACITY, MOST)
        self._ready: asyncio.Queue[Batch] = asyncio.Queue(1)
        self._slot = asyncio.Semaphore(1)
        self._predicted: asyncio.Queue[Batch] = asyncio.Queue(1)
        # One thread for the model, one for what comes before it: neither is the event loop's.
        self._device = ThreadPoolExecutor(1, "model")
        self._cpu = ThreadPoolExecutor(1, "prepare")

    async def put(self, record: RawRecord, acknowledge: Callable[[], object]) -> None:
        """Take a record in; waits while there is no room."""
        await self._inbox.put(Item(record, acknowledge))

    def switch(self, classifier: Classifier) -> None:
        """Let `classifier` score from the next batch on; those taken before keep their model."""
        self._predictor = Predictor(classifier, self._settings.batch_tokens)

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
            batch = Batch(await self._inbox.take(), self._predictor)
            await self._prepare(batch)
            await self._ready.put(batch)

    async def _predict_batches(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batch = await self._ready.get()
            self._slot.release()
            await loop.run_in_executor(self._device, batch.predictor.predict, batch.items)
            await self._predicted.put(batch)

    async def _emit_batches(self) -> None:
        while True:
            batch = await self._predicted.get()
            await self._emit(batch)
            for item in batch.items:
                item.acknowledge()

    async def _prepare(self, batch: Batch) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._cpu, self._read_all, batch.items)
        readings = [item.reading for item in batch.items if item.reading]
        copies = await self._duplicates.look_up([reading.duplicate_query() for reading in readings])
        for reading, copy in zip(readings, copies, strict=True):
            reading.copy = copy
        await loop.run_in_executor(self._cpu, batch.predictor.prepare, readings)

    def _read_all(self, items: Sequence[Item]) -> None:
        now = datetime.now(UTC)
        for item in items:
            if item.watermark is None:
                self._read(item, now)

    def _read(self, item: Item, now: datetime) -> None:
        try:
            received = parse_record(item.record, self._settings, now)
        except InvalidRecord as error:
            item.failure = ("decode", error)
        else:
            item.reading = Reading(received, self._find(received))

    def _find(self, received: ParsedDocument) -> list[Entity]:
        document = received.document
        given = [Entity(name, name, "ORG", "given") for name in document.entities or ()]
        title = self._watchlist.find(document.title, "title") if document.title else []
        return given + title + self._watchlist.find(document.text, "text")

    async def _emit(self, batch: Batch) -> None:
        now, model = datetime.now(UTC), batch.predictor.model
        await self._producer.send_all([self._outgoing(item, model, now) for item in batch.items])
        await self._duplicates.remember(batch.predictor.new_scores(batch.items))

    def _outgoing(self, item: Item, model: Model, now: datetime) -> Outgoing:
        if item.watermark is not None:
            return self._heartbeat(item.record.source_partition, item.watermark)
        if item.failure is not None:
            return dead_letter(item.record, *item.failure, now)
        if item.reading is None or item.reading.prediction is None:
            raise AssertionError(
                f"{item.record.source_partition} {item.record.offset} came without a score"
            )
        document = scored(
            item.reading.received,
            item.reading.prediction,
            watched=item.reading.watched,
            novelty=item.reading.novelty,
            model=model,
            now=now,
        )
        return Outgoing(
            topic=self._topics.scored,
            key=document.id.encode(),
            value=encode(document),
            partition=self._partition(item.record.source_partition),
        )

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
