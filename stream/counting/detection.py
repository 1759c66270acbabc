"""The detect agent's work, apart from Faust: alerts and windows as far as all is complete."""

import asyncio
from collections.abc import Callable, Iterable

from stream.counting.alert_judge import AlertJudge
from stream.counting.sources import Sources
from stream.counting.store import ShardProgress, Store
from stream.counting.window_closer import WindowCloser

# Shards at work at once: while one waits for Redis or Kafka, others go on. Bounds what of them is
# in memory, and how long the event loop is busy with their answers.
_MAX_SHARDS = 8
# Of a shard with much to do, before all are looked at again: bounds how long others wait.
_MAX_PIECES = 8
_DUE_A_PIECE = 64


class Detection:
    """Judges and closes the shards that `owned` gives: those of this worker."""

    def __init__(
        self,
        sources: Sources,
        store: Store,
        judge: AlertJudge,
        closer: WindowCloser,
        owned: Callable[[], Iterable[int]],
    ) -> None:
        self._sources = sources
        self._store = store
        self._judge = judge
        self._closer = closer
        self._owned = owned
        # Of which shards nothing was left to do, and up to which horizon.
        self._finished: tuple[list[int], int] = ([], 0)

    async def run(self) -> None:
        """Judge and close all that is complete.

        In steps, each as far as all has come by then; one in which nothing is done is the last.
        """
        while await self._step():
            pass

    async def _step(self) -> bool:
        horizon, shards = await self._sources.move_horizon(), sorted(self._owned())
        if self._finished == (shards, horizon):
            return False
        progress = await self._store.follow(shards, horizon)
        turns = asyncio.Semaphore(_MAX_SHARDS)
        due = ((shard, at) for shard, at in progress.items() if at.due)
        done = sum(await asyncio.gather(*(self._work(turns, *one) for one in due)))
        if all(at.horizon >= horizon and not at.due for at in progress.values()):
            self._finished = (shards, horizon)
        return done > 0

    async def _work(self, turns: asyncio.Semaphore, shard: int, at: ShardProgress) -> int:
        done = 0
        async with turns:
            for _ in range(min(_MAX_PIECES, 1 + at.due // _DUE_A_PIECE)):
                done += await self._judge.judge(shard, at.horizon)
                done += await self._judge.send(shard)
                done += await self._closer.close(shard, at.horizon)
        return done
