"""A running worker goes from one model to the next: nothing lost, nothing scored by both."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from bundle.classifier import Classifier
from bundle.registry import Registry
from schemas import ScoredDocument
from stream.kafka import Producer, ensure_topics
from stream.settings import Settings, environment, load
from stream.supervisor import Supervisor
from tests import tiny
from tests.live_feed import BATCH, Feed, scored

_MAX_TEXTS = 6_000
_AFTER = 60


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


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "workers.log"


@pytest.fixture
def workers(settings: Settings, log: Path) -> Iterator[Supervisor]:
    asyncio.run(ensure_topics(settings))
    with Supervisor(1, environment(settings), log) as workers:
        yield workers


async def fed_through_a_switch(settings: Settings, models: Registry, log: Path) -> dict[str, str]:
    """Feed while `two` takes over, and wait until all is scored."""
    second = next(one.version for one in models.versions() if one.name == "two")
    async with Producer(settings) as producer:
        feed = Feed(settings, producer)
        while not await scored(settings):
            await feed.send()
        models.activate(second)
        while not switched(log) and len(feed.texts) < _MAX_TEXTS:
            await feed.send()
        for _ in range(_AFTER // BATCH):
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
