"""Promises broken on purpose, in the real code: what finds no fault in these finds none at all."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from schemas.times import to_millis
from stream.counting import scripts
from stream.progress.source_clock import SourceClock
from stream.scoring.pipeline import ScoringPipeline
from tests.simulation.clock import BEGIN, Wall
from tests.simulation.documents import START

_IS_NEW = "return update[UPDATE.first] >= counted[update[UPDATE.partition]]"
_GOES_ON = "redis.call('ZADD', watermarks, 'GT', at_horizon, source)"


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
def counted_again() -> Iterator[None]:
    """`apply.lua` counts whatever it is given."""
    with _script_with("apply.lua", _IS_NEW, "return true"):
        yield


@contextmanager
def clock_from_the_wall() -> Iterator[None]:
    """A document counts when it is counted, and not when it arrived."""

    def place(self: SourceClock, arrived: int, published: int) -> int:
        self.advance(max(arrived, to_millis(START + (Wall.now(UTC) - BEGIN))))
        return self.watermark

    with patch.object(SourceClock, "place", place):
        yield


@contextmanager
def clock_of_the_sender() -> Iterator[None]:
    """A document counts when its sender claims to have published it."""

    def place(self: SourceClock, arrived: int, published: int) -> int:
        self.advance(published)
        return self.watermark

    with patch.object(SourceClock, "place", place):
        yield


@contextmanager
def _script_with(name: str, line: str, other: str) -> Iterator[None]:
    """The scripts, with `other` in place of `line` in one of them."""
    with TemporaryDirectory() as folder:
        for script in scripts.SCRIPTS.glob("*.lua"):
            Path(folder, script.name).write_text(script.read_text())
        changed = Path(folder, name)
        if line not in changed.read_text():
            raise AssertionError(f"{name} has no line {line!r} to take out")
        changed.write_text(changed.read_text().replace(line, other))
        with patch.object(scripts, "SCRIPTS", Path(folder)):
            yield


@contextmanager
def added_sources_begin_at_nothing() -> Iterator[None]:
    """Windows wait for a source partition that is added from the beginning of time on."""
    with _script_with("announce.lua", _GOES_ON, ""):
        yield


Break = Callable[[], AbstractContextManager[None]]

BREAKS: tuple[Break, ...] = (
    acknowledged_before_it_is_produced,
    counted_again,
    added_sources_begin_at_nothing,
    clock_from_the_wall,
    clock_of_the_sender,
)
