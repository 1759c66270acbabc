"""The worker: three Faust agents over Kafka, Redis and the model.

Works around Faust's known faults. Agents take `noack` events and hand them on; nothing they do
raises. Events are acknowledged by the pipelines, strictly in the order of their partition, so that
what Faust commits is always a prefix. A failure of Kafka or Redis that outlasts its retries ends
the process at once, with nothing more acknowledged.
"""

import asyncio
import gc
import io
import logging
import os
import time
from collections.abc import Awaitable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, cast

import faust
from aiokafka.errors import KafkaError
from faust.types import TP, EventT
from redis.exceptions import RedisError

from bundle.classifier import Classifier
from stream.counting.detection import Detection
from stream.counting.eviction import EvictionError, refuse_eviction
from stream.counting.judging.alert_judge import AlertJudge
from stream.counting.judging.alert_publisher import AlertPublisher
from stream.counting.judging.alert_store import AlertStore
from stream.counting.judging.publish_store import PublishStore
from stream.counting.redis_client import connect
from stream.counting.redis_keys import RedisKeys, namespace_prefix
from stream.counting.shard_count import ShardCountError, agree_on_shards
from stream.counting.sources import Sources
from stream.counting.start_offsets import StartOffsets
from stream.counting.store import DataLost, Store
from stream.counting.window_closer import WindowCloser
from stream.counting.window_counter import WindowCounter, counting_rules
from stream.counting.window_store import WindowStore
from stream.decoders import Formats
from stream.decoders.registry import RegistryUnavailable
from stream.faust_transport import CommittedTransport, read_progress
from stream.formats import open_formats
from stream.health import health_server
from stream.inputs import Inputs
from stream.kafka import Admin, KafkaUnavailable, Producer, credentials
from stream.output.limits import output_topics
from stream.output.producer import OutputProducer
from stream.progress.quiet_partitions import QuietPartitions
from stream.records import RawRecord
from stream.refusals import explained
from stream.scoring.duplicates import Duplicates
from stream.scoring.model_trial import BrokenModel
from stream.scoring.model_watcher import ModelWatcher
from stream.scoring.pipeline import ScoringPipeline
from stream.settings import Settings
from stream.sinks import AlertSink, open_sinks
from stream.watchdog import Watchdog, restart_hang_timer
from stream.watchlist.watchlist import Watchlist
from stream.watchlist.watchlist_watcher import WatchlistWatcher
from stream.windows.alarm_budget import AlarmBudget
from stream.worker_log import INTERVAL_SECONDS, ProgressLog

log = logging.getLogger(__name__)

# How often what is due is judged and closed: part of the delay of an alert.
_CLOSE_INTERVAL_SECONDS = 0.1

# How often it is looked whether Redis still holds all that was counted.
_CHECK_INTERVAL_SECONDS = 1.0

# How often quiet partitions are looked for: part of the delay of an alert too.
_HEARTBEAT_INTERVAL_SECONDS = 0.25

# How often a worker announces its inputs: several times before they are no longer waited for.
_ANNOUNCE_INTERVAL_SECONDS = 10.0

# What a killed worker did since its last commit is done again by its successor.
_COMMIT_INTERVAL_SECONDS = 1.0

# When partitions move, or the worker stops: what a slow model has begun with takes five.
_HAND_OVER_SECONDS = 10.0

# A killed worker's partitions are unread for this long; the embedded broker waits half of it.
_SESSION_TIMEOUT_SECONDS = 10.0

# A partition that is added to an input is unread for this long.
_METADATA_MAX_AGE_MS = 30_000

# Longer than the retries of Redis last: a worker in the middle of them is not stalled.
STALL_SECONDS = 120.0
_WATCH_INTERVAL_SECONDS = 5.0

# Shorter than the usual timeout of a readiness probe.
_READY_TIMEOUT_SECONDS = 2.0

_EXIT_FAILED = 70

# What ends a worker with a sentence; anything else is a fault of ours, logged with its traceback.
_INFRASTRUCTURE = (
    KafkaError,
    RedisError,
    OSError,
    KafkaUnavailable,
    RegistryUnavailable,
    DataLost,
    EvictionError,
    ShardCountError,
    BrokenModel,
)


