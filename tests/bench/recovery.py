"""How long a killed worker's partitions rest, and how long until a flushed Redis is as before.

Two workers are started again as `petrel worker --workers` does it: what is measured holds the
start of a process, too. Both are on the broker's clock and the workers', which are one.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import redis

from schemas import ScoredDocument, decode
from stream.counting.redis_keys import namespace_prefix
from stream.kafka import Producer, consumer
from stream.records import Outgoing
from stream.settings import Settings
from tests.bench.crew import Crew
from tests.bench.harness import Figures, Raw, finish
from tests.bench.servers import (
    PARTITIONS,
    START,
    document,
    documents,
    end_inputs,
    fill,
    is_closed,
    namespace,
    outgoing,
    servers,
)
from tests.bench.tweets import texts

_WORKERS = 2
_TICK_SECONDS = 0.1

# Before a kill all is steady for so long: by then offsets are committed.
_STEADY_SECONDS = 3.0

# Half a day: no window lets go of what came first, so all of it must be there again.
_SPAN = timedelta(hours=12)
_END = START + 4 * _SPAN

# What counting alone settles. The rest of a hash tells when it was read and closed.
_SETTLED = (b"hour:", b"hours", b"minute:", b"state")

_Raw = defaultdict[str, list[float]]
_Hashes = dict[tuple[bytes, bytes], bytes]


def bench(folder: Path, runs: int, rate: float, total: int) -> None:
    """Kill `runs` times under `rate` documents a second; flush as often a Redis with `total`."""
    raw: _Raw = defaultdict(list)
    content = texts(max(total, 20_000))
    with servers(folder) as plain, TemporaryDirectory(prefix="petrel-recovery-") as logs:
        settings = plain.model_copy(update={"threads": 1})
        with namespace(settings) as own, Crew(own, _made(logs, "kill"), _WORKERS) as crew:
            asyncio.run(_kills(own, crew, content, rate, runs, raw))
        with namespace(settings) as own:
            seconds = _SPAN.total_seconds()
            fill(own, documents(content[:total], total / seconds))
            with Crew(own, _made(logs, "flush"), _WORKERS) as crew:
                asyncio.run(_flushes(own, crew, runs, raw))
    titles = f"seconds, {runs} runs; {rate:g} documents/s; {total} documents in the flushed Redis"
    finish("recovery", dict(raw), [Figures(titles, ["", "median", "min", "max"], _rows(raw))])


def _made(folder: str, name: str) -> Path:
    path = Path(folder, name)
    path.mkdir()
    return path


def _rows(raw: Raw) -> list[list[str | float]]:
    return [
        [name, *(round(of(runs), 2) for of in (median, min, max))] for name, runs in raw.items()
    ]


async def _kills(
    settings: Settings, crew: Crew, content: list[str], rate: float, runs: int, raw: _Raw
) -> None:
    async with _feeding(settings, content, rate), _Tail(settings) as tail:
        for run in range(runs):
            await crew.until(lambda: _shared(settings, crew), "both workers have partitions")
            await asyncio.sleep(_STEADY_SECONDS)
            await _kill(settings, crew, tail, run % _WORKERS, raw)


async def _kill(settings: Settings, crew: Crew, tail: "_Tail", victim: int, raw: _Raw) -> None:
    held = crew.holds(victim) & _inputs(settings)
    killed = crew.kill(victim)

    def again() -> list[float | None]:
        return [tail.first(one, _given(crew, one, killed)) for one in held]

    await crew.until(lambda: None not in again(), f"each of {sorted(held)} is scored again")
    scored = [at - killed for at in again() if at is not None]
    given = min(at for one in held if (at := _given(crew, one, killed)))
    raw["SIGKILL to its partitions given to a worker"].append(given - killed)
    raw["SIGKILL to the first newly scored record of them"].append(min(scored))
    raw["SIGKILL to a newly scored record of each"].append(max(scored))
    await crew.until(lambda: bool(crew.assigned(victim, killed)), "the new process has partitions")
    back = crew.assigned(victim, killed)[0].at
    raw["SIGKILL to the new process having partitions"].append(back - killed)
    _print_row(raw)


def _inputs(settings: Settings) -> frozenset[str]:
    return frozenset(f"{settings.input_topics[0]}/{number}" for number in range(PARTITIONS))


def _shared(settings: Settings, crew: Crew) -> bool:
    """Whether each worker has some of the input partitions, and none has them twice."""
    held = [crew.holds(number) & _inputs(settings) for number in range(len(crew))]
    return all(held) and sum(map(len, held)) == PARTITIONS


def _given(crew: Crew, partition: str, after: float) -> float | None:
    """When somebody was given `partition` after a moment."""
    found = (one for number in range(len(crew)) for one in crew.assigned(number, after))
    return min((one.at for one in found if partition in one.partitions), default=None)


@asynccontextmanager
async def _feeding(settings: Settings, content: list[str], rate: float) -> AsyncIterator[None]:
    """Feed at `rate` while the block runs."""

    async def feed() -> None:
        began, numbers = time.monotonic(), count()
        sent = 0
        async with Producer(settings) as producer:
            while True:
                due = int((time.monotonic() - began) * rate)
                records = [_fresh(settings, content, next(numbers)) for _ in range(due - sent)]
                await producer.send_all(records)
                sent = due
                await asyncio.sleep(_TICK_SECONDS)

    task = asyncio.create_task(feed())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _fresh(settings: Settings, content: list[str], number: int) -> Outgoing:
    value = document(f"d{number}", content[number % len(content)], datetime.now(UTC))
    return outgoing(settings, number, value)


class _Tail:
    """When each source partition had newly scored records, by the broker's clock."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._last: dict[str, int] = {}
        self._newly: defaultdict[str, list[float]] = defaultdict(list)

    async def __aenter__(self) -> "_Tail":
        self._task = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    def first(self, partition: str, after: float | None) -> float | None:
        """When the first record of `partition` after a moment, if that is known, was scored."""
        # Without the moment, what the killed worker had sent last would be taken for the first.
        if after is None:
            return None
        return next((at for at in self._newly[partition] if at > after), None)

    async def _read(self) -> None:
        async with consumer(self._settings, self._settings.topics.scored) as reader:
            async for message in reader:
                origin = decode(message.value, ScoredDocument).origin
                partition = f"{origin.topic}/{origin.partition}"
                if origin.offset > self._last.get(partition, -1):
                    self._last[partition] = origin.offset
                    self._newly[partition].append(message.timestamp / 1000)


