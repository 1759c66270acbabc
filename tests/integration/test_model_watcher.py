"""A running worker goes from one model to the next: nothing lost, nothing scored by both."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import orjson
import pytest

from bundle.classifier import Classifier
from bundle.registry import Registry
from schemas import ScoredDocument, decode
from stream.kafka import Producer, ensure_topics, read_to_end
from stream.records import Outgoing
from stream.settings import Settings, environment, load
from stream.supervisor import Supervisor
from tests import tiny

_MOST = 6_000
_AFTER = 60
_PACE_SECONDS = 0.05
_BATCH = 10


@pytest.fixture
def models(tmp_path: Path) -> Registry:
    """A model directory with the bundles `one`, which is active, and `two`."""
    models = Registry(tmp_path / "models")
    one, _ = (models.add(bundle) for bundle in tiny.write_two_bundles(tmp_path))
    models.activate(one.version)
    return models


@pytest.fixture
def settings(embedded_kafka: str, redis_url: str, models: Registry, unique: str) -> Settings:
    return load(
        kafka_bootstrap=embedded_kafka,
        kafka_idempotence=False,
        redis_url=redis_url,
        namespace=unique,
        model=models.folder,
        inputs=("news.raw.v1",),
        partitions=2,
        threads=1,
        log_format="text",
    )


class Feed:
    """Documents without end; `texts` is what was sent.

    Every fifth is a copy of one from the first half, which after a switch another model scored.
    """

    def __init__(self, settings: Settings, producer: Producer) -> None:
        self.texts: dict[str, str] = {}
        self._topic = settings.input_topics[0]
        self._producer = producer

    async def send(self) -> None:
        """Send the next few, at the pace of a lively stream."""
        await self._producer.send_all([self._next() for _ in range(_BATCH)])
        await asyncio.sleep(_PACE_SECONDS)

    def _next(self) -> Outgoing:
        number = len(self.texts)
        named = number // 10 * 5 if number % 5 == 4 else number
        text = f"acme rises {named} falls"
        self.texts[f"d{number}"] = text
        value = orjson.dumps({"id": f"d{number}", "text": text})
        return Outgoing(self._topic, None, value, number % 2)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "workers.log"


@pytest.fixture
def workers(settings: Settings, log: Path) -> Iterator[Supervisor]:
    asyncio.run(ensure_topics(settings))
    with Supervisor(1, environment(settings), log) as workers:
        yield workers


async def scored(settings: Settings) -> dict[int, list[ScoredDocument]]:
    """The scored documents of each partition, in order."""
    found: dict[int, list[ScoredDocument]] = defaultdict(list)
    async for message in read_to_end(settings, settings.topics.scored):
        if message.value is not None:
            found[message.partition].append(decode(message.value, ScoredDocument))
    return found


async def fed_through_a_switch(settings: Settings, models: Registry, log: Path) -> dict[str, str]:
    """Feed while `two` takes over, and wait until all is scored."""
    second = next(one.version for one in models.versions() if one.name == "two")
    async with Producer(settings) as producer:
        feed = Feed(settings, producer)
        while not await scored(settings):
            await feed.send()
        models.activate(second)
        while not switched(log) and len(feed.texts) < _MOST:
            await feed.send()
        for _ in range(_AFTER // _BATCH):
            await feed.send()
    while sum(map(len, (await scored(settings)).values())) < len(feed.texts):  # noqa: ASYNC110
        await asyncio.sleep(0.2)
    return feed.texts


def switched(log: Path) -> bool:
    return " replaces " in log.read_text()


# A worker starts, and looks for a new model only every few seconds.
@pytest.mark.timeout(120)
def test_every_document_is_scored_once_by_the_model_it_names(
    settings: Settings, models: Registry, workers: Supervisor, log: Path
) -> None:
    loaded = [Classifier.load(models.folder / one.version, 1) for one in models.versions()]
    by_version = {classifier.version: classifier for classifier in loaded}

    texts = asyncio.run(fed_through_a_switch(settings, models, log))
    partitions = asyncio.run(scored(settings))

    records = [record for records in partitions.values() for record in records]
    assert Counter(record.id for record in records) == Counter([*texts])
    assert workers.failures == 0
    for found in partitions.values():
        assert [name for name, _ in changes(found)] == ["one", "two"]
    for version, classifier in by_version.items():
        own = [record for record in records if record.model.version == version]
        assert {record.model.name for record in own} == {classifier.name}
        for record, said in zip(own, classifier([texts[one.id] for one in own]), strict=True):
            assert record.sentiment.negative == pytest.approx(said.sentiment[0], abs=1e-4)
    assert any(record.novelty.first for record in records if record.model.name == "two")


def changes(records: list[ScoredDocument]) -> list[tuple[str, str]]:
    """The first model of a partition, and each that came after another."""
    models = [(record.model.name, record.model.version) for record in records]
    return models[:1] + [after for before, after in pairwise(models) if before != after]


def test_the_two_models_disagree_on_every_text(tmp_path: Path) -> None:
    one, two = (Classifier.load(folder, 1) for folder in tiny.write_two_bundles(tmp_path))
    texts = [f"acme rises {number} falls" for number in range(200)]

    pairs = zip(one(texts), two(texts), strict=True)
    assert min(abs(a.sentiment[0] - b.sentiment[0]) for a, b in pairs) > 1e-3
