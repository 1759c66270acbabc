"""Where partitions are read from, with stand-ins for Kafka's group and for Redis."""

import logging
from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

import pytest
from aiokafka.structs import TopicPartition
from faust.types import TP

from stream.counting import start_offsets
from stream.counting.start_offsets import StartOffsets
from stream.counting.store import DataLost, Store
from stream.settings import load

NEWS, ZERO, ONE = TP("news.raw.v1", 0), TP("sentiment.scored.v1", 0), TP("sentiment.scored.v1", 1)
LOST = "Redis has lost counts"
GONE = "records that are not counted are no longer in the scored Kafka topic"


class Group:
    """Stands for Kafka's admin client and for Faust's consumer."""

    def __init__(self, committed: Mapping[TP, int], earliest: Mapping[TP, int]) -> None:
        self.offsets = dict(committed)
        self.here: set[TP] = {NEWS, ZERO, ONE}
        self.refusals = 0
        self.sought: dict[TP, int] = {}
        self._earliest = earliest

    async def __aenter__(self) -> "Group":
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def committed(
        self, _: str, partitions: Iterable[TopicPartition]
    ) -> dict[TopicPartition, int]:
        return {p: self.offsets[TP(*p)] for p in partitions if TP(*p) in self.offsets}

    async def earliest_offsets(self, *partitions: TP) -> dict[TP, int]:
        return {tp: self._earliest.get(tp, 0) for tp in partitions}

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        assert offsets
        if self.refusals:
            self.refusals -= 1
            return False
        self.offsets |= offsets
        return True

    async def seek_wait(self, offsets: Mapping[TP, int]) -> None:
        self.sought |= offsets

    def assignment(self) -> set[TP]:
        return self.here


class Markers:
    """Stands for the store."""

    def __init__(self, markers: Mapping[int, int]) -> None:
        self._markers = dict(markers)
        self.meanwhile: list[dict[int, int]] = []
        self.begun: dict[int, tuple[int | None, int]] = {}

    async def counted(self) -> dict[int, int]:
        return dict(self._markers)

    async def begin(self, moves: Mapping[int, tuple[int | None, int]]) -> bool:
        if self.meanwhile:
            self._markers = self.meanwhile.pop(0)
        if any(self._markers.get(partition) != read for partition, (read, _) in moves.items()):
            return False
        self.begun |= moves
        return True


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> Group:
    group = Group({NEWS: 40, ZERO: 9, ONE: 8}, {ONE: 2})
    monkeypatch.setattr(start_offsets, "Admin", lambda _: group)
    monkeypatch.setattr(start_offsets, "_POLL_SECONDS", 0)
    return group


async def offsets(group: Group, markers: Markers, assigned: Collection[TP]) -> dict[TP, int]:
    settled = StartOffsets(load(), "petrel", cast(Store, markers))
    return await settled.offsets(cast(Any, group), assigned)


async def test_where_nothing_is_lost_nothing_is_moved(group: Group) -> None:
    markers = Markers({0: 9, 1: 12})

    assert await offsets(group, markers, {NEWS, ZERO, ONE}) == {NEWS: 40, ZERO: 9, ONE: 8}
    assert group.sought == {}
    assert markers.begun == {}


async def test_what_redis_lost_is_read_again(
    group: Group, caplog: pytest.LogCaptureFixture
) -> None:
    markers = Markers({0: 4})

    with caplog.at_level(logging.WARNING):
        assert await offsets(group, markers, {NEWS, ZERO, ONE}) == {NEWS: 40, ZERO: 4, ONE: 2}

    assert group.offsets == {NEWS: 40, ZERO: 4, ONE: 2}
    assert group.sought == {ZERO: 4, ONE: 2}
    assert markers.begun == {0: (4, 4), 1: (None, 2)}
    told = {
        (record.message.partition(":")[0], vars(record)["fields"]["records"])
        for record in caplog.records
    }
    assert told == {(LOST, 5), (LOST, 6), (GONE, 2)}


async def test_a_group_that_takes_no_offsets_is_asked_again(group: Group) -> None:
    group.refusals = 3

    assert await offsets(group, Markers({}), {ZERO}) == {ZERO: 0}
    assert (group.offsets[ZERO], group.sought) == (0, {ZERO: 0})


async def test_a_partition_that_left_meanwhile_is_not_sought(group: Group) -> None:
    group.here = {ONE}

    await offsets(group, Markers({}), {ZERO, ONE})

    assert group.sought == {ONE: 2}


async def test_a_new_group_begins_with_the_first_record_there_is(group: Group) -> None:
    group.offsets, markers = {}, Markers({})

    assert await offsets(group, markers, {ZERO, ONE}) == {ZERO: 0, ONE: 2}
    assert group.sought == {}
    assert markers.begun == {0: (None, 0), 1: (None, 2)}


async def test_nobody_is_asked_about_nothing(group: Group) -> None:
    assert await offsets(group, Markers({}), set()) == {}


async def test_worker_that_is_overtaken_while_it_begins_settles_anew(group: Group) -> None:
    group.offsets, markers = {}, Markers({})
    markers.meanwhile = [{0: 0}]

    assert await offsets(group, markers, {ZERO, ONE}) == {ZERO: 0, ONE: 2}
    assert markers.begun == {1: (None, 2)}


async def test_what_is_lost_while_counting_begins_is_noticed(
    group: Group, caplog: pytest.LogCaptureFixture
) -> None:
    markers = Markers({0: 6})
    markers.meanwhile = [{}]

    with caplog.at_level(logging.WARNING):
        assert await offsets(group, markers, {ZERO}) == {ZERO: 0}

    assert group.sought == {ZERO: 0}
    assert [vars(record)["fields"]["records"] for record in caplog.records] == [3, 6]


async def test_markers_that_never_rest_are_a_loss(group: Group) -> None:
    markers = Markers({})
    markers.meanwhile = [{1: 1}, {}] * 5

    with pytest.raises(DataLost, match="markers changed 5 times"):
        await offsets(group, markers, {ONE})


async def test_partitions_that_all_left_are_not_committed(group: Group) -> None:
    group.here = set()

    await offsets(group, Markers({}), {ZERO})

    assert (group.offsets[ZERO], group.sought) == (9, {})
