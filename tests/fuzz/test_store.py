"""Any names and numbers through the Lua scripts, against counts kept in Python."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bundle.text import clean
from schemas import encode
from stream.counting.judging.alert_judge import AlertJudge
from stream.counting.judging.alert_store import AlertStore
from stream.counting.redis_keys import RedisKeys
from stream.counting.sources import Sources
from stream.counting.store import BatchUpdate, SourceProgress, Store
from stream.counting.updates import Update
from stream.counting.window_store import WindowStore
from stream.scoring.duplicates import DuplicateQuery, Duplicates, First, Remembered, sketch
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.buckets import HOPS, Bucket
from stream.windows.cells import EvidenceRow
from stream.windows.spike_rule import SpikeRule
from stream.windows.window_closing import close_windows
from tests.fuzz.count import FUZZED
from tests.records import ALERT
from tests.simulation.process import Process, SimulatedRedis

# What UTF-8 can carry: a record with anything else is refused before it comes this far.
NAMES = st.text(st.characters(codec="utf-8"), max_size=20)
WHOLE = st.integers(0, 2**31)
# All that is counted is closed.
UNTIL = 2**31
ALL_IN = SourceProgress(UNTIL * 60_000, 0)
SECONDS = st.integers(0, 200) | st.integers(0, 2**33)


@st.composite
def updates(draw: st.DrawFn) -> Update:
    negative, positive = draw(st.booleans()), draw(st.booleans())
    row = st.builds(
        EvidenceRow,
        negative=st.floats(0, 1),
        story=NAMES,
        seen=WHOLE,
        record=st.just(encode(ALERT.documents[0]).decode()),
    )
    return Update(
        partition=0,
        offset=draw(st.integers(0, 5) | st.integers(0, 2**52)),
        second=draw(SECONDS),
        negative=int(negative),
        positive=int(positive),
        sentiment=draw(st.integers(-100, 100)),
        distinct_text=draw(NAMES.filter(bool)) if negative else None,
        evidence=draw(row) if negative else None,
    )


@pytest.fixture(scope="module")
def server(redis_server: str) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(redis_server) as client:
        yield client


def connection(server: "redis.Redis") -> Any:
    server.flushdb()
    rng = Random(0)
    return SimulatedRedis(Process(rng, 1e-9, 0.0, print), server, rng)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=NAMES, batches=st.lists(st.lists(updates(), min_size=1, max_size=5), max_size=3))
def test_counts_are_those_of_plain_sums(
    server: "redis.Redis", key: str, batches: list[list[Update]]
) -> None:
    async def run() -> None:
        redis, keys, name = connection(server), RedisKeys("fuzz", 1), f"all:{key}"
        store, sources = Store(redis, keys), Sources(redis, keys)
        await store.begin({0: 0})
        await sources.announce(["t/0"], now=0)
        for batch in batches:
            await store.apply(BatchUpdate({0: (0, end(batch))}, {name: batch}, {"t/0": ALL_IN}))
        await store.follow([0], await sources.move_horizon())
        await close_all(WindowStore(redis, keys), name, expected(batches))
        await judge_all(AlertStore(redis, keys), UNTIL * 60)

    asyncio.run(run())
    FUZZED["counts"] += sum(map(len, batches))


async def close_all(store: WindowStore, key: str, counts: dict[int, Bucket]) -> None:
    documents = 0
    while due := await store.due([0], UNTIL, 9):
        (snapshot,) = await store.read(due, 1)
        closing = close_windows(snapshot, UNTIL, HOPS)
        documents += sum(one.documents for one in closing.windows if one.size == "5m")
        assert await store.close([(snapshot, closing)]) == 1
    assert documents == in_windows_of_5_minutes(counts)


async def judge_all(store: AlertStore, until: int) -> None:
    judge = AlertJudge(store, SpikeRule(), AlarmBudget(1))
    while await judge.judge([0], 1000 * until):
        pass
    assert await store.due([0], until, 9, 9) == []


def expected(batches: list[list[Update]]) -> dict[int, Bucket]:
    marker = 0
    buckets: defaultdict[int, Bucket] = defaultdict(Bucket)
    for batch in batches:
        for one in batch:
            if one.offset >= marker:
                buckets[one.second // 60] += Bucket(1, one.negative, one.positive, one.sentiment)
        marker = max(marker, end(batch))
    return buckets


def in_windows_of_5_minutes(counts: dict[int, Bucket]) -> int:
    """How many documents they hold together: a minute is in those of the four after it, too."""
    ends = {minute + 1 for minute in counts}
    return sum(
        one.documents
        for minute, one in counts.items()
        for end in range(minute + 1, minute + 6)
        if end in ends
    )


def end(batch: list[Update]) -> int:
    return max(update.offset for update in batch) + 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.builds(
            DuplicateQuery,
            id=NAMES,
            sketch=st.text(st.characters(), max_size=30).map(clean).map(sketch),
            source=NAMES,
            offset=st.integers(0, 2**53),
            at=st.integers(0, 2**43),
        ),
        max_size=6,
    )
)
def test_copies_name_a_first_that_came_before(
    server: "redis.Redis", query: list[DuplicateQuery]
) -> None:
    async def run() -> None:
        duplicates = Duplicates(connection(server), "near", 60, 1_000)
        found = await duplicates.look_up(query)
        await duplicates.remember(
            [
                Remembered(one.number, row.source, row.offset, b"\x00\xff")
                for row, one in zip(query, found, strict=True)
                if isinstance(one, First) and one.number is not None
            ]
        )
        for place, one in enumerate(found):
            assert isinstance(one, First) or one.first in {row.id for row in query[:place]}

    asyncio.run(run())
    FUZZED["texts looked up"] += len(query)
