"""A stream to measure: real servers, Kafka topics filled with tweets, a process that reads them."""

import asyncio
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import orjson
import redis

from petrel.embedded import embedded_redis
from schemas.times import to_millis
from stream import heartbeat
from stream.counting.redis_client import connect, forget
from stream.counting.redis_keys import RedisKeys, namespace_prefix
from stream.kafka import Admin, Producer, ensure_topics
from stream.records import Outgoing
from stream.settings import REPLAY_PREFIX, Settings, environment, load
from tests.apache import apache_kafka
from tests.bench.apps import WARM, Kind
from tests.bench.harness import RESULTS

START = datetime(2026, 3, 17, 8, tzinfo=UTC)

INPUT = "documents.v1"
PARTITIONS = 4

# The keys that are there while there is something to close or to judge.
_DUE = ("timers", "checks")

_FEED = 1000
_POLL_SECONDS = 0.02
_PATIENCE_SECONDS = 600.0


@contextmanager
def servers(bundle: Path) -> Iterator[Settings]:
    """An Apache Kafka and a redis-server until the block ends; the settings to use them."""
    with apache_kafka() as kafka, embedded_redis() as url:
        yield load(
            kafka_bootstrap=kafka,
            redis_url=url,
            model=bundle,
            inputs=(INPUT,),
            partitions=PARTITIONS,
            log_level="WARNING",
            log_format="text",
        )


@contextmanager
def namespace(settings: Settings, *, live: bool = False) -> Iterator[Settings]:
    """The same with Kafka topics and Redis keys of its own, gone when the block ends.

    Unless it is `live`, the documents' own times are those that count, as in a replay.
    """
    prefix = "" if live else REPLAY_PREFIX
    own = settings.model_copy(update={"namespace": f"{prefix}bench-{uuid.uuid4().hex[:8]}"})
    topics = asyncio.run(_create(own))
    try:
        yield own
    finally:
        asyncio.run(_clean_up(own, topics))


@contextmanager
def running(kind: Kind, settings: Settings, total: int) -> Iterator["subprocess.Popen[str]"]:
    """The process of `kind` until the block ends; its log goes to build/bench/log."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.bench.apps", kind, str(total)]
    with (RESULTS / "log").open("ab") as log:
        process = subprocess.Popen(
            command, env=_environment(settings), stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        yield process
    finally:
        # What it still holds is of no interest.
        process.kill()
        process.wait()


def documents(texts: Sequence[str], per_second: float) -> list[bytes]:
    """Documents of `texts`, published one after the other, `per_second` of event time."""
    return [
        document(f"d{number}", text, START + timedelta(seconds=number / per_second))
        for number, text in enumerate(texts)
    ]


def document(
    name: str, text: str, at: datetime, entities: Sequence[str] = (), source: str = "bench"
) -> bytes:
    """A document as it stands in Kafka."""
    fields = {"id": name, "text": text, "published_at": at, "source": source}
    return orjson.dumps({**fields, "entities": entities} if entities else fields)


def fill(settings: Settings, values: Sequence[bytes]) -> None:
    """Put `values` into the input Kafka topic, one partition after the other."""

    async def run() -> None:
        async with Producer(settings) as producer:
            for start in range(0, len(values), _FEED):
                part = enumerate(values[start : start + _FEED], start)
                await producer.send_all([outgoing(settings, n, value) for n, value in part])

    asyncio.run(run())


def outgoing(settings: Settings, number: int, value: bytes) -> Outgoing:
    """Record `number` of the input Kafka topic, stamped when its document was published."""
    published = datetime.fromisoformat(orjson.loads(value)["published_at"])
    return Outgoing(
        settings.input_topics[0],
        None,
        value,
        number % PARTITIONS,
        timestamp=to_millis(published),
    )


def throughput(kind: Kind, settings: Settings, values: Sequence[bytes]) -> float:
    """Documents per second of a process of `kind`, from a tenth of `values` to the last."""
    with namespace(settings) as own:
        fill(own, values)
        with running(kind, own, len(values)) as process:
            if kind in ("petrel", "constant"):
                first, last = (wait_counted(own, n, process) for n in _marks(len(values)))
            else:
                first, last = (_reported_rate(process) for _ in _marks(len(values)))
    return (1 - WARM) * len(values) / (last - first)


def wait_counted(
    settings: Settings, total: int, process: "subprocess.Popen[str]", log: Path = RESULTS / "log"
) -> float:
    """When `total` documents were scored, acknowledged by Kafka and counted in their windows."""
    name = RedisKeys(settings.namespace, settings.shards).common.offsets
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with redis.Redis.from_url(settings.redis_url.get_secret_value()) as client:
        while sum(offset + 1 for _, offset in client.zrange(name, 0, -1, withscores=True)) < total:
            if process.poll() is not None or time.monotonic() > deadline:
                raise click.ClickException(f"the worker did not get there: see {log}")
            time.sleep(_POLL_SECONDS)
    return time.monotonic()


async def end_inputs(settings: Settings, at: datetime) -> None:
    """Say that nothing comes before `at`, so that all windows until then close."""
    headers = heartbeat.headers(to_millis(at))
    async with Producer(settings) as producer:
        await producer.send_all(
            Outgoing(settings.input_topics[0], b"heartbeat", None, number, headers)
            for number in range(PARTITIONS)
        )


def is_closed(settings: Settings, client: "redis.Redis", at: datetime) -> bool:
    """Whether every source partition is counted up to `at` and no window waits."""
    common = RedisKeys(settings.namespace, settings.shards).common
    watermarks: Any = client.zrange(common.watermarks, 0, -1, withscores=True)
    complete = all(one >= to_millis(at) for _, one in watermarks)
    prefix = namespace_prefix(settings.namespace)
    due = (client.scan_iter(match=f"{prefix}:*:{name}", count=1000) for name in _DUE)
    return len(watermarks) == PARTITIONS and complete and not any(map(any, due))


def _marks(total: int) -> tuple[int, int]:
    return max(1, int(WARM * total)), total


def _reported_rate(process: "subprocess.Popen[str]") -> float:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise click.ClickException(f"the process ended early: see {RESULTS / 'log'}")
    return float(line)


def _environment(settings: Settings) -> dict[str, str]:
    return {**os.environ, **environment(settings)}


async def _create(settings: Settings) -> list[str]:
    # The broker's clock says when it had a record, whatever the producer took for now.
    stamped = {"message.timestamp.type": "LogAppendTime"}
    async with Admin(settings) as admin:
        await admin.ensure(dict.fromkeys((settings.topics.scored, settings.topics.alerts), stamped))
    return list(await ensure_topics(settings))


async def _clean_up(settings: Settings, topics: list[str]) -> None:
    async with Admin(settings) as admin:
        await admin.delete(topics)
    async with connect(settings) as client:
        await forget(client, settings.namespace)
