"""Do a replay from beginning to end."""

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence

from schemas.errors import PetrelError
from stream.clients.replay.options import ReplayOptions
from stream.clients.replay.progress import ProgressReporter, ReplayProgress
from stream.clients.replay.sender import Sender
from stream.clients.replay.source import read_source
from stream.clients.replay.spool import Spool
from stream.clients.replay.summary import ReplaySummary, summarize
from stream.counting.redis_client import connect, forget
from stream.counting.store import Store
from stream.kafka import Admin, ensure_topics
from stream.settings import Settings, environment
from stream.supervisor import Supervisor
from stream.windows.watermark import MINUTE

_POLL_SECONDS = 0.5

OnProgress = Callable[[ReplayProgress], None]


class ReplayError(PetrelError):
    """A replay that cannot be done; the message says why."""


def replay(settings: Settings, options: ReplayOptions, report: OnProgress) -> ReplaySummary:
    """Replay `options.source` to the end; `report` is called with the progress.

    Raises:
        ReplayError: there is nothing to replay.
        WorkersFailed: the workers keep failing.
    """
    return asyncio.run(run_replay(settings, namespaced(settings, options), options, report))


def namespaced(settings: Settings, options: ReplayOptions) -> Settings:
    """The settings of the replay's workers, in a new namespace."""
    return settings.model_copy(
        update={
            "namespace": f"replay-{uuid.uuid4().hex[:8]}",
            "inputs": ("documents.v1" if options.topic is None else options.topic,),
            "idle": 0.0,
            # The ports of the live workers are in use.
            "health_port": None,
        }
    )


async def run_replay(
    settings: Settings, own: Settings, options: ReplayOptions, report: OnProgress
) -> ReplaySummary:
    """`replay` in a running event loop, with the settings `own` that `namespaced` gave."""
    began = time.monotonic()
    with Spool() as spool:
        await read_source(spool, settings, options)
        if not len(spool):
            raise ReplayError(f"{options.source} holds no document in the range asked for")
        partitions = await ensure_topics(own)
        with Supervisor(options.workers, environment(own), options.log) as workers:
            progress = ProgressReporter(own, workers, len(spool), report)
            sender = Sender(own, partitions[own.input_topics[0]], options.speed)
            shards = partitions[own.topics.scored]
            end = await sender.send_all(spool, progress.sent)
            await _wait_until_processed(own, shards, end, progress)
            workers.stop()
            summary = await summarize(
                own,
                shards,
                documents=len(spool),
                worker_failures=workers.failures,
                began=began,
            )
    if not options.keep:
        await _clean_up(own, list(partitions))
    return summary


async def _wait_until_processed(
    settings: Settings, shards: int, end: int, progress: ProgressReporter
) -> None:
    """Wait until everything up to the watermark `end` is counted, closed and sent."""
    async with connect(settings) as redis:
        store = Store(redis, settings.namespace, shards)
        while await store.watermark() < end or await store.pending(end // MINUTE):
            await progress.update()
            await asyncio.sleep(_POLL_SECONDS)


async def _clean_up(settings: Settings, topics: Sequence[str]) -> None:
    async with Admin(settings) as admin:
        await admin.delete(topics)
    async with connect(settings) as redis:
        await forget(redis, settings.namespace)