class Worker(faust.App):
    """One process of the stream: `partitions` gives the partitions of each Kafka topic."""

    # That its parts start and stop is of no use to who runs it.
    mundane_level = "debug"

    def __init__(
        self,
        settings: Settings,
        classifier: Classifier,
        watchlist: Watchlist,
        partitions: dict[str, int],
    ) -> None:
        super().__init__(
            settings.topics.named(settings.group),
            broker=f"kafka://{settings.kafka_bootstrap.replace(',', ';')}",
            broker_credentials=credentials(settings),
            broker_commit_interval=_COMMIT_INTERVAL_SECONDS,
            broker_session_timeout=_SESSION_TIMEOUT_SECONDS,
            consumer_auto_offset_reset="earliest",
            consumer_metadata_max_age_ms=_METADATA_MAX_AGE_MS,
            key_serializer="raw",
            value_serializer="raw",
            # Faust would wait for all that was read, however long that takes: see `hand_over`.
            stream_wait_empty=False,
            store="memory://",
            topic_disable_leader=True,
            topic_allow_declare=False,
            web_enabled=False,
            autodiscover=False,
        )
        self._petrel = settings
        self._classifier = classifier
        self._watchlist = watchlist
        self._partitions = partitions
        self._quiet: QuietPartitions[TP] = QuietPartitions()
        self._assigned: set[TP] = set()
        self._begun: dict[TP, int] = {}
        self._classified_records = 0
        self._lag = 0
        self._watchdog: Watchdog[TP] = Watchdog(time.monotonic())
        self._define_agents()

    def _new_transport(self) -> Any:
        return CommittedTransport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Make none: only tables need them, and a worker must start on a full disk."""

    async def on_start(self) -> None:
        await super().on_start()
        await self._or_exit(self._start_up(self._petrel))

    async def on_stop(self) -> None:
        await self.hand_over()
        await super().on_stop()

    async def hand_over(self) -> None:
        """Before partitions go: read no more, finish what has begun, and commit it.

        Faust forgets what is acknowledged and not committed, and whoever has the partitions next
        would score it again.
        """
        if not self._assigned:
            return
        self.consumer.stop_flow()
        self.flow_control.suspend()
        self.flow_control.clear()
        self._scoring.release()
        if not await self._scoring.finish(_HAND_OVER_SECONDS):
            log.warning(
                "partitions moved after %.0f s before what was begun was scored:"
                " it will be scored twice",
                _HAND_OVER_SECONDS,
            )
        await self.consumer.commit()

    async def _start_up(self, settings: Settings) -> None:
        redis = connect(settings)
        self.async_exit_stack.push_async_callback(redis.aclose)
        async with Admin(settings) as admin:
            limits = await admin.record_limits(output_topics(settings))
        producer = await self.async_exit_stack.enter_async_context(OutputProducer(settings, limits))
        await refuse_eviction(redis)
        keys = RedisKeys(settings.namespace, settings.shards)
        await agree_on_shards(redis, keys, settings.namespace)
        self._store = Store(redis, keys)
        self._start_offsets = StartOffsets(settings, self.conf.id, self._store)
        sinks = await self.async_exit_stack.enter_async_context(open_sinks(settings, producer))
        self._partition_count = producer.partitions
        formats = await self.async_exit_stack.enter_async_context(open_formats(settings))
        self._build_scoring(redis, producer, formats)
        self._build_counting(redis, keys, producer, sinks)
        inputs = {name: self._partitions[name] for name in settings.input_topics}
        self._inputs = Inputs(
            Sources(redis, keys), self._store, self._scoring, inputs, self._scored_partitions
        )
        await self._inputs.announce()
        self._run(self._scoring.run())
        self._run(self._counter.run())
        self._run(self._watch())
        self._run(self._keep_checked())
        self._run(self._follow_lag())
        self._run(self._tell_progress(producer))
        self._run(self._keep_announced())
        self._run(self._follow_scored_partitions())
        watcher = ModelWatcher(settings.model, self._classifier, settings.threads)
        self._run(watcher.follow(self._scoring.switch))
        self._follow_watchlist(settings)
        if settings.health_port is not None:
            await self.async_exit_stack.enter_async_context(
                health_server(
                    settings.health_host, settings.health_port, self._stall_reason, self._missing
                )
            )
        if not settings.is_replay:
            self._run(self._send_heartbeats())

    def _follow_watchlist(self, settings: Settings) -> None:
        if settings.watchlist is None:
            return
        # What a replay says must be what one list says.
        if not settings.is_replay:
            watcher = WatchlistWatcher(settings.watchlist, self._watchlist)
            self._run(watcher.follow(self._scoring.watch))

    def _build_scoring(self, redis: Any, producer: Producer, formats: Formats) -> None:
        settings = self._petrel
        prefix = namespace_prefix(settings.namespace)
        seconds = int(settings.duplicate_hours * 3600)
        duplicates = Duplicates(redis, prefix, seconds, settings.duplicate_documents)
        self._scoring = ScoringPipeline(
            settings, self._classifier, self._watchlist, duplicates, producer, formats
        )

    def _build_counting(
        self, redis: Any, keys: RedisKeys, producer: Producer, sinks: Sequence[AlertSink]
    ) -> None:
        settings = self._petrel
        self._counter = WindowCounter(self._store, producer, counting_rules(settings))
        windows = settings.topics.windows
        self._detection = Detection(
            Sources(redis, keys),
            self._store,
            AlertJudge(
                AlertStore(redis, keys), settings.spike, AlarmBudget(settings.alarms_per_day)
            ),
            AlertPublisher(PublishStore(redis, keys), sinks, settings.grouping),
            WindowCloser(
                WindowStore(redis, keys),
                producer,
                windows,
                self._partitions[windows],
                settings.hops,
            ),
            self._owned_shards,
        )

    def _owned_shards(self) -> list[int]:
        scored = self._petrel.topics.scored
        assigned = {tp.partition for tp in self._assigned if tp.topic == scored}
        partitions = self._scored_partitions()
        return [shard for shard in range(self._petrel.shards) if shard % partitions in assigned]

    def _scored_partitions(self) -> int:
        """How many the scored Kafka topic has by now: they may be raised while workers run."""
        return self._partitions[self._petrel.topics.scored]

    def _define_agents(self) -> None:
        settings = self._petrel
        documents = self.topic(*settings.input_topics, acks=True)
        ticks = self.channel(maxsize=1)

        @self.agent(documents, name="classify")
        async def classify(stream: Any) -> None:
            async for event in stream.noack().events():
                self._watchdog.record_received(time.monotonic())
                classified = partial(self._classified, event)
                await self._scoring.put(_record(event), classified, self._release)

        @self.agent(self.topic(settings.topics.scored), name="aggregate")
        async def aggregate(stream: Any) -> None:
            async for event in stream.noack().events():
                self._watchdog.record_received(time.monotonic())
                await self._counter.put(_record(event), partial(self._done, event), self._release)

        @self.agent(ticks, name="detect")
        async def detect(stream: Any) -> None:
            async for _ in stream:
                await self._or_exit(self._detection.run())

        self.timer(_CLOSE_INTERVAL_SECONDS, name="close")(partial(_tick, ticks))
        # Faust seeks when this has returned; what it calls before, it does not wait for.
        self.on_rebalance_complete.connect(cast(Any, self._on_assigned))
        self.on_partitions_revoked.connect(cast(Any, self._on_revoked))

    def _classified(self, event: "EventT[Any]") -> None:
        self._done(event)
        self._classified_records += 1
        self._quiet.processed(event.message.tp, event.message.offset)

    def _done(self, event: "EventT[Any]") -> None:
        event.ack()
        self._watchdog.record_finished(time.monotonic())

    def _release(self) -> None:
        self._watchdog.record_finished(time.monotonic())

    async def _on_assigned(self, *_: Any, **__: Any) -> None:
        await self._or_exit(self._begin_partitions())

    async def _begin_partitions(self) -> None:
        assigned = set(self.consumer.assignment())
        await self._count_scored_partitions()
        offsets = await self._start_offsets.offsets(self.consumer, assigned)
        inputs = {tp: at for tp, at in offsets.items() if tp.topic in self._petrel.input_topics}
        self._quiet.assigned(inputs)
        await self._inputs.begin(inputs)
        scored = offsets.keys() - inputs.keys()
        self._counter.begin({tp.partition: offsets[tp] for tp in scored})
        self._begun, self._assigned = offsets, assigned
        log.info("partitions assigned", extra={"fields": {"partitions": _names(assigned)}})

    async def _on_revoked(self, _: Any, revoked: set[TP], **__: Any) -> None:
        self._assigned -= revoked
        self._counter.begin({})
        self._quiet.revoked(revoked)

    async def _keep_announced(self) -> None:
        while True:
            await asyncio.sleep(_ANNOUNCE_INTERVAL_SECONDS)
            await self._inputs.announce()

    async def _follow_scored_partitions(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_INTERVAL_SECONDS)
            await self._count_scored_partitions()

    async def _count_scored_partitions(self) -> None:
        # Not by what Faust knows: only the leader of the group hears of more. Were workers of two
        # minds, some shards would be nobody's. A broker that lags behind may still tell of fewer.
        scored = self._petrel.topics.scored
        found = await self._partition_count(scored)
        self._partitions[scored] = max(self._scored_partitions(), found)

    async def _keep_checked(self) -> None:
        while True:
            await asyncio.sleep(_CHECK_INTERVAL_SECONDS)
            await self._counter.check()

    async def _send_heartbeats(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_INTERVAL_SECONDS)
            # Before Kafka is asked: what is appended after its answer has a later time.
            now = int((time.time() - self._petrel.clock_slack) * 1000)
            if await self._store.pending(now):
                await self._inputs.beat(await self._quiet_partitions(), now)

    async def _quiet_partitions(self) -> list[TP]:
        inputs = [tp for tp in self._assigned if tp.topic in self._petrel.input_topics]
        if not inputs:
            return []
        # Kafka may be away for a while: nothing is known to be quiet then.
        with suppress(KafkaError):
            # First where they end: what is read by then is all that there was at that time.
            ends = await self.consumer.highwaters(*inputs)
            read = await read_progress(self.consumer, inputs)
            return self._quiet.find(read.fetched, read.positions, ends)
        return []

    async def _watch(self) -> None:
        while True:
            restart_hang_timer(STALL_SECONDS)
            self._watchdog.observe_passes(self._scoring.passes, time.monotonic())
            if reason := self._watchdog.stall_reason(time.monotonic(), STALL_SECONDS):
                raise TimeoutError(reason)
            await asyncio.sleep(_WATCH_INTERVAL_SECONDS)

    async def _follow_lag(self) -> None:
        while True:
            # Kafka may be away for a while: the watchdog knows when it last answered.
            with suppress(KafkaError):
                await self._observe_lag()
            await asyncio.sleep(_WATCH_INTERVAL_SECONDS)

    async def _observe_lag(self) -> None:
        assigned = self._assigned.copy()
        ends = await self.consumer.highwaters(*assigned) if assigned else {}
        known = self.monitor.tp_committed_offsets
        committed = {tp: known.get(tp, 0) for tp in assigned}
        self._watchdog.observe_lag(committed, ends, time.monotonic())
        # What was committed before these partitions came here is no lag.
        self._lag = sum(
            max(0, end - max(committed[tp], self._begun.get(tp, end))) for tp, end in ends.items()
        )

    async def _tell_progress(self, producer: OutputProducer) -> None:
        progress = ProgressLog()
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            progress.tell(
                self._classified_records,
                partitions=len(self._assigned),
                lag=self._lag,
                dead_letters=producer.dead_letters,
            )

    def _stall_reason(self) -> str | None:
        return self._watchdog.stall_reason(time.monotonic(), STALL_SECONDS / 2)

    async def _missing(self) -> list[str]:
        found = [] if await self._store.answers(_READY_TIMEOUT_SECONDS) else ["redis"]
        return found if self._assigned else [*found, "partitions"]

    def _run(self, work: Awaitable[None]) -> None:
        self.add_future(self._or_exit(work))

    async def _or_exit(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:
            # An orderly stop would still commit; what is in flight must stay unacknowledged.
            expected = isinstance(error, _INFRASTRUCTURE)
            log.critical(
                "stopped: %s: %s",
                type(error).__name__,
                explained(error) if expected else error,
                exc_info=None if expected else error,
            )
            logging.shutdown()
            os._exit(_EXIT_FAILED)


def run(worker: faust.App) -> None:
    """Run until SIGTERM or SIGINT; the process ends here."""
    # What is loaded by now stays: looking through all of it again stops the event loop for a third
    # of a second each time, and takes a fifth of what a worker computes.
    gc.collect()
    gc.freeze()
    faust.Worker(
        worker,
        override_logging=False,
        redirect_stdouts=False,
        quiet=True,
        # Else it writes terminal codes to standard output, terminal or not.
        stdout=io.StringIO(),
    ).execute_from_commandline()


async def _tick(ticks: Any) -> None:
    # Who waits for room is cancelled when partitions move, and the timer would never tick again.
    # The channel's own queue stays empty: each agent that reads it has one.
    if all(reader.queue.empty() for reader in ticks._subscribers):
        await ticks.send(value=b"")


def _record(event: "EventT[Any]") -> RawRecord:
    message = event.message
    headers: Any = message.headers or []
    return RawRecord(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp=int(message.timestamp * 1000),
        key=message.key,
        value=message.value,
        headers=list(headers.items() if isinstance(headers, dict) else headers),
    )


def _names(partitions: Iterable[TP]) -> list[str]:
    return sorted(f"{tp.topic}/{tp.partition}" for tp in partitions)
