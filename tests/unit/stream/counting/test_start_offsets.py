"""Where partitions are read from, with stand-ins for Kafka's group and for Redis."""

import logging
from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

import pytest
from aiokafka.structs import TopicPartition
from faust.types import TP

from stream.counting import start_offsets
from stream.counting.start_offsets import StartOffsets
from stream.counting.store import Store
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
        self.begun: dict[int, int] = {}

    async def counted(self) -> dict[int, int]:
        return dict(self._markers)

    async def begin(self, offsets: Mapping[int, int]) -> None:
        self.begun |= offsets


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
    assert markers.begun == {1: 2}
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
    assert markers.begun == {0: 0, 1: 2}


async def test_nobody_is_asked_about_nothing(group: Group) -> None:
    assert await offsets(group, Markers({}), set()) == {}


async def test_partitions_that_all_left_are_not_committed(group: Group) -> None:
    group.here = set()

    await offsets(group, Markers({}), {ZERO})

    assert (group.offsets[ZERO], group.sought) == (9, {})
