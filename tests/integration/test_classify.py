"""The classify pipeline against a real Redis and broker, with a model that can be made to fail."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

import orjson
import pytest

from bundle.classifier import Classifier, Prediction
from bundle.tokens import Tokens
from schemas import DeadLetterHeaders, Place, ScoredDocument, decode
from stream.counting.redis_client import connect
from stream.decoders import Formats
from stream.kafka import Producer, ensure_topics, read_to_end
from stream.records import RawRecord
from stream.scoring.duplicates import Duplicates
from stream.scoring.pipeline import ScoringPipeline
from stream.settings import Settings, load
from stream.watchlist.watchlist import Watchlist
from stream.watchlist.watchlist_file import parse
from tests.moulds import notice

WATCHLIST = b"entities: [{id: acme, names: [Acme]}]"


class Model(Classifier):
    """Fails on a text with the word `poison`, gives no distribution for `nonsense`."""

    texts = 0

    def predict(self, batch: Sequence[Tokens]) -> list[Prediction]:
        self.texts += len(batch)
        texts = [tokens.reading.text for tokens in batch]
        if any("poison" in text for text in texts):
            raise RuntimeError("the device is on fire")
        nan = float("nan")
        return [
            Prediction((nan, nan, nan), [], []) if "nonsense" in text else prediction
            for text, prediction in zip(texts, super().predict(batch), strict=True)
        ]


class Bench:
    """A running pipeline, and what it acknowledged."""

    def __init__(self, settings: Settings, model: Model, classify: ScoringPipeline) -> None:
        self.settings = settings
        self.model = model
        self.acknowledged: list[int] = []
        self._classify = classify

    async def send(self, *texts: str) -> None:
        """Put documents in and wait until all are acknowledged."""
        first = len(self.acknowledged)
        for offset, text in enumerate(texts, first):
            await self._classify.put(
                self._record(offset, text), self._acknowledge(offset), pytest.fail
            )
        async with asyncio.timeout(30):
            while len(self.acknowledged) < first + len(texts):  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.02)

    async def scored(self) -> dict[str, ScoredDocument]:
        found = read_to_end(self.settings, self.settings.topics.scored)
        documents = [decode(message.value, ScoredDocument) async for message in found]
        return {document.id: document for document in documents}

    async def dead(self) -> dict[bytes, DeadLetterHeaders]:
        found = read_to_end(self.settings, f"{self.settings.input_topics[0]}.dlq")
        return {m.value: DeadLetterHeaders.from_kafka(m.headers) async for m in found}

    def _record(self, offset: int, text: str) -> RawRecord:
        return RawRecord(
            topic=self.settings.input_topics[0],
            partition=0,
            offset=offset,
            timestamp=1_773_734_400_000,
            key=None,
            value=orjson.dumps({"id": f"d{offset}", "text": text}),
            headers=[],
        )

    def _acknowledge(self, offset: int) -> "Acknowledge":
        return Acknowledge(self.acknowledged, offset)


class Acknowledge:
    def __init__(self, to: list[int], offset: int) -> None:
        self._to, self._offset = to, offset

    def __call__(self) -> None:
        self._to.append(self._offset)


@pytest.fixture
async def bench(
    embedded_kafka: str, redis_url: str, bundle: Path, unique: str
) -> AsyncIterator[Bench]:
    settings = load(
        kafka_bootstrap=embedded_kafka,
        kafka_idempotence=False,
        redis_url=redis_url,
        namespace=unique,
        inputs=("news.raw.v1",),
    )
    await ensure_topics(settings)
    model = Model.load(bundle, 1)
    assert isinstance(model, Model)
    async with connect(settings) as redis, Producer(settings) as producer:
        classify = ScoringPipeline(
            settings,
            model,
            Watchlist(parse(WATCHLIST)),
            Duplicates(redis, unique, 3600, 1_000),
            producer,
            Formats(),
        )
        classify.set_routes({f"{settings.input_topics[0]}/{n}": n for n in range(4)})
        running = asyncio.create_task(classify.run())
        yield Bench(settings, model, classify)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_a_document_that_breaks_the_model_is_set_aside_alone(bench: Bench) -> None:
    await bench.send("Acme opens a plant", "poison in the feed", "Acme shuts a plant")

    (why,) = (await bench.dead()).values()
    assert (why.stage, why.error, why.offset) == ("classify", "the device is on fire", 1)
    assert set(await bench.scored()) == {"d0", "d2"}


async def test_what_is_no_distribution_is_not_taken_for_one(bench: Bench) -> None:
    await bench.send("Acme opens a plant", "some nonsense")

    (why,) = (await bench.dead()).values()
    assert "must sum to 1" in why.error
    assert set(await bench.scored()) == {"d0"}


async def test_only_a_copy_to_the_letter_takes_the_scores_of_its_first(bench: Bench) -> None:
    await bench.send("Acme opens a plant", "RT @wire: Acme opens a plant https://t.co/x1")
    await bench.send("ACME opens a plant!")

    found = await bench.scored()
    assert [found[f"d{n}"].novelty.first for n in range(3)] == [None, "d0", "d0"]
    assert [found[f"d{n}"].novelty.seen for n in range(3)] == [0, 1, 2]
    assert len({found[f"d{n}"].story for n in range(3)}) == 1
    assert found["d0"].sentiment == found["d1"].sentiment != found["d2"].sentiment
    assert bench.model.texts == 2


async def test_notices_of_one_mould_say_how_many_other_companies_it_was_told_of(
    bench: Bench,
) -> None:
    await bench.send(*(notice(3 * n) for n in range(4)))

    found = await bench.scored()
    moulds = [found[f"d{n}"].mould for n in range(4)]
    assert [one.seen if one else 0 for one in moulds] == [0, 1, 2, 3]
    assert {one.id for one in moulds if one} == {found["d0"].story}
    assert len({one.story for one in found.values()}) == 4


async def test_a_wire_story_is_one_whatever_tail_an_agency_puts_behind_it(bench: Bench) -> None:
    wire = "Acme halts its plant in Linz after a fire."
    tails = ("", " (Reporting by A Bolt; Editing by C Dorn)", " Read more: https://t.co/a", " - AP")
    await bench.send(*(wire + tail for tail in tails))

    assert len({one.story for one in (await bench.scored()).values()}) == 1


async def test_acknowledges_in_order(bench: Bench) -> None:
    await bench.send(*(f"Acme sells {n} plants and {'poison' * (n % 7 == 0)}" for n in range(600)))

    assert bench.acknowledged == list(range(600))


async def test_a_mention_stands_where_it_stood_and_spans_no_link(bench: Bench) -> None:
    await bench.send("Ac https://t.co/a me, but <b>Acme</b>&nbsp;falls")

    entities = (await bench.scored())["d0"].entities
    assert [(e.id, e.places) for e in entities if e.origin == "watchlist"] == [
        ("acme", [Place("text", 29, 33)])
    ]


async def test_the_watch_list_says_whom_a_document_is_about(bench: Bench) -> None:
    await bench.send("Shares of Acme rise")

    entities = (await bench.scored())["d0"].entities
    assert [(e.id, e.places) for e in entities if e.origin == "watchlist"] == [
        ("acme", [Place("text", 10, 14)])
    ]
