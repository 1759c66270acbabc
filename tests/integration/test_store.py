"""Counts, fences, timers and the outbox against a real Redis."""

from collections.abc import AsyncIterator

import pytest

from schemas.alert import Evidence
from schemas.codec import encode
from schemas.times import from_millis
from stream.alerts import Rules
from stream.closing import Closing, close
from stream.settings import load
from stream.store import Progress, Store, Update, connect
from stream.windows import Bucket

KEY = "entity:acme"
RULES = Rules()


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Store]:
    async with connect(load(redis_url=redis_url)) as redis:
        yield Store(redis, "test", 4)


def update(
    offset: int, minute: int = 100, *, negative: bool = False, source: str = "t/0"
) -> Update:
    evidence = Evidence(
        id=f"d{offset}", text="Acme falls", negative=0.9, published_at=from_millis(0), source="s"
    )
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
        unit=f"u{offset}" if negative else False,
        telling=(0.9, f"d{offset}", encode(evidence).decode()) if negative else False,
    )


async def counted(store: Store) -> dict[int, Bucket]:
    (snapshot,) = await store.read([KEY])
    return dict(snapshot.buckets)


async def test_a_document_is_counted_once_however_often_it_comes(store: Store) -> None:
    await store.apply({KEY: [update(7), update(8)]})
    await store.apply({KEY: [update(7), update(8), update(9)]})

    assert await counted(store) == {100: Bucket(documents=3)}


async def test_each_source_has_a_fence_of_its_own(store: Store) -> None:
    await store.apply({KEY: [update(7, source="t/0"), update(3, source="t/1")]})

    assert await counted(store) == {100: Bucket(documents=2)}


async def test_says_how_many_counts_were_new(store: Store) -> None:
    assert await store.apply({KEY: [update(7)], "all:all": [update(7)]}) == 2
    assert await store.apply({KEY: [update(7)], "all:all": [update(7), update(8)]}) == 1


async def test_what_is_read_is_what_was_written(store: Store) -> None:
    await store.apply({KEY: [update(7, negative=True), update(8, 101)]})

    (snapshot,) = await store.read([KEY])

    assert snapshot.buckets == {
        100: Bucket(documents=1, negative=1, sentiment=-90),
        101: Bucket(documents=1),
    }
    assert dict(snapshot.units) == {100: ["u7"]}
    assert [one.id for one in snapshot.telling[100]] == ["d7"]
    assert snapshot.closed is None


async def test_a_key_is_due_when_its_minute_ends(store: Store) -> None:
    await store.apply({KEY: [update(7, minute=100)]})
    shard = store.shard_of(KEY)

    assert await store.due(shard, 100, 9) == []
    assert await store.due(shard, 101, 9) == [KEY]


async def close_key(store: Store, until: int) -> Closing:
    (snapshot,) = await store.read([KEY])
    closing = close(RULES, snapshot, until, grace=10)
    await store.close([(snapshot, closing)], until)
    return closing


async def test_a_closed_key_waits_for_its_next_change(store: Store) -> None:
    await store.apply({KEY: [update(7, minute=100)]})
    await close_key(store, 101)

    assert await store.due(store.shard_of(KEY), 105, 9) == []
    assert await store.due(store.shard_of(KEY), 106, 9) == [KEY]


async def test_closing_twice_writes_once(store: Store) -> None:
    await store.apply({KEY: [update(n, minute=100, negative=True) for n in range(30)]})
    (snapshot,) = await store.read([KEY])
    closing = close(Rules(history=0), snapshot, 101, grace=10)

    await store.close([(snapshot, closing)], 101)
    await store.close([(snapshot, closing)], 101)

    assert len(closing.alerts) == 1
    assert await store.outbox(store.shard_of(KEY)) == [encode(closing.alerts[0])]


async def test_documents_that_come_while_a_key_is_closed_are_not_lost(store: Store) -> None:
    await store.apply({KEY: [update(7, minute=100)]})
    (snapshot,) = await store.read([KEY])
    closing = close(RULES, snapshot, 101, grace=10)
    await store.apply({KEY: [update(8, minute=102)]})
    await store.close([(snapshot, closing)], 101)

    assert await store.due(store.shard_of(KEY), 103, 9) == [KEY]


async def test_a_late_document_emits_its_windows_again(store: Store) -> None:
    await store.apply({KEY: [update(7, minute=100), update(8, minute=103)]})
    await close_key(store, 104)
    await store.apply({KEY: [update(9, minute=100)]})

    again = await close_key(store, 104)

    ends = {(int(w.end.timestamp()) // 60, w.size, w.documents) for w in again.windows}
    assert {(101, "5m", 2), (104, "5m", 3), (104, "24h", 3)} <= ends


async def test_what_was_sent_leaves_the_outbox(store: Store) -> None:
    await store.apply({KEY: [update(n, minute=100, negative=True) for n in range(30)]})
    (snapshot,) = await store.read([KEY])
    await store.close([(snapshot, close(Rules(history=0), snapshot, 101, 10))], 101)
    shard = store.shard_of(KEY)
    assert await store.pending(101) == 1

    await store.sent(shard, 1)

    assert await store.outbox(shard) == []
    assert await store.pending(101) == 0


async def test_the_watermark_is_that_of_the_slowest_source(store: Store) -> None:
    await store.expect(["t/0", "t/1"])
    await store.advance({"t/0": Progress(5000, 3)})
    assert await store.watermark() == 0

    await store.advance({"t/1": Progress(4000, 9)})
    assert await store.watermark() == 4000


async def test_progress_never_goes_back(store: Store) -> None:
    await store.advance({"t/0": Progress(5000, 3)})
    await store.advance({"t/0": Progress(4000, 2)})

    assert await store.progress(["t/0", "t/9"]) == {
        "t/0": Progress(5000, 3),
        "t/9": Progress(0, -1),
    }


async def test_a_source_nobody_reads_any_more_holds_nothing_up(store: Store) -> None:
    await store.expect(["gone/0", "t/0"])
    await store.expect(["t/0"])
    await store.advance({"t/0": Progress(4000, 9)})

    assert await store.watermark() == 4000


async def test_late_document_that_comes_while_its_minute_is_closed_is_emitted(store: Store) -> None:
    await store.apply({KEY: [update(7, minute=100)]})
    (snapshot,) = await store.read([KEY])
    closing = close(RULES, snapshot, 110, grace=10)
    await store.apply({KEY: [update(8, minute=105)]})
    await store.close([(snapshot, closing)], 110)

    again = await close_key(store, 111)

    ends = {(one.end, one.size) for one in again.windows}
    assert (from_millis(106 * 60_000), "5m") in ends
