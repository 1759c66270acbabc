"""Workers come and go in order, on a lively stream: nothing is lost, and nothing scored twice."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from schemas import ScoredDocument
from stream.kafka import Producer, ensure_topics
from stream.settings import Settings, environment, load
from stream.supervisor import Supervisor
from tests.live_feed import Feed, scored

# Each of two workers loads torch before it joins the group.
pytestmark = pytest.mark.timeout(150)


@pytest.fixture
def settings(kafka: str, worker: dict[str, object]) -> Settings:
    return load(**worker | {"inputs": ("news.raw.v1",), "partitions": 2}, kafka_bootstrap=kafka)


@pytest.fixture
def workers() -> Iterator[ExitStack]:
    with ExitStack() as workers:
        yield workers


def test_a_worker_that_joins_or_stops_has_nothing_scored_twice(
    settings: Settings, workers: ExitStack, tmp_path: Path
) -> None:
    def start(name: str) -> tuple[Supervisor, Path]:
        log = tmp_path / f"{name}.log"
        return workers.enter_context(Supervisor(1, environment(settings), log)), log

    async def run() -> dict[str, str]:
        await ensure_topics(settings)
        async with Producer(settings) as producer:
            feed = Feed(settings, producer)
            first, _ = start("first")
            while not await scored(settings):
                await feed.send()
            _, log = start("second")
            while "partitions assigned" not in log.read_text():
                await feed.send()
            stopped = asyncio.create_task(asyncio.to_thread(first.stop))
            while not stopped.done():
                await feed.send()
        while not feed.texts.keys() <= ids(await scored(settings)).keys():  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        return feed.texts

    texts = asyncio.run(run())

    assert ids(asyncio.run(scored(settings))) == Counter([*texts])


def ids(scored: Mapping[int, list[ScoredDocument]]) -> Counter[str]:
    """How often each document was scored."""
    return Counter(record.id for records in scored.values() for record in records)
