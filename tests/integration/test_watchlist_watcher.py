"""A running worker goes from one watch list to the next, and over a broken one in between."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import orjson
import pytest

from schemas import ScoredDocument, decode
from stream.kafka import Producer, ensure_topics, read_to_end
from stream.records import Outgoing
from stream.settings import Settings, environment, load
from stream.supervisor import Supervisor
from stream.watchlist.watchlist import version_of

_MAX_TEXTS = 6_000
_BATCH = 10
_PACE_SECONDS = 0.05

FIRST = b"entities: [{id: acme, names: [Acme]}]"
SECOND = b"entities: [{id: bolt, names: [Bolt]}]"
BROKEN = b"entities: [{id: acme, names: []}]"


@pytest.fixture
def watchlist(tmp_path: Path) -> Path:
    path = tmp_path / "watchlist.yaml"
    path.write_bytes(FIRST)
    return path


@pytest.fixture
def settings(
    embedded_kafka: str, redis_url: str, bundle: Path, watchlist: Path, unique: str
) -> Settings:
    return load(
        kafka_bootstrap=embedded_kafka,
        kafka_idempotence=False,
        redis_url=redis_url,
        namespace=unique,
        model=bundle,
        watchlist=watchlist,
        inputs=("news.raw.v1",),
        partitions=1,
        threads=1,
        log_format="text",
    )


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "workers.log"


@pytest.fixture
def workers(settings: Settings, log: Path) -> Iterator[Supervisor]:
    asyncio.run(ensure_topics(settings))
    with Supervisor(1, environment(settings), log) as workers:
        yield workers


async def scored(settings: Settings) -> list[ScoredDocument]:
    messages = read_to_end(settings, settings.topics.scored)
    return [decode(one.value, ScoredDocument) async for one in messages if one.value is not None]


async def fed_through_changes(settings: Settings, watchlist: Path, log: Path) -> int:
    """Feed while the file breaks and changes, wait until all is scored, and say how much it was."""
    sent = 0
    async with Producer(settings) as producer:

        async def send() -> None:
            nonlocal sent
            texts = [f"Acme and Bolt sell {sent + n} plants" for n in range(_BATCH)]
            values = [orjson.dumps({"id": text, "text": text}) for text in texts]
            await producer.send_all(
                [Outgoing(settings.input_topics[0], None, value, 0) for value in values]
            )
            sent += _BATCH
            await asyncio.sleep(_PACE_SECONDS)

        while not await scored(settings):
            await send()
        for content, said in ((BROKEN, "reload failed"), (SECOND, " replaces ")):
            await asyncio.to_thread(watchlist.write_bytes, content)
            while not told(log, said) and sent < _MAX_TEXTS:
                await send()
            await send()
    while len(await scored(settings)) < sent:  # noqa: ASYNC110
        await asyncio.sleep(0.2)
    return sent


def told(log: Path, what: str) -> bool:
    return what in log.read_text()


# A worker starts, and looks for a changed file only every few seconds.
@pytest.mark.timeout(120)
def test_every_document_says_which_list_it_was_read_with(
    settings: Settings, watchlist: Path, workers: Supervisor, log: Path
) -> None:
    sent = asyncio.run(fed_through_changes(settings, watchlist, log))
    records = asyncio.run(scored(settings))

    assert len(records) == sent
    assert workers.failures == 0
    assert [version for version, _ in groupby(one.watchlist for one in records)] == [
        version_of(FIRST),
        version_of(SECOND),
    ]
    watched = defaultdict(set)
    for record in records:
        found = [one.id for one in record.entities if one.origin == "watchlist"]
        watched[record.watchlist].add(tuple(found))
    assert watched == {version_of(FIRST): {("acme",)}, version_of(SECOND): {("bolt",)}}
    said = log.read_text()
    assert f"watchlist={version_of(FIRST)} companies=1" in said
    assert said.count("reload failed") == 1
