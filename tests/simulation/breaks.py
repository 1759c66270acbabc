"""Promises broken on purpose, in the real code: what finds no fault in these finds none at all."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from schemas.times import to_millis
from stream.counting import store
from stream.scoring.pipeline import ScoringPipeline
from stream.windows.watermark import PartitionClock, Timeliness, bucket_end, minute_of
from tests.simulation.clock import BEGIN, Wall
from tests.simulation.documents import START

_FENCE = "if offset > fence_of(source) then"


@contextmanager
def acknowledged_before_it_is_produced() -> Iterator[None]:
    """A batch is acknowledged, and then produced."""

    async def produce_batches(self: ScoringPipeline) -> None:
        while True:
            batch = await self._scored.get()
            for queued in batch.records:
                queued.acknowledge()
            await self._produce(batch)

    with patch.object(ScoringPipeline, "_produce_batches", produce_batches):
        yield


@contextmanager
def fence_off() -> Iterator[None]:
    """`apply.lua` counts whatever it is given."""
    with TemporaryDirectory() as folder:
        for script in Path(store.__file__).parent.glob("*.lua"):
            Path(folder, script.name).write_text(script.read_text())
        apply = Path(folder, "apply.lua")
        if _FENCE not in apply.read_text():
            raise AssertionError(f"apply.lua has no line {_FENCE!r} to take out")
        apply.write_text(apply.read_text().replace(_FENCE, "if true then"))
        with patch.object(store, "_SCRIPTS", Path(folder)):
            yield


@contextmanager
def watermark_from_the_wall_clock() -> Iterator[None]:
    """The time at which a document is counted moves the watermark, and not the document's own."""

    def observe(self: PartitionClock, time: int) -> Timeliness:
        timeliness = self._judge(bucket_end(minute_of(time)))
        passed = Wall.now(UTC) - BEGIN
        self.advance(to_millis(START + passed) - self._lateness)
        return timeliness

    with patch.object(PartitionClock, "observe", observe):
        yield


Break = Callable[[], AbstractContextManager[None]]

BREAKS: tuple[Break, ...] = (
    acknowledged_before_it_is_produced,
    fence_off,
    watermark_from_the_wall_clock,
)
