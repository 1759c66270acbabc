"""Counts, fences, markers, timers and the outbox against a real Redis."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from schemas.alert import Evidence
from schemas.codec import encode
from schemas.times import from_millis
from stream.counting.redis_client import connect
from stream.counting.store import BatchUpdate, DataLost, SourceProgress, Store
from stream.counting.updates import Update
from stream.settings import load
from stream.windows.buckets import Bucket
from stream.windows.closing import Closing, close
from stream.windows.spike_rule import SpikeRule

KEY = "entity:acme"
RULES = SpikeRule()


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Store]:
    """Counting has begun, and the watermark is past all that the tests close."""
    async with connect(load(redis_url=redis_url)) as redis:
        store = Store(redis, "test", 4)
        await store.begin({0: (None, 0)}, ["t/0"])
        await advance(store, SourceProgress(10**9, -1))
        yield store


async def count(store: Store, *updates: Update) -> None:
    await store.apply(BatchUpdate({0: (0, 0)}, {KEY: updates}, {}))


async def advance(store: Store, progress: SourceProgress, source: str = "t/0") -> None:
    await store.apply(BatchUpdate({0: (0, 0)}, {}, {source: progress}))


def evidence(text: str, name: str = "d") -> str:
    told = Evidence(id=name, text=text, negative=0.9, published_at=from_millis(0), source="s")
    return encode(told).decode()


def update(
    offset: int, minute: int = 100, *, negative: bool = False, source: str = "t/0"
) -> Update:
    return Update(
        source=source,
        offset=offset,
        minute=minute,
        negative=int(negative),
        positive=0,
        sentiment=-90 if negative else 0,
        late=0,
        late_negative=0,
        late_positive=0,
        late_sentiment=0,
        distinct_text=f"u{offset}" if negative else False,
        evidence=(0.9, f"d{offset}", evidence("Acme falls", f"d{offset}")) if negative else False,
    )


async def counted(store: Store) -> dict[int, Bucket]:
    (snapshot,) = await store.read([KEY])
    return dict(snapshot.buckets)


async def test_a_document_is_counted_once_however_often_it_comes(store: Store) -> None:
    await count(store, update(7), update(8))
    await count(store, update(7), update(8), update(9))

    assert await counted(store) == {100: Bucket(documents=3)}


async def test_each_source_has_a_fence_of_its_own(store: Store) -> None:
    await count(store, update(7, source="t/0"), update(3, source="t/1"))

    assert await counted(store) == {100: Bucket(documents=2)}


async def test_says_how_many_counts_were_new(store: Store) -> None:
    one = BatchUpdate({0: (0, 1)}, {KEY: [update(7)], "all:all": [update(7)]}, {})
    other = BatchUpdate({0: (1, 2)}, {KEY: [update(7)], "all:all": [update(7), update(8)]}, {})

    assert await store.apply(one) == 2
    assert await store.apply(other) == 1


async def test_what_is_read_is_what_was_written(store: Store) -> None:
    await count(store, update(7, negative=True), update(8, 101))

    (snapshot,) = await store.read([KEY])

    assert snapshot.buckets == {
        100: Bucket(documents=1, negative=1, sentiment=-90),
        101: Bucket(documents=1),
    }
    assert dict(snapshot.texts) == {100: ["u7"]}
    assert [one.id for one in snapshot.evidence[100]] == ["d7"]
    assert snapshot.closed_until is None


async def test_a_key_is_due_when_its_minute_ends(store: Store) -> None:
    await count(store, update(7, minute=100))
    shard = store.shard_of(KEY)

    assert await store.due(shard, 100, 9) == []
    assert await store.due(shard, 101, 9) == [KEY]


async def test_key_that_expired_before_it_was_closed_is_forgotten(
    store: Store, redis_url: str
) -> None:
    await count(store, update(7, minute=100))
    shard = store.shard_of(KEY)
    async with connect(load(redis_url=redis_url)) as redis:
        (name,) = await redis.keys(f"*:key:{KEY}")
        await redis.unlink(name)

        (snapshot,) = await store.read([KEY])
        assert 0 < await redis.ttl(name) <= 35 * 86_400
        await store.close([(snapshot, close(RULES, snapshot, 101, grace=10))], 101)

        assert await redis.keys(f"*:key:{KEY}") == []
    assert await store.due(shard, 101, 9) == []


async def close_key(store: Store, until: int) -> Closing:
    (snapshot,) = await store.read([KEY])
    closing = close(RULES, snapshot, until, grace=10)
    await store.close([(snapshot, closing)], until)
    return closing


async def test_a_closed_key_waits_for_its_next_change(store: Store) -> None:
    await count(store, update(7, minute=100))
    await close_key(store, 101)

    assert await store.due(store.shard_of(KEY), 105, 9) == []
    assert await store.due(store.shard_of(KEY), 106, 9) == [KEY]


async def test_closing_twice_writes_once(store: Store) -> None:
    await count(store, *(update(n, minute=100, negative=True) for n in range(30)))
    (snapshot,) = await store.read([KEY])
    closing = close(SpikeRule(history=0), snapshot, 101, grace=10)

    await store.close([(snapshot, closing)], 101)
    await store.close([(snapshot, closing)], 101)

    assert len(closing.alerts) == 1
    assert await store.outbox(store.shard_of(KEY)) == [encode(closing.alerts[0])]


async def test_documents_that_come_while_a_key_is_closed_are_not_lost(store: Store) -> None:
    await count(store, update(7, minute=100))
    (snapshot,) = await store.read([KEY])
    closing = close(RULES, snapshot, 101, grace=10)
    await count(store, update(8, minute=102))
    await store.close([(snapshot, closing)], 101)

    assert await store.due(store.shard_of(KEY), 103, 9) == [KEY]


async def test_a_late_document_emits_its_windows_again(store: Store) -> None:
    await count(store, update(7, minute=100), update(8, minute=103))
    await close_key(store, 104)
    await count(store, update(9, minute=100))

    again = await close_key(store, 104)

    ends = {(int(w.end.timestamp()) // 60, w.size, w.documents) for w in again.windows}
    assert {(101, "5m", 2), (104, "5m", 3), (104, "24h", 3)} <= ends


async def test_what_was_sent_leaves_the_outbox(store: Store) -> None:
    await count(store, *(update(n, minute=100, negative=True) for n in range(30)))
    (snapshot,) = await store.read([KEY])
    await store.close([(snapshot, close(SpikeRule(history=0), snapshot, 101, 10))], 101)
    shard = store.shard_of(KEY)
    assert await store.pending(101) == 1

    await store.sent(shard, await store.outbox(shard))

    assert await store.outbox(shard) == []
    assert await store.pending(101) == 0


async def test_what_two_workers_sent_takes_no_later_alert_along(store: Store) -> None:
    calm = SpikeRule(history=0, calm=1)
    await count(store, *(update(n, minute=100, negative=True) for n in range(30)))
    (snapshot,) = await store.read([KEY])
    await store.close([(snapshot, close(calm, snapshot, 101, 10))], 101)
    shard = store.shard_of(KEY)
    opened = await store.outbox(shard)
    await store.sent(shard, opened)
    (snapshot,) = await store.read([KEY])
    await store.close([(snapshot, close(calm, snapshot, 300, 10))], 300)
    resolved = await store.outbox(shard)

    await store.sent(shard, opened)

    assert len(resolved) == 1
    assert await store.outbox(shard) == resolved


async def test_of_two_documents_with_one_id_the_order_of_arrival_decides_nothing(
    store: Store,
) -> None:
    one, other = (
        Update("t/0", n, 100, 1, 0, -90, 0, 0, 0, 0, f"u{n}", (0.9, "d", evidence(f"text {n}")))
        for n in range(2)
    )
    swapped = [msgspec.structs.replace(other, offset=0), msgspec.structs.replace(one, offset=1)]
    await store.apply(BatchUpdate({0: (0, 0)}, {KEY: [one, other], "all:all": swapped}, {}))

    kept = [snapshot.evidence[100] for snapshot in await store.read([KEY, "all:all"])]

    assert [[told.text for told in some] for some in kept] == [["text 0"], ["text 0"]]


async def test_the_watermark_is_that_of_the_slowest_source(store: Store) -> None:
    await store.expect(["a/0", "a/1"])
    await advance(store, SourceProgress(5000, 3), "a/0")
    assert await store.watermark() == 0

    await advance(store, SourceProgress(4000, 9), "a/1")
    assert await store.watermark() == 4000


async def test_batch_of_nothing_but_dead_letters_moves_the_marker_alone(store: Store) -> None:
    await store.apply(BatchUpdate({0: (0, 1)}, {}, {}))

    assert await store.counted() == {0: 1}
    assert await store.watermark() == 10**9


async def test_progress_never_goes_back(store: Store) -> None:
    await advance(store, SourceProgress(5000, 3), "a/0")
    await advance(store, SourceProgress(4000, 2), "a/0")

    assert await store.progress(["a/0", "a/9"]) == {
        "a/0": SourceProgress(5000, 3),
        "a/9": SourceProgress(0, -1),
    }


async def test_a_source_nobody_reads_any_more_holds_nothing_up(store: Store) -> None:
    await store.expect(["gone/0", "a/0"])
    await store.expect(["a/0"])
    await advance(store, SourceProgress(4000, 9), "a/0")

    assert await store.watermark() == 4000


async def test_late_document_that_comes_while_its_minute_is_closed_is_emitted(store: Store) -> None:
    await count(store, update(7, minute=100))
    (snapshot,) = await store.read([KEY])
    closing = close(RULES, snapshot, 110, grace=10)
    await count(store, update(8, minute=105))
    await store.close([(snapshot, closing)], 110)

    again = await close_key(store, 111)

    ends = {(one.end, one.size) for one in again.windows}
    assert (from_millis(106 * 60_000), "5m") in ends


async def test_the_marker_moves_with_the_counts(store: Store) -> None:
    await store.apply(BatchUpdate({0: (0, 12)}, {KEY: [update(7)]}, {}))

    assert await store.counted() == {0: 12}
    await store.check({0: 12})


@pytest.mark.parametrize("offsets", [{0: (1, 9)}, {1: (0, 9)}, {0: (0, 9), 1: (0, 9)}])
async def test_nothing_is_counted_where_something_is_missing(
    store: Store, offsets: dict[int, tuple[int, int]]
) -> None:
    with pytest.raises(
        DataLost, match=r"partition \d was counted up to offset \d, and Redis holds"
    ):
        await store.apply(
            BatchUpdate(offsets, {KEY: [update(7)]}, {"t/0": SourceProgress(2 * 10**9, 7)}, 1)
        )

    assert await counted(store) == {}
    assert await store.counted() == {0: 0}
    assert await store.too_late() == 0
    assert await store.watermark() == 10**9


async def test_what_was_counted_is_missed_when_it_is_gone(store: Store) -> None:
    with pytest.raises(DataLost, match="counted up to offset 5, and Redis holds 0"):
        await store.check({0: 5})
    with pytest.raises(DataLost, match="counted up to offset 0, and Redis holds nothing"):
        await store.check({3: 0})


async def test_a_batch_that_comes_twice_is_counted_once(store: Store) -> None:
    batch = BatchUpdate({0: (0, 9)}, {KEY: [update(7)]}, {}, too_late=2)
    await store.apply(batch)
    await store.apply(batch)

    assert await counted(store) == {100: Bucket(documents=1)}
    assert await store.too_late() == 2


async def test_counting_begins_only_from_the_marker_that_was_read(store: Store) -> None:
    assert not await store.begin({1: (None, 4), 0: (3, 4)}, ["a/0"])

    assert await store.counted() == {0: 0}


async def test_windows_wait_for_all_sources_when_counting_begins(store: Store) -> None:
    assert await store.begin({1: (None, 4), 0: (0, 4)}, ["t/0", "t/1"])

    assert await store.counted() == {0: 4, 1: 4}
    assert await store.watermark() == 0


async def test_nothing_is_closed_beyond_the_watermark(store: Store) -> None:
    await count(store, update(7, minute=100))
    (snapshot,) = await store.read([KEY])
    await store.expect(["t/0", "t/1"])
    await store.close([(snapshot, close(RULES, snapshot, 101, grace=10))], 101)

    assert await store.due(store.shard_of(KEY), 101, 9) == [KEY]


async def test_worker_that_was_overtaken_has_its_windows_emitted_again(store: Store) -> None:
    await count(store, update(7, minute=100))
    (old,) = await store.read([KEY])
    await count(store, update(8, minute=100))
    await close_key(store, 101)

    await store.close([(old, close(RULES, old, 101, grace=10))], 101)

    assert await store.due(store.shard_of(KEY), 101, 9) == [KEY]
    again = await close_key(store, 101)
    assert {one.documents for one in again.windows} == {2}
    assert await store.due(store.shard_of(KEY), 101, 9) == []


async def test_worker_that_was_overtaken_at_the_same_minute_is_noticed(store: Store) -> None:
    await count(store, update(7, minute=100))
    await close_key(store, 102)
    await count(store, update(8, minute=100))
    (old,) = await store.read([KEY])
    await count(store, update(9, minute=100))
    await close_key(store, 102)
    await count(store, update(10, minute=101))

    await store.close([(old, close(RULES, old, 102, grace=10))], 102)

    again = await close_key(store, 102)
    five = {w.end: w.documents for w in again.windows if w.size == "5m"}
    assert five[from_millis(101 * 60_000)] == 3


async def test_worker_that_was_overtaken_with_the_same_documents_changes_nothing(
    store: Store,
) -> None:
    await count(store, update(7, minute=100))
    (old,) = await store.read([KEY])
    await close_key(store, 102)

    await store.close([(old, close(RULES, old, 101, grace=10))], 101)

    assert await store.due(store.shard_of(KEY), 102, 9) == []
