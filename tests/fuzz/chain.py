"""The whole chain in one thread: the three agents over a broker in memory and a real Redis."""

import asyncio
from collections.abc import Sequence
from functools import partial
from random import Random
from typing import Any, cast
from unittest.mock import patch

import redis

from bundle.classifier import Classifier
from schemas.deadletter import dead_letter_topic
from stream.counting.detection import Detection
from stream.counting.judging.alert_judge import AlertJudge
from stream.counting.judging.alert_publisher import AlertPublisher
from stream.counting.judging.alert_store import AlertStore
from stream.counting.judging.publish_store import PublishStore
from stream.counting.redis_keys import RedisKeys
from stream.counting.sources import Sources
from stream.counting.store import Store
from stream.counting.window_closer import WindowCloser
from stream.counting.window_counter import WindowCounter, counting_rules
from stream.counting.window_store import WindowStore
from stream.decoders import Formats
from stream.records import RawRecord
from stream.scoring.duplicates import Duplicates
from stream.scoring.pipeline import ScoringPipeline
from stream.settings import Settings, load
from stream.sinks.kafka import KafkaSink
from stream.watchlist.watchlist import Watchlist
from stream.windows.alarm_budget import AlarmBudget
from tests.simulation.broker import Broker
from tests.simulation.clock import SimulatedLoop, Wall
from tests.simulation.documents import WATCHLIST, Constant
from tests.simulation.process import Process, SimulatedProducer, SimulatedRedis

_INSTANT = 1e-9
# A record that is neither scored nor set aside would be waited for without end.
_PATIENCE_SECONDS = 60


class Chain:
    """What is on each Kafka topic once `records` went through; `violations` are deaths."""

    def __init__(self, server: "redis.Redis", **overrides: object) -> None:
        server.flushdb()
        self.settings: Settings = load(namespace="fuzz", inputs=("news.raw.v1",), **overrides)
        self.broker = Broker({})
        self.acknowledged: list[int] = []
        self.violations: list[str] = []
        self._server = server

    @property
    def topic(self) -> str:
        return self.settings.input_topics[0]

    @property
    def scored(self) -> list[RawRecord]:
        return self.broker.topic(self.settings.topics.scored)

    @property
    def letters(self) -> list[RawRecord]:
        return self.broker.topic(dead_letter_topic(self.topic))

    def classify(self, records: Sequence[RawRecord]) -> None:
        """Let `records` through the classify agent."""
        self._run(self._classify(records))

    def aggregate(self, records: Sequence[RawRecord]) -> None:
        """Let `records` of the scored Kafka topic through the two other agents."""
        self._run(self._count(records))

    def _run(self, work: Any) -> None:
        loop = SimulatedLoop(Random(0))
        try:
            with (
                patch("stream.scoring.pipeline.datetime", Wall),
                patch("stream.counting.window_counter.datetime", Wall),
            ):
                loop.run_until_complete(work)
        finally:
            loop.close()

    async def _classify(self, records: Sequence[RawRecord]) -> None:
        process, producer, connection = self._edges()
        classify = ScoringPipeline(
            self.settings,
            cast(Classifier, Constant()),
            Watchlist(WATCHLIST),
            Duplicates(connection, "near", 3600, 1_000),
            producer,
            Formats(),
        )
        classify.set_routes({f"{self.topic}/0": 0})
        process.run(classify.run)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            for record in records:
                done = partial(self.acknowledged.append, record.offset)
                await classify.put(record, done, partial(self.violations.append, "released"))
            while process.alive and len(self.acknowledged) < len(records):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        process.kill()
        await process.ended()

    async def _count(self, records: Sequence[RawRecord]) -> None:
        _, producer, connection = self._edges()
        keys = RedisKeys(self.settings.namespace, self.settings.shards)
        store = Store(connection, keys)
        await store.begin({0: 0})
        aggregate = WindowCounter(store, producer, counting_rules(self.settings))
        aggregate.begin({0: 0})
        await aggregate.apply(records)
        sources, topics = Sources(connection, keys), self.settings.topics
        await sources.announce([f"{self.topic}/0"], now=0)
        sinks = [KafkaSink(producer, topics.alerts)]
        detection = Detection(
            sources,
            store,
            AlertJudge(
                AlertStore(connection, keys),
                self.settings.spike,
                AlarmBudget(self.settings.alarms_per_day),
            ),
            AlertPublisher(PublishStore(connection, keys), sinks, self.settings.grouping),
            WindowCloser(
                WindowStore(connection, keys), producer, topics.windows, 1, self.settings.hops
            ),
            lambda: range(self.settings.shards),
        )
        await detection.run()

    def _edges(self) -> tuple[Process, Any, Any]:
        rng = Random(0)
        process = Process(rng, _INSTANT, 0.0, self.violations.append)
        producer = SimulatedProducer(process, self.broker, rng, 0.0)
        return process, producer, SimulatedRedis(process, self._server, rng)
