"""The detect agent's work, apart from Faust: alerts and windows as far as all is complete."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from stream.counting.judging.alert_judge import AlertJudge
from stream.counting.judging.alert_publisher import AlertPublisher, Published
from stream.counting.sources import Sources
from stream.counting.store import ShardProgress, Store
from stream.counting.window_closer import WindowCloser
from stream.windows.buckets import SECOND

# Groups of shards at work at once: while one waits for Redis or Kafka, others go on. Bounds what of
# them is in memory, and how long the event loop is busy with their answers.
_MAX_GROUPS = 8
# Of a shard with much to do, before all are looked at again: bounds how long others wait.
_MAX_PIECES = 8
# Shards with little to do have a piece together: each has its own round trips to Redis otherwise,
# which cost more than what is done for a key.
_DUE_A_PIECE = 64

# Whose worker publishes the alerts of all shards: two would send what each found waiting.
_PUBLISHING_SHARD = 0


class ShardGroup(Struct, frozen=True):
    """Shards that are worked on together, up to one horizon, and how much is due in them."""

    shards: Sequence[int]
    horizon: int
    due: int


class Detection:
    """Judges and closes the shards that `owned` gives: those of this worker.

    The worker of the first shard publishes the alerts of all.
    """

    def __init__(
        self,
        sources: Sources,
        store: Store,
        judge: AlertJudge,
        publisher: AlertPublisher,
        closer: WindowCloser,
        owned: Callable[[], Iterable[int]],
    ) -> None:
        self._sources = sources
        self._store = store
        self._judge = judge
        self._publisher = publisher
        self._closer = closer
        self._owned = owned
        # Of which shards nothing was left to do, and up to which horizon.
        self._finished: tuple[list[int], int] = ([], 0)

    async def run(self) -> None:
        """Judge, publish and close all that is complete.

        In steps, each as far as all has come by then; one in which nothing is done is the last.
        """
        while await self._step():
            pass

    async def _step(self) -> bool:
        horizon, shards = await self._sources.move_horizon(), sorted(self._owned())
        if self._finished == (shards, horizon):
            return False
        progress = await self._store.follow(shards, horizon)
        turns = asyncio.Semaphore(_MAX_GROUPS)
        work = [self._work(turns, group) for group in shard_groups(progress)]
        done = sum(await asyncio.gather(*work))
        published = await self._publish(shards, horizon // SECOND)
        is_judged = all(at.horizon >= horizon and not at.due for at in progress.values())
        if is_judged and published.until >= horizon // SECOND and not published.count:
            self._finished = (shards, horizon)
        return done + published.count > 0

    async def _publish(self, shards: Sequence[int], until: int) -> Published:
        if _PUBLISHING_SHARD in shards:
            published = await self._publisher.publish()
            await self._judge.forget_tests(published.until)
            return published
        # Another worker does.
        return Published(until, 0)

    async def _work(self, turns: asyncio.Semaphore, group: ShardGroup) -> int:
        done = 0
        async with turns:
            for _ in range(min(_MAX_PIECES, 1 + group.due // _DUE_A_PIECE)):
                done += await self._judge.judge(group.shards, group.horizon)
                done += await self._closer.close(group.shards, group.horizon)
        return done


def shard_groups(progress: Mapping[int, ShardProgress]) -> Iterator[ShardGroup]:
    """The shards in which something is due, as many together as have a piece of work."""
    horizons: defaultdict[int, list[int]] = defaultdict(list)
    for shard, at in progress.items():
        if at.due:
            horizons[at.horizon].append(shard)
    for horizon, shards in horizons.items():
        some, due = list[int](), 0
        for shard in shards:
            if some and due + progress[shard].due > _DUE_A_PIECE:
                yield ShardGroup(some, horizon, due)
                some, due = [], 0
            some.append(shard)
            due += progress[shard].due
        yield ShardGroup(some, horizon, due)
