"""Do a replay from beginning to end."""

import asyncio
import logging
import signal
import time
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.errors import KafkaError
from msgspec import Struct
from redis.exceptions import RedisError

from schemas.deadletter import dead_letter_topic
from stream.clients.replay.alert_feed import OnAlert, alerts_told
from stream.clients.replay.clean_up import clean_up
from stream.clients.replay.options import ReplayError, ReplayOptions
from stream.clients.replay.output import prepare, write_results
from stream.clients.replay.progress import ProgressReporter, ReplayProgress
from stream.clients.replay.sender import Sender
from stream.clients.replay.source import read_source
from stream.clients.replay.spool import Spool
from stream.clients.replay.summary import ReplaySummary, summarize
from stream.counting.redis_client import await_redis, connect
from stream.counting.redis_keys import RedisKeys
from stream.counting.sources import Sources
from stream.counting.store import Store
from stream.kafka import Admin, KafkaUnavailable, ensure_topics
from stream.settings import REPLAY_PREFIX, Settings, environment
from stream.supervisor import Supervisor

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.5

OnProgress = Callable[[ReplayProgress], None]


def replay(
    settings: Settings, options: ReplayOptions, report: OnProgress, tell: OnAlert | None = None
) -> ReplaySummary:
    """Replay `options.source` to the end; `report` is called with the progress.

    `tell` is called with alerts as they come: one may come twice, and the last ones too late.

    Raises:
        ReplayError: there is nothing to replay.
        FileError: the output cannot be written.
        KafkaUnavailable: no broker answers.
        WorkersFailed: the workers keep failing.
    """
    own = namespaced(settings, options)
    return asyncio.run(_until_terminated(run_replay(settings, own, options, report, tell)))


async def _until_terminated(work: Coroutine[Any, Any, ReplaySummary]) -> ReplaySummary:
    """Do `work`; SIGTERM ends it as Ctrl-C does: in order."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def namespaced(settings: Settings, options: ReplayOptions) -> Settings:
    """The settings of the replay's workers, in a new namespace."""
    return settings.model_copy(
        update={
            "namespace": f"{REPLAY_PREFIX}{uuid.uuid4().hex[:8]}",
            "inputs": ("documents.v1" if options.topic is None else options.topic,),
            # The ports of the live workers are in use.
            "health_port": None,
        }
    )


async def run_replay(
    settings: Settings,
    own: Settings,
    options: ReplayOptions,
    report: OnProgress,
    tell: OnAlert | None = None,
) -> ReplaySummary:
    """`replay` in a running event loop, with the settings `own` that `namespaced` gave."""
    began = time.monotonic()
    if options.output is not None:
        prepare(options.output, options.output_format)
    await await_redis(settings)
    async with Admin(settings):
        # One that is away is told before a long file is read, and there is nothing to remove yet.
        pass
    with Spool() as spool:
        unread = await read_source(spool, settings, options)
        if not len(spool):
            raise ReplayError(f"{options.source} holds no document in the range asked for")
        async with _kafka_topics(own, keep=options.keep) as topics:
            with Supervisor(options.workers, environment(own), options.log) as workers:
                progress = ProgressReporter(own, workers, len(spool), report)
                sender = Sender(own, topics.partitions[own.input_topics[0]], options.speed)
                async with alerts_told(own, tell):
                    end = await sender.send_all(spool, progress.sent)
                    await _wait_until_processed(own, end, progress)
                workers.stop()
                if options.output is not None:
                    await write_results(own, options.output, options.output_format)
                summary = await summarize(
                    own,
                    documents=len(spool),
                    unread=unread,
                    worker_failures=workers.failures,
                    began=began,
                )
                if summary.dead_letters:
                    topics.kept.add(dead_letter_topic(own.input_topics[0]))
                return summary


class _Topics(Struct):
    """The partitions of Kafka topics, and which of these outlive the replay."""

    partitions: dict[str, int]
    kept: set[str] = set()


@asynccontextmanager
async def _kafka_topics(settings: Settings, *, keep: bool) -> AsyncIterator[_Topics]:
    """The replay's Kafka topics, which are gone afterwards, however it ended."""
    topics = _Topics({})
    try:
        topics.partitions = await ensure_topics(settings)
        yield topics
    finally:
        if not keep:
            await _clean_up_or_warn(settings, topics.kept)


async def _clean_up_or_warn(settings: Settings, kept: Collection[str]) -> None:
    try:
        await clean_up(settings, settings.namespace, kept)
    except (KafkaError, KafkaUnavailable, RedisError, OSError) as error:
        log.warning(
            "not everything of the replay is removed: %s; `petrel replay --clean %s` does it later",
            error,
            settings.namespace,
        )


async def _wait_until_processed(settings: Settings, end: int, progress: ProgressReporter) -> None:
    """Wait until everything up to the watermark `end` is counted, closed and sent."""
    keys = RedisKeys(settings.namespace, settings.shards)
    async with connect(settings) as redis:
        sources, store = Sources(redis, keys), Store(redis, keys)
        while await sources.horizon() < end or await store.pending(end):
            await progress.update()
            await asyncio.sleep(_POLL_SECONDS)