async def _flushes(settings: Settings, crew: Crew, runs: int, raw: _Raw) -> None:
    await end_inputs(settings, _END)
    with redis.Redis.from_url(settings.redis_url.get_secret_value()) as client:
        await crew.until(lambda: is_closed(settings, client, _END), "all windows are closed")
        before = _hashes(settings, client)
        for _ in range(runs):
            await crew.until(lambda: _shared(settings, crew), "both workers have partitions")
            await asyncio.sleep(_STEADY_SECONDS)
            flushed = time.time()
            client.flushall()
            await crew.until(
                lambda: is_closed(settings, client, _END) and _hashes(settings, client) == before,
                "windows are as before",
            )
            raw["FLUSHALL to windows as before"].append(time.time() - flushed)
            given = min(
                one.at for number in range(_WORKERS) for one in crew.assigned(number, flushed)
            )
            raw["FLUSHALL to a worker having partitions again"].append(given - flushed)
            _print_row(raw)


def _hashes(settings: Settings, client: "redis.Redis") -> _Hashes:
    """What counting has left of every window key."""
    prefix = namespace_prefix(settings.namespace)
    keys = (
        key
        for kind in ("key", "detection")
        for key in client.scan_iter(match=f"{prefix}:*:{kind}:*", count=1000)
    )
    hashes: dict[bytes, Any] = {key: client.hgetall(key) for key in keys}
    return {
        (key, field): value
        for key, fields in hashes.items()
        for field, value in fields.items()
        if field.startswith(_SETTLED)
    }


def _print_row(raw: Raw) -> None:
    print(*(f"{name} {runs[-1]:.1f} s" for name, runs in raw.items()), sep=", ", flush=True)
