"""Which stretch of the scored Kafka topic a batch is; partitions that move while it is counted."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

import msgspec
import pytest
from msgspec.structs import replace

from schemas import encode
from stream import heartbeat
from stream.counting import window_counter
from stream.counting.store import BatchUpdate, SourceProgress, Store
from stream.counting.updates import Update, keys_of
from stream.counting.window_counter import QUEUE_CAPACITY, WindowCounter, counting_rules
from stream.kafka import Producer
from stream.records import RawRecord
from stream.settings import load
from stream.windows.key_cap import KeyLimits
from tests.records import SCORED

RULES = counting_rules(load(kinds=("entity", "topic", "source", "all")))


class Outcome:
    """Stands for the store."""

    def __init__(self) -> None:
        self.offsets: list[Mapping[int, tuple[int, int]]] = []
        self.ended: list[Mapping[str, int]] = []
        self.positions: Mapping[int, int] = {}
        self.markers: dict[int, int] = {}
        self.beyond: set[str] = set()
        self.updates: list[Mapping[str, Sequence[Update]]] = []

    async def counted(self) -> dict[int, int]:
        return self.markers

    async def refused(self, firsts: Mapping[str, int], _: KeyLimits) -> set[str]:
        return self.beyond & firsts.keys()

    def shard_of(self, key: str) -> int:
        return 0 if key.startswith("all") else 1

    async def progress_of(
        self, partition: int, sources: Sequence[str]
    ) -> dict[str, SourceProgress]:
        return dict.fromkeys(sources, SourceProgress(0, -1))

    async def apply(self, batch: BatchUpdate) -> int:
        self.offsets.append(batch.offsets)
        self.updates.append(batch.updates)
        self.ended.append(batch.ended)
        return 0

    async def check(self, positions: Mapping[int, int]) -> None:
        self.positions = positions


@pytest.fixture
def outcome() -> Outcome:
    return Outcome()


@pytest.fixture
def aggregate(outcome: Outcome) -> WindowCounter:
    aggregate = WindowCounter(cast(Store, outcome), cast(Producer, None), RULES)
    aggregate.begin({0: 5, 1: 7})
    return aggregate


def records(*offsets: int, partition: int = 0) -> list[RawRecord]:
    return [
        RawRecord(
            topic="scored",
            partition=partition,
            offset=offset,
            timestamp=0,
            key=b"t/0",
            value=None,
            headers=heartbeat.headers(0),
        )
        for offset in offsets
    ]


async def test_a_batch_goes_on_where_the_last_one_ended(
    aggregate: WindowCounter, outcome: Outcome
) -> None:
    await aggregate.apply(records(5, 6) + records(7, partition=1))
    await aggregate.apply(records(7, 8))
    await aggregate.check()

    assert outcome.offsets == [{0: (5, 7), 1: (7, 8)}, {0: (7, 9)}]
    assert outcome.positions == {0: 9, 1: 8}


async def test_source_ends_when_its_last_heartbeat_is_counted(
    aggregate: WindowCounter, outcome: Outcome
) -> None:
    beat, last = records(5, 6)
    await aggregate.apply([beat])
    await aggregate.apply([replace(last, headers=heartbeat.end_headers(9))])

    assert outcome.ended == [{}, {"t/0": 9}]


async def test_what_is_read_once_more_moves_nothing_back(
    aggregate: WindowCounter, outcome: Outcome
) -> None:
    await aggregate.apply(records(5, 6, 7))
    await aggregate.apply(records(5, 6, 7, 8))
    await aggregate.apply(records(6))

    assert outcome.offsets == [{0: (5, 8)}, {0: (8, 9)}, {0: (9, 9)}]


@pytest.mark.parametrize(
    ("offsets", "skipped"), [((5, 6), []), ((8, 9), [3]), ((5, 7, 9), [1, 1]), ((5, 5, 6), [])]
)
async def test_records_that_kafka_skips_are_logged(
    aggregate: WindowCounter,
    outcome: Outcome,
    caplog: pytest.LogCaptureFixture,
    offsets: tuple[int, ...],
    skipped: list[int],
) -> None:
    with caplog.at_level(logging.WARNING):
        await aggregate.apply(records(*offsets))

    assert [getattr(record, "fields", {})["records"] for record in caplog.records] == skipped
    assert outcome.offsets == [{0: (5, max(offsets) + 1)}]


@pytest.mark.parametrize(
    ("marker", "begin", "skipped"), [(4, 5, [3]), (6, 6, [2]), (8, 8, []), (11, 8, [])]
)
async def test_what_another_counted_before_the_first_record_was_not_skipped(
    aggregate: WindowCounter,
    outcome: Outcome,
    caplog: pytest.LogCaptureFixture,
    marker: int,
    begin: int,
    skipped: list[int],
) -> None:
    outcome.markers = {0: marker}

    with caplog.at_level(logging.WARNING):
        await aggregate.apply(records(8, 9))

    assert [getattr(record, "fields", {})["records"] for record in caplog.records] == skipped
    assert outcome.offsets == [{0: (begin, 10)}]


async def test_partitions_that_went_away_are_not_missed(
    aggregate: WindowCounter, outcome: Outcome
) -> None:
    await aggregate.apply(records(5))
    aggregate.begin({1: 7})
    await aggregate.check()

    assert outcome.positions == {1: 7}


class Rebalanced(Outcome):
    """A store in which every access lasts so long that partitions move meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.aggregate: WindowCounter
        self.known: dict[str, SourceProgress] = {}

    async def progress_of(
        self, partition: int, sources: Sequence[str]
    ) -> dict[str, SourceProgress]:
        found = {source: self.known.get(source, SourceProgress(0, -1)) for source in sources}
        self.aggregate.begin({1: 7})
        return found

    async def apply(self, batch: BatchUpdate) -> int:
        self.known |= batch.progress
        self.aggregate.begin({1: 7})
        return await super().apply(batch)


