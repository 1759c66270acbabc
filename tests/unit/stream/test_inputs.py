"""What is said of input partitions before, and while, they are read."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from stream.counting.store import SourceProgress
from stream.inputs import Inputs


class Edges:
    """Stands for Redis and for the log of scored records."""

    def __init__(self, progress: Mapping[str, SourceProgress] | None = None) -> None:
        self.known = progress or {}
        self.expired: dict[str, int] = {}
        self.ends: dict[str, int] = {}
        self.announced: list[list[str]] = []
        self.beats: list[tuple[dict[str, int], bool]] = []
        self.routes: dict[str, int] = {}

    async def announce(self, sources: Sequence[str], now: int) -> dict[str, int]:
        self.announced.append(list(sources))
        return self.expired

    async def progress(self, sources: Sequence[str]) -> dict[str, SourceProgress]:
        return {source: self.known.get(source, SourceProgress(0, -1)) for source in sources}

    async def route(self, sources: Sequence[str], partitions: int) -> dict[str, int]:
        return dict.fromkeys(sources, partitions - 1)

    def set_routes(self, routes: Mapping[str, int]) -> None:
        self.routes |= routes

    async def send_heartbeats(self, watermarks: Mapping[str, int], *, begin: bool = False) -> None:
        if watermarks:
            self.beats.append((dict(watermarks), begin))

    async def send_ends(self, expected: Mapping[str, int]) -> None:
        self.ends |= expected


def inputs(edges: Edges) -> Inputs:
    return Inputs(*(cast(Any, edges),) * 3, {"news": 2}, lambda: 8, lambda: 5.0)


async def test_all_partitions_of_all_inputs_are_announced() -> None:
    edges = Edges()

    await inputs(edges).announce()

    assert edges.announced == [["news/0", "news/1"]]


async def test_the_end_of_what_nobody_announces_any_more_goes_into_the_log() -> None:
    edges = Edges()
    edges.expired = {"gone/0": 4000}

    await inputs(edges).announce()

    assert edges.ends == {"gone/0": 4000}


async def test_a_partition_that_was_added_is_announced_from_then_on() -> None:
    edges = Edges()
    own = inputs(edges)

    await own.begin([("news", 2), ("scored", 7)])
    await own.announce()

    assert edges.announced == [["news/0", "news/1", "news/2"]] * 2


async def test_where_windows_are_goes_into_the_log_before_the_documents() -> None:
    edges = Edges({"news/0": SourceProgress(4000, 9), "news/1": SourceProgress(3000, -1, 3000)})

    await inputs(edges).begin([("news", 0), ("news", 1)])

    assert edges.beats == [({"news/1": 3000}, True), ({"news/0": 4000, "news/1": 3000}, False)]


async def test_what_is_read_and_what_ends_has_a_scored_partition() -> None:
    edges = Edges()
    edges.expired = {"gone/0": 4000}

    await inputs(edges).begin([("news", 1), ("scored", 7)])

    assert edges.routes == {"news/1": 7, "gone/0": 7}


async def test_nothing_is_said_of_what_was_never_counted() -> None:
    edges = Edges()

    await inputs(edges).begin([("news", 0)])

    assert edges.beats == []


async def test_quiet_partitions_are_complete_up_to_then() -> None:
    edges = Edges()

    await inputs(edges).beat([("news", 1)], 7000)

    assert edges.beats == [({"news/1": 7000}, False)]
