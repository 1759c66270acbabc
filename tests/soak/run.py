"""A soak: how much two workers can do, then half of it for as long as asked, and what came out."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from schemas import ScoredDocument, decode
from stream.kafka import Producer, read_to_end
from stream.settings import Settings
from tests.bench.servers import PARTITIONS, fill, namespace, outgoing, wait_counted
from tests.soak.documents import Plan, name, plan
from tests.soak.trend import WARM_UP, Sample
from tests.soak.workers import Sampler, workers

WORKERS = 2
_LOAD = 0.5

# A first guess, in documents a second, and for how long what was found then is measured again.
_GUESS = 200.0
_CAPACITY_SECONDS = 30.0

_TICK_SECONDS = 0.1
_SAMPLE_SECONDS = 5.0
_TELL_SECONDS = 60.0


class Counts(NamedTuple):
    """What came out of what was fed, by id, and how many worker processes there were."""

    fed: int
    missing: int
    repeated: int
    processes: int

    @property
    def good(self) -> bool:
        """Whether each document came out once, of the workers that were started at first."""
        return not self.missing and not self.repeated and self.processes == WORKERS


def capacity(settings: Settings, texts: list[str], minutes: float, log: Path) -> float:
    """Documents a second when all lie there; event time runs as it will in the soak."""
    guess = plan(texts, _GUESS, 60 * minutes)
    rough = _throughput(settings, guess, log)
    return _throughput(settings, guess._replace(rate=rough), log)


def soak(
    settings: Settings, texts: list[str], rate: float, minutes: float, log: Path
) -> tuple[list[Sample], Counts]:
    """Feed `_LOAD` of `rate` for `minutes`; gives the samples, and what came out of it."""
    half = plan(texts, rate * _LOAD, 60 * minutes)
    with _own(settings, half) as own:
        with workers(own, WORKERS, log) as process, Sampler(own, process.pid) as sampler:
            first = [half.value(number) for number in range(PARTITIONS)]
            fill(own, first)
            # The clock starts when the workers are at work.
            wait_counted(own, len(first), process, log)
            sent, samples = asyncio.run(_feed(own, half, sampler))
            wait_counted(own, sent, process, log)
            processes = sampler.seen
        return samples, asyncio.run(_count(own, sent, processes))


def _throughput(settings: Settings, dense: Plan, log: Path) -> float:
    total = int(dense.rate * _CAPACITY_SECONDS)
    with _own(settings, dense) as own:
        fill(own, [dense.value(number) for number in range(total)])
        with workers(own, WORKERS, log) as process:
            # In the first half the second worker comes, and partitions move.
            first, last = (wait_counted(own, n, process, log) for n in (total // 2, total))
    return (total - total // 2) / (last - first)


@contextmanager
def _own(settings: Settings, given: Plan) -> Iterator[Settings]:
    """Settings of one's own, with which the texts of half a warm-up are remembered.

    A day's texts never stop to grow within an hour: Redis forgets them by the clock.
    """
    hours = WARM_UP * given.seconds / 2 / 3600
    with namespace(settings) as own:
        yield own.model_copy(update={"duplicate_hours": hours})


async def _feed(settings: Settings, given: Plan, sampler: Sampler) -> tuple[int, list[Sample]]:
    """Send each document but the first when it is due; gives how many there were, and samples."""
    samples: list[Sample] = []
    sent, began, told = PARTITIONS, time.monotonic(), 0.0
    async with Producer(settings) as producer:
        while (at := time.monotonic() - began) < given.seconds:
            due = range(sent, int(at * given.rate))
            await producer.send_all(outgoing(settings, n, given.value(n)) for n in due)
            sent = max(sent, due.stop)
            if at >= len(samples) * _SAMPLE_SECONDS:
                samples.append(sampler.sample(at, sent))
            if at - told >= _TELL_SECONDS:
                told = at
                _print_sample(samples[-1], given, sent)
            await asyncio.sleep(_TICK_SECONDS)
    return sent, samples


def _print_sample(sample: Sample, given: Plan, sent: int) -> None:
    values = sample.values
    print(
        f"{sample.at / 60:.0f} of {given.seconds / 60:g} min: {sent} sent,"
        f" {values['lag']['all']:.0f} behind;"
        f" resident {', '.join(f'{mb:.0f}' for mb in values['resident_mb'].values())} MB,"
        f" descriptors {', '.join(f'{n:.0f}' for n in values['descriptors'].values())},"
        f" Redis {values['redis_mb']['redis']:.0f} MB in {values['redis_keys']['redis']:.0f} keys",
        flush=True,
    )


async def _count(settings: Settings, fed: int, processes: int) -> Counts:
    found: Counter[str] = Counter()
    async for message in read_to_end(settings, settings.topics.scored):
        if message.value is not None:
            found[decode(message.value, ScoredDocument).id] += 1
    expected = Counter(name(number) for number in range(fed))
    return Counts(fed, (expected - found).total(), (found - expected).total(), processes)
