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

from schemas import encode
from stream.counting.store import BatchUpdate, SourceProgress, Store
from stream.counting.updates import Update
from stream.scoring.duplicates import DuplicateQuery, Duplicates, sketch
from stream.windows.buckets import Bucket
from stream.windows.closing import close
from stream.windows.spike_rule import SpikeRule
from tests.fuzz.count import FUZZED
from tests.records import ALERT
from tests.simulation.process import Process, SimulatedRedis

# What UTF-8 can carry: a record with anything else is refused before it comes this far.
NAMES = st.text(st.characters(codec="utf-8"), max_size=20)
WHOLE = st.integers(0, 2**31)
# All that is counted is closed.
UNTIL = 2**31
ALL_IN = SourceProgress(UNTIL * 60_000, 0)
MINUTES = st.integers(0, 4) | st.integers(0, 150_000_000)


@st.composite
def updates(draw: st.DrawFn) -> Update:
    negative, positive = draw(st.booleans()), draw(st.booleans())
    evidence = encode(ALERT.documents[0]).decode()
    return Update(
        source=draw(NAMES),
        offset=draw(st.integers(0, 5) | st.integers(0, 2**53)),
        minute=draw(MINUTES),
        negative=int(negative),
        positive=int(positive),
        sentiment=draw(st.integers(-100, 100)),
        late=0,
        late_negative=0,
        late_positive=0,
        late_sentiment=0,
        distinct_text=draw(NAMES.filter(bool)) if negative else False,
        evidence=(draw(st.floats(0, 1)), draw(NAMES), evidence) if negative else False,
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
        store = Store(connection(server), "fuzz", 1)
        await store.begin({0: (None, 0)}, [])
        for batch in batches:
            await store.apply(BatchUpdate({0: (0, 0)}, {f"all:{key}": batch}, {"t/0": ALL_IN}))
        (snapshot,) = await store.read([f"all:{key}"])
        assert snapshot.buckets == expected(batches)
        await store.close([(snapshot, close(SpikeRule(), snapshot, UNTIL, 10))], UNTIL)
        assert await store.due(0, UNTIL, 9) == []

    asyncio.run(run())
    FUZZED["counts"] += sum(map(len, batches))


def expected(batches: list[list[Update]]) -> dict[int, Bucket]:
    fences: defaultdict[str, int] = defaultdict(lambda: -1)
    buckets: defaultdict[int, Bucket] = defaultdict(Bucket)
    for one in (update for batch in batches for update in batch):
        if one.offset > fences[one.source]:
            fences[one.source] = one.offset
            buckets[one.minute] += Bucket(1, one.negative, one.positive, one.sentiment)
    return buckets


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.builds(
            DuplicateQuery,
            id=NAMES,
            sketch=st.text(st.characters(), max_size=30).map(sketch),
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
        duplicates = Duplicates(connection(server), "near", 60)
        found = await duplicates.look_up(query)
        await duplicates.remember({one.id: b"\x00\xff" for one in query})
        for place, copy in enumerate(found):
            assert copy is None or copy.first in {one.id for one in query[:place]}

    asyncio.run(run())
    FUZZED["texts looked up"] += len(query)
