"""Kafka records in, scored documents out, in batches, strictly in order.

Three steps side by side: while the model works on one batch, exactly one more is made ready and
the one before is produced. Batches keep their order, so that a partition is acknowledged as a
contiguous prefix, after Kafka has every record of the batch. A slow model is given a batch in
parts, each of which is produced and acknowledged while it works on the next.

When partitions move, what the model has not begun with is let go, and the rest is finished: so it
is that nothing is scored twice when a worker joins the others or stops.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from typing import NamedTuple

from bundle.batching import fitting
from bundle.classifier import Classifier
from schemas.codec import InvalidRecord
from schemas.deadletter import Headers
from schemas.scored import Entity
from schemas.topics import Topics
from sources.mapping.mapping_file import read_mappings
from stream import heartbeat
from stream.batch_queue import BatchQueue
from stream.decoders import Formats
from stream.decoders.content import Deletion
from stream.decoders.schema_cache import UnknownSchema
from stream.kafka import Producer
from stream.output.scored import scored_outgoing
from stream.records import Outgoing, RawRecord, dead_letter
from stream.scoring.deleted_id import deleted_id
from stream.scoring.deletion_log import DeletionLog
from stream.scoring.duplicates import Copy, Duplicates, First, sketch
from stream.scoring.moulds import mould_sketch
from stream.scoring.parsing import NO_MAPPERS, ParsedDocument, parse_record
from stream.scoring.predictor import Predictor
from stream.scoring.scored_record import scored_record
from stream.scoring.stages import (
    ClassifiedDocument,
    Deleted,
    Heartbeat,
    MatchedDocument,
    Outcome,
    Prepared,
    QueuedRecord,
    Rejected,
    TokenisedDocument,
)
from stream.settings import Settings
from stream.watchlist.watchlist import Watchlist

# Documents in one batch: enough to keep the model busy, few enough that the oldest does not wait.
MAX_BATCH = 256
QUEUE_CAPACITY = 2 * MAX_BATCH


Matched = Heartbeat | Deleted | Rejected | MatchedDocument


class PreparedBatch(NamedTuple):
    """Records on their way to one model: the one in force when they were taken."""

    records: list[QueuedRecord]
    prepared: list[Prepared]
    predictor: Predictor

    def parts(self) -> Iterator["PreparedBatch"]:
        """This batch in parts, in order, each cut by the rate of the model when it is asked for."""
        lengths = [
            len(stage.tokens) if isinstance(stage, TokenisedDocument) else 0
            for stage in self.prepared
        ]
        start = 0
        while start < len(lengths):
            end = start + fitting(lengths[start:], self.predictor.token_budget)
            yield PreparedBatch(self.records[start:end], self.prepared[start:end], self.predictor)
            start = end


class ScoredBatch(NamedTuple):
    """Records and what came of each."""

    records: list[QueuedRecord]
    outcomes: list[Outcome]
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
        formats: Formats,
    ) -> None:
        self._settings = settings
        self._topics: Topics = settings.topics
        self._passes = 0
        self._predictor = self._new_predictor(classifier)
        self._watchlist = watchlist
        self._mappers = read_mappings(settings.sources) if settings.sources else NO_MAPPERS
        self._duplicates = duplicates
        self._producer = producer
        self._formats = formats
        self._deletions = DeletionLog()
        self._routes: dict[str, int] = {}
        self._batch_queue: BatchQueue[QueuedRecord] = BatchQueue(QUEUE_CAPACITY, MAX_BATCH)
        self._prepared: asyncio.Queue[PreparedBatch] = asyncio.Queue(1)
        self._slot = asyncio.Semaphore(1)
        self._scored: asyncio.Queue[ScoredBatch] = asyncio.Queue(1)
        self._generation = 0
        self._begun = 0
        self._all_finished = asyncio.Event()
        self._all_finished.set()
        # One thread for the model, one for what comes before it: neither is the event loop's.
        self._model_thread = ThreadPoolExecutor(1, "model")
        self._prepare_thread = ThreadPoolExecutor(1, "prepare")

    async def put(
        self,
        record: RawRecord,
        acknowledge: Callable[[], object],
        release: Callable[[], object],
    ) -> None:
        """Take a record in; waits while there is no room.

        One of the two is called: `acknowledge` when Kafka has all that comes of it, `release` when
        partitions moved before the model began with it.
        """
        await self._batch_queue.put(QueuedRecord(record, acknowledge, release, self._generation))

    def release(self) -> None:
        """Let go of what the model has not begun with: partitions move, and it is read again."""
        self._generation += 1

    async def finish(self, seconds: float) -> bool:
        """Wait until all that the model has begun with is acknowledged; whether it was in time."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._all_finished.wait(), seconds)
        return self._all_finished.is_set()

    def set_routes(self, routes: Mapping[str, int]) -> None:
        """Send what comes of each source partition to its scored partition.

        None may be read, and no heartbeat sent for it, before that.
        """
        self._routes |= routes

    def switch(self, classifier: Classifier) -> None:
        """Let `classifier` score from the next batch on; those taken before keep their model."""
        self._predictor = self._new_predictor(classifier)

    def watch(self, watchlist: Watchlist) -> None:
        """Look for the companies of `watchlist` from the next batch on."""
        self._watchlist = watchlist

    @property
    def passes(self) -> int:
        """How many forward passes the models have finished."""
        return self._passes

    async def run(self) -> None:
        """Work until cancelled.

        What is raised is a failure of Kafka, Redis or the schema registry, or `BrokenModel`.
        """
        work = (self._prepare_batches(), self._predict_batches(), self._produce_batches())
        steps = [asyncio.ensure_future(step) for step in work]
        try:
            done, _ = await asyncio.wait(steps, return_when=asyncio.FIRST_EXCEPTION)
            for step in done:
                step.result()
        finally:
            # Not waited for: the client of Redis can swallow a cancellation while it connects.
            for step in steps:
                step.cancel()

    async def send_heartbeats(self, watermarks: Mapping[str, int], *, begin: bool = False) -> None:
        """Send heartbeats: each source partition is complete up to its time in milliseconds.

        `begin` says that what arrived before that is in no window.
        """
        await self._producer.send_all(
            self._heartbeat(source, heartbeat.headers(watermark, begin=begin))
            for source, watermark in watermarks.items()
        )

    async def send_ends(self, expected: Mapping[str, int]) -> None:
        """Say that source partitions end; each with until when it was expected, in milliseconds."""
        await self._producer.send_all(
            self._heartbeat(source, heartbeat.end_headers(until))
            for source, until in expected.items()
        )

    def _new_predictor(self, classifier: Classifier) -> Predictor:
        return Predictor(classifier, self._settings.batch_tokens, self._count_pass)

    def _count_pass(self) -> None:
        # On the one model thread; others only read.
        self._passes += 1

    async def _prepare_batches(self) -> None:
        while True:
            await self._slot.acquire()
            records = self._current(await self._batch_queue.take())
            predictor = self._predictor
            prepared = await self._prepare(records, predictor)
            await self._prepared.put(PreparedBatch(records, prepared, predictor))

    async def _predict_batches(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batch = await self._prepared.get()
            self._slot.release()
            for part in batch.parts():
                # All of a batch are of one generation.
                if self._current(part.records):
                    self._begin()
                    outcomes = await loop.run_in_executor(self._model_thread, _predict, part)
                    await self._scored.put(ScoredBatch(part.records, outcomes, part.predictor))

    async def _produce_batches(self) -> None:
        while True:
            batch = await self._scored.get()
            await self._produce(batch)
            for queued in batch.records:
                queued.acknowledge()
            self._finish()

    def _current(self, records: Iterable[QueuedRecord]) -> list[QueuedRecord]:
        """Those of `records` that are still this worker's to score; the others are released."""
        current = []
        for queued in records:
            if queued.generation == self._generation:
                current.append(queued)
            else:
                queued.release()
        return current

    def _begin(self) -> None:
        self._begun += 1
        self._all_finished.clear()

    def _finish(self) -> None:
        self._begun -= 1
        if not self._begun:
            self._all_finished.set()

    async def _prepare(self, records: list[QueuedRecord], predictor: Predictor) -> list[Prepared]:
        loop = asyncio.get_running_loop()
        stages = await self._match_all(records)
        documents = [stage for stage in stages if isinstance(stage, MatchedDocument)]
        found = await self._look_up(stages)
        tokenised = iter(
            await loop.run_in_executor(self._prepare_thread, predictor.prepare, documents, found)
        )
        return [next(tokenised) if isinstance(s, MatchedDocument) else s for s in stages]

    async def _look_up(self, stages: Iterable[Matched]) -> list[Copy | First]:
        """What is known of each document of a batch, which may hold its deletion, too."""
        found = list[Copy | First]()
        for _, some in groupby(stages, lambda stage: isinstance(stage, Deleted)):
            part = list(some)
            await self._forget([stage.id for stage in part if isinstance(stage, Deleted)])
            found += await self._duplicates.look_up(
                [stage.duplicate_query() for stage in part if isinstance(stage, MatchedDocument)]
            )
        return found

    async def _forget(self, ids: Iterable[str | None]) -> None:
        known = [one for one in ids if one is not None]
        if known:
            self._deletions.add_forgotten(await self._duplicates.forget(known))

    async def _match_all(self, records: Sequence[QueuedRecord]) -> list[Matched]:
        """What each record is, when all schemas are known that the records name."""
        loop = asyncio.get_running_loop()
        self._formats.begin()
        while True:
            stages = await loop.run_in_executor(self._prepare_thread, self._match_known, records)
            unknown = {
                stage.error.schema_id
                for stage in stages
                if isinstance(stage, Rejected) and isinstance(stage.error, UnknownSchema)
            }
            if not unknown:
                return stages
            # What a schema was needed for may be wrapped in another: some rounds, at most.
            await self._formats.fetch(unknown)

    def _match_known(self, records: Sequence[QueuedRecord]) -> list[Matched]:
        # One list for a whole batch, though it may be replaced meanwhile.
        now, watchlist = datetime.now(UTC), self._watchlist
        return [self._match(queued.record, now, watchlist) for queued in records]

    def _match(self, record: RawRecord, now: datetime, watchlist: Watchlist) -> Matched:
        # Anyone may write to an input; that of a replay is the replay's own.
        if self._settings.is_replay:
            watermark = heartbeat.watermark(record.value, record.headers)
            if watermark is not None:
                return Heartbeat(watermark)
        try:
            parsed = parse_record(record, self._settings, now, self._mappers, self._formats)
        except Deletion as deletion:
            mapper = self._mappers.get(self._settings.topics.bare(record.topic))
            return Deleted(deleted_id(deletion, mapper))
        except InvalidRecord as error:
            return Rejected("decode", error)
        entities = _entities(parsed, watchlist)
        return MatchedDocument(
            parsed,
            entities,
            sketch(parsed.reading.text),
            watchlist.version,
            mould_sketch(parsed, entities),
        )

    async def _produce(self, batch: ScoredBatch) -> None:
        now = datetime.now(UTC)
        pairs = [(q.record, o) for q, o in zip(batch.records, batch.outcomes, strict=True)]
        outgoing = [
            self._outgoing(record, outcome, batch, now)
            for record, outcome in pairs
            if not isinstance(outcome, Deleted)
        ]
        await self._producer.send_all(outgoing)
        self._deletions.add_records(
            record.topic for record, outcome in pairs if isinstance(outcome, Deleted)
        )
        self._deletions.tell()
        await self._duplicates.remember(batch.predictor.new_scores(batch.outcomes))

    def _outgoing(
        self,
        record: RawRecord,
        outcome: Heartbeat | Rejected | ClassifiedDocument,
        batch: ScoredBatch,
        now: datetime,
    ) -> Outgoing:
        if isinstance(outcome, Heartbeat):
            return self._heartbeat(record.source_partition, heartbeat.headers(outcome.watermark))
        if isinstance(outcome, Rejected):
            return dead_letter(record, outcome.stage, outcome.error, now)
        document = scored_record(outcome, batch.predictor.model, now)
        partition = self._routes[record.source_partition]
        return scored_outgoing(
            document, self._topics.scored, partition, partial(_refused, record, now)
        )

    def _heartbeat(self, source: str, headers: Headers) -> Outgoing:
        return Outgoing(
            topic=self._topics.scored,
            key=source.encode(),
            value=None,
            partition=self._routes[source],
            headers=headers,
        )


def _refused(record: RawRecord, now: datetime, error: Exception) -> Outgoing:
    return dead_letter(record, "produce", error, now)


def _predict(batch: PreparedBatch) -> list[Outcome]:
    documents = [stage for stage in batch.prepared if isinstance(stage, TokenisedDocument)]
    predicted = iter(batch.predictor.predict(documents))
    return [
        next(predicted) if isinstance(stage, TokenisedDocument) else stage
        for stage in batch.prepared
    ]


def _entities(parsed: ParsedDocument, watchlist: Watchlist) -> list[Entity]:
    title, body, _ = parsed.reading
    given = [Entity(name, name, "ORG", "given") for name in parsed.document.entities or ()]
    return given + watchlist.find(title, "title") + watchlist.find(body, "text")
