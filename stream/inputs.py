"""The input partitions as the windows see them: waited for, begun, quiet."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping

from stream.counting.sources import Sources
from stream.counting.store import Store
from stream.scoring.pipeline import ScoringPipeline

# A Kafka topic and the number of a partition of it.
Partition = tuple[str, int]


class Inputs:
    """The input partitions of a worker.

    `partitions` is how many each Kafka topic has; `scored_partitions` gives how many the scored one
    has by now.
    """

    def __init__(
        self,
        sources: Sources,
        store: Store,
        scoring: ScoringPipeline,
        partitions: Mapping[str, int],
        scored_partitions: Callable[[], int],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._sources = sources
        self._store = store
        self._scoring = scoring
        self._partitions = dict(partitions)
        self._scored_partitions = scored_partitions
        self._now = now

    async def announce(self) -> None:
        """Make windows wait for all input partitions, for a while.

        Of those that no worker announces any more the end goes into the log of scored records, each
        time until it is counted: windows are closed after all that was scored of them.
        """
        names = [_name((t, n)) for t, count in self._partitions.items() for n in range(count)]
        ended = await self._sources.announce(names, int(self._now() * 1000))
        await self._route(ended)
        await self._scoring.send_ends(ended)

    async def begin(self, assigned: Iterable[Partition]) -> None:
        """Let partitions be read: none of their documents counts where windows are closed already.

        Where they are goes into the log of scored records, before their documents, so that windows
        that are rebuilt from it are the same.
        """
        inputs = [one for one in assigned if one[0] in self._partitions]
        for topic, number in inputs:
            # Partitions may have been added since the worker started.
            self._partitions[topic] = max(self._partitions[topic], number + 1)
        names = [_name(one) for one in inputs]
        await self._route(names)
        await self.announce()
        progress = await self._store.progress(names)
        begins = {name: at.begin for name, at in progress.items() if at.begin}
        await self._scoring.send_heartbeats(begins, begin=True)
        watermarks = {name: at.watermark for name, at in progress.items() if at.watermark}
        await self._scoring.send_heartbeats(watermarks)

    async def beat(self, quiet: Iterable[Partition], until: int) -> None:
        """Say that quiet partitions are complete up to `until`, in milliseconds."""
        await self._scoring.send_heartbeats({_name(one): until for one in quiet})

    async def _route(self, names: Collection[str]) -> None:
        if names:
            self._scoring.set_routes(await self._sources.route([*names], self._scored_partitions()))


def _name(partition: Partition) -> str:
    topic, number = partition
    return f"{topic}/{number}"