def scored(offset: int) -> RawRecord:
    origin = msgspec.structs.replace(SCORED.origin, offset=offset)
    value = encode(msgspec.structs.replace(SCORED, origin=origin))
    return msgspec.structs.replace(records(offset)[0], value=value, headers=[])


async def test_partitions_may_move_while_a_batch_is_counted() -> None:
    store = Rebalanced()
    store.aggregate = WindowCounter(cast(Store, store), cast(Producer, None), RULES)
    store.aggregate.begin({0: 0})

    await store.aggregate.apply([scored(0), scored(1)])
    await store.aggregate.check()

    assert [progress.offset for progress in store.known.values()] == [1]
    assert store.offsets == [{0: (0, 2)}]
    assert store.positions == {1: 7}


async def test_a_batch_is_cut_where_a_shard_would_count_too_much(
    aggregate: WindowCounter, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        window_counter, "MAX_SHARD_UPDATES", 2 * len({*keys_of(SCORED, RULES.kinds)})
    )

    await aggregate.apply([*map(scored, range(5, 10)), *records(10)])

    assert outcome.offsets == [{0: (5, 7)}, {0: (7, 9)}, {0: (9, 11)}]


async def test_a_document_that_is_too_much_for_a_shard_is_counted_alone(
    aggregate: WindowCounter, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_counter, "MAX_SHARD_UPDATES", 1)

    await aggregate.apply([*records(5), scored(6), scored(7)])

    assert outcome.offsets == [{0: (5, 6)}, {0: (6, 7)}, {0: (7, 8)}]


async def test_what_is_beyond_the_cap_counts_for_the_others_of_its_kind(
    aggregate: WindowCounter, outcome: Outcome
) -> None:
    outcome.beyond = {f"source:{SCORED.source}"}

    await aggregate.apply([scored(5), scored(6)])

    keys = outcome.updates[0]
    assert f"source:{SCORED.source}" not in keys
    assert [one.offset for one in keys["source:~other"]] == [5, 6]


class Fate:
    """What became of records: their offsets."""

    def __init__(self) -> None:
        self.counted: list[int] = []
        self.release: list[int] = []

    async def put(self, aggregate: WindowCounter, *records: RawRecord) -> None:
        for one in records:
            counted, release = (
                partial(to.append, one.offset) for to in (self.counted, self.release)
            )
            await aggregate.put(one, counted, release)

    async def settled(self, aggregate: WindowCounter, count: int) -> None:
        running = asyncio.ensure_future(aggregate.run())
        async with asyncio.timeout(5):
            while len(self.counted) + len(self.release) < count:  # noqa: ASYNC110
                await asyncio.sleep(0)
        running.cancel()


async def test_what_came_before_partitions_moved_is_move_to_past(
    aggregate: WindowCounter, outcome: Outcome, caplog: pytest.LogCaptureFixture
) -> None:
    fate = Fate()
    await fate.put(aggregate, *records(5, 6))
    aggregate.begin({})
    await fate.put(aggregate, *records(7))
    aggregate.begin({0: 2})
    await fate.put(aggregate, *records(2, 3))

    with caplog.at_level(logging.WARNING):
        await fate.settled(aggregate, 5)

    assert outcome.offsets == [{0: (2, 4)}]
    assert (fate.counted, fate.release) == ([2, 3], [5, 6, 7])
    assert caplog.records == []


async def test_nothing_is_acknowledged_once_partitions_moved() -> None:
    store, fate = Rebalanced(), Fate()
    store.aggregate = WindowCounter(cast(Store, store), cast(Producer, None), RULES)
    store.aggregate.begin({0: 0})

    await fate.put(store.aggregate, scored(0), scored(1))
    await fate.settled(store.aggregate, 2)

    assert (fate.counted, fate.release) == ([], [0, 1])


async def test_record_that_waited_for_room_belongs_to_when_it_came(
    aggregate: WindowCounter, outcome: Outcome
) -> None:
    fate = Fate()
    await fate.put(aggregate, *records(*range(5, 5 + QUEUE_CAPACITY)))
    waiting = asyncio.ensure_future(fate.put(aggregate, *records(5 + QUEUE_CAPACITY)))
    await asyncio.sleep(0)
    aggregate.begin({0: 5})

    await fate.settled(aggregate, QUEUE_CAPACITY + 1)

    assert waiting.done()
    assert outcome.offsets == []
    assert fate.counted == []
