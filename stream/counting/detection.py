"""The detect agent's work, apart from Faust: alerts and windows as far as all is complete."""

from collections.abc import Callable, Iterable

from stream.counting.alert_judge import AlertJudge
from stream.counting.sources import Sources
from stream.counting.window_closer import WindowCloser


class Detection:
    """Judges and closes the shards that `owned` gives: those of this worker."""

    def __init__(
        self,
        sources: Sources,
        judge: AlertJudge,
        closer: WindowCloser,
        owned: Callable[[], Iterable[int]],
    ) -> None:
        self._sources = sources
        self._judge = judge
        self._closer = closer
        self._owned = owned

    async def run(self) -> None:
        """Judge and close all that is complete.

        In steps, each as far as all has come by then; one in which nothing is done is the last.
        """
        while await self._step():
            pass

    async def _step(self) -> bool:
        horizon = await self._sources.move_horizon()
        done = 0
        for shard in sorted(self._owned()):
            done += await self._judge.judge(shard, horizon)
            done += await self._judge.send(shard)
            done += await self._closer.close(shard, horizon)
        return done > 0
