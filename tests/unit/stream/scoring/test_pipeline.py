"""Batches keep the model that was in force when they were taken, whatever is switched meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from threading import Event
from typing import Any, cast

import msgspec
import orjson
import pytest

from bundle.classifier import Classifier, Prediction
from bundle.text import clean, read
from bundle.tokens import Reading, Tokens
from schemas import Document, Origin, ScoredDocument, decode
from schemas.deadletter import Headers
from schemas.scored import Model
from stream import heartbeat
from stream.decoders import Formats
from stream.records import Outgoing, RawRecord
from stream.scoring import predictor as predictor_module
from stream.scoring.copied_scores import CopiedScores, key_of
from stream.scoring.duplicates import Copy, DuplicateQuery, First, Remembered, sketch
from stream.scoring.model_trial import BrokenModel
from stream.scoring.parsing import ParsedDocument
from stream.scoring.pipeline import ScoringPipeline
from stream.scoring.predictor import Predictor
from stream.scoring.reading import read_content
from stream.scoring.stages import ClassifiedDocument, MatchedDocument, Rejected, TokenisedDocument
from stream.settings import load
from stream.watchlist.watchlist import Watchlist

NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)
STORY = bytes(8)
OLD, NEW = Model("desk", "00000000000a"), Model("desk", "00000000000b")


class Double:
    """A classifier that says which texts it scored, and may be told to wait."""

    def __init__(self, model: Model) -> None:
        self.name, self.version = model.name, model.version
        self.scored: list[str] = []
        self.sizes: list[int] = []
        self.waits: Callable[[], bool] = lambda: True
        self.fails: Callable[[int], bool] = lambda _: False
        self.began = Event()
        self.may_end = Event()
        self.may_end.set()

    def tokenize(self, readings: Sequence[Reading]) -> list[Tokens]:
        return [Tokens([1], read(f"{self.version} {one.text}"), []) for one in readings]

    def predict(self, batch: Sequence[Tokens]) -> list[Prediction]:
        self.sizes.append(len(batch))
        self.began.set()
        assert not self.waits() or self.may_end.wait(30)
        assert all(tokens.reading.text.startswith(self.version) for tokens in batch)
        if self.fails(len(self.sizes)) or any("poison" in tokens.reading.text for tokens in batch):
            raise RuntimeError("the device is lost")
        self.scored += [tokens.reading.text.split()[1] for tokens in batch]
        return [Prediction((0.2, 0.5, 0.3), [], []) for _ in batch]


class NoDuplicates:
    """Every text is the first of its kind."""

    async def look_up(self, documents: Sequence[DuplicateQuery]) -> list[First]:
        return [First(None)] * len(documents)

    async def remember(self, scores: Sequence[Remembered]) -> None:
        pass

    async def forget(self, ids: Sequence[str]) -> int:
        return len(ids)


class Uncancellable(NoDuplicates):
    """Answers once, then never, and swallows a cancellation as the client of Redis can."""

    def __init__(self) -> None:
        self.asked = 0
        self.stuck = asyncio.Event()

    async def look_up(self, documents: Sequence[DuplicateQuery]) -> list[First]:
        self.asked += 1
        if self.asked > 1:
            self.stuck.set()
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            await asyncio.Event().wait()
        return await super().look_up(documents)


class Out:
    """Stands for the producer: all it was given, and the scored documents among that."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []

    @property
    def documents(self) -> list[ScoredDocument]:
        return [decode(one.value, ScoredDocument) for one in self.sent if one.value]

    async def send_all(self, records: Iterable[Outgoing]) -> None:
        self.sent += records


class Bench:
    """A running pipeline that scores with `old` until it is switched to `new`."""

    def __init__(
        self,
        namespace: str = "",
        duplicates: NoDuplicates | None = None,
        formats: Formats | None = None,
        **overrides: object,
    ) -> None:
        self.old, self.new, self.out = Double(OLD), Double(NEW), Out()
        self.acknowledged: list[str] = []
        self.released: list[str] = []
        self.pipeline = ScoringPipeline(
            load(namespace=namespace, **overrides),
            cast(Classifier, self.old),
            Watchlist.empty(),
            cast(Any, duplicates or NoDuplicates()),
            cast(Any, self.out),
            formats or Formats(),
        )
        self.pipeline.set_routes({"news.raw.v1/0": 0})

    async def send(self, name: str) -> None:
        await self.put(name, orjson.dumps({"id": name, "text": name}))

    async def put(self, name: str, value: bytes | None, headers: Headers = ()) -> None:
        record = RawRecord(
            topic="news.raw.v1",
            partition=0,
            offset=ord(name),
            timestamp=1_773_734_400_000,
            key=None,
            value=value,
            headers=headers,
        )
        await self.pipeline.put(
            record,
            lambda: self.acknowledged.append(name),
            lambda: self.released.append(name),
        )

    def switch(self) -> None:
        self.pipeline.switch(cast(Classifier, self.new))

    async def until(self, names: str) -> None:
        async with asyncio.timeout(30):
            while "".join(self.acknowledged) != names:  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.01)

    def models(self) -> dict[str, Model]:
        return {document.id: document.model for document in self.out.documents}


@asynccontextmanager
async def running(bench: Bench) -> AsyncIterator[Bench]:
    work = asyncio.create_task(bench.pipeline.run())
    yield bench
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with running(Bench()) as bench:
        yield bench


async def test_heartbeat_on_an_input_is_believed_in_a_replay() -> None:
    async with running(Bench(namespace="replay-1")) as bench:
        await bench.put("a", None, heartbeat.headers(5))
        await bench.until("a")

    assert [heartbeat.watermark(one.value, one.headers or ()) for one in bench.out.sent] == [5]


async def test_deletion_is_acknowledged_and_told(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await bench.put("a", None)
    await bench.put("b", b'{"op": "d", "before": {"id": "b"}}')
    await bench.send("c")
    await bench.until("abc")

    assert [document.id for document in bench.out.documents] == ["c"]
    assert len(bench.out.sent) == 1
    told = [record.fields for record in caplog.records if hasattr(record, "fields")]
    assert told == [{"records": 2, "forgotten": 1, "kafka_topics": {"news.raw.v1": 2}}]


async def test_a_document_that_comes_again_behind_its_deletion_is_not_forgotten() -> None:
    calls: list[list[str]] = []

    class Recorded(NoDuplicates):
        async def look_up(self, documents: Sequence[DuplicateQuery]) -> list[First]:
            calls.append([document.id for document in documents])
            return await super().look_up(documents)

        async def forget(self, ids: Sequence[str]) -> int:
            calls.append([f"forget {one}" for one in ids])
            return len(ids)

    bench = Bench(duplicates=Recorded())
    await bench.send("a")
    await bench.put("b", b'{"op": "d", "before": {"id": "a"}}')
    await bench.put("c", b'{"id": "a", "text": "c"}')
    async with running(bench):
        await bench.until("abc")

    assert [call for call in calls if call] == [["a"], ["forget a"], ["a"]]
    assert [document.text for document in bench.out.documents] == ["a", "c"]


async def test_what_json_does_not_know_is_scored(bench: Bench) -> None:
    await bench.put("a", b'{"id":"a","text":"Orvane falls","score":NaN}')
    await bench.put("b", rb'{"id":"b","text":"Orvane falls \ud83d"}')
    await bench.until("ab")

    assert [(one.id, one.text, one.notes) for one in bench.out.documents] == [
        ("a", "Orvane falls", []),
        ("b", "Orvane falls \ufffd", ["text: U+FFFD stands for what could not be read"]),
    ]


async def test_heartbeat_on_a_live_input_moves_no_clock(bench: Bench) -> None:
    await bench.put("a", None, heartbeat.headers(99_999_999_999_999))
    await bench.until("a")

    assert bench.out.sent == []


async def test_a_switch_is_between_two_batches(bench: Bench) -> None:
    bench.old.may_end.clear()
    await bench.send("a")
    assert await asyncio.to_thread(bench.old.began.wait, 30)
    await bench.send("b")
    # Until "b" is taken and made ready by the old model, behind the batch that it works on.
    await asyncio.sleep(0.1)
    bench.switch()
    await bench.send("c")
    bench.old.may_end.set()
    await bench.until("abc")

    assert (bench.old.scored, bench.new.scored) == (["a", "b"], ["c"])
    assert bench.models() == {"a": OLD, "b": OLD, "c": NEW}


async def test_what_the_model_has_not_begun_with_is_released(bench: Bench) -> None:
    bench.old.may_end.clear()
    await bench.send("a")
    assert await asyncio.to_thread(bench.old.began.wait, 30)
    await bench.send("b")
    # Until "b" is made ready, behind the batch that the model works on; "c" waits in the queue.
    await asyncio.sleep(0.1)
    await bench.send("c")
    bench.pipeline.release()
    await bench.send("d")

    assert not await bench.pipeline.finish(0.01)
    bench.old.may_end.set()
    assert await bench.pipeline.finish(30)
    await bench.until("ad")
    assert (bench.released, bench.old.scored) == (["b", "c"], ["a", "d"])


async def test_pipeline_that_has_begun_with_nothing_has_finished(bench: Bench) -> None:
    assert await bench.pipeline.finish(0)


async def test_record_says_which_watch_list_it_was_read_with(bench: Bench) -> None:
    acme = Watchlist.read(
        b"entities: [{id: a-and-b, names: [a, b], match: {a: always, b: always}}]"
    )
    await bench.send("a")
    await bench.until("a")
    bench.pipeline.watch(acme)
    await bench.send("b")
    await bench.until("ab")

    first, second = bench.out.documents
    assert (first.watchlist, first.entities) == (None, [])
    assert (second.watchlist, [one.id for one in second.entities]) == (acme.version, ["a-and-b"])


async def test_the_stream_goes_on_in_order_through_a_switch(bench: Bench) -> None:
    names = "abcdefghijklmnopqrstuvwxyz"
    for name in names:
        await bench.send(name)
        if name == "m":
            await bench.until("abcdefghijklm")
            bench.switch()
    await bench.until(names)

    assert "".join(bench.old.scored) == "abcdefghijklm"
    assert "".join(bench.new.scored) == "nopqrstuvwxyz"


async def test_a_slow_model_is_given_five_seconds_of_work_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench()
    # A text is filled up to four tokens, and takes a second.
    monkeypatch.setattr(predictor_module, "perf_counter", lambda: float(len(bench.old.scored)))
    names = "".join(chr(ord("A") + number) for number in range(48))
    for name in names:
        await bench.send(name)

    async with running(bench):
        await bench.until(names)

    assert bench.old.sizes == [32, 5, 5, 5, 1]
    assert bench.pipeline.passes == 5


async def test_what_a_slow_model_has_scored_is_acknowledged_while_it_works_on_the_rest() -> None:
    bench = Bench()
    for name in (names := "".join(chr(ord("A") + number) for number in range(40))):
        await bench.send(name)
    bench.old.waits = lambda: len(bench.old.scored) == 32
    bench.old.may_end.clear()

    async with running(bench):
        await bench.until(names[:32])
        bench.old.may_end.set()
        await bench.until(names)


def matched(name: str, text: str) -> MatchedDocument:
    origin = Origin("t", 0, 1)
    document = Document(text=text)
    reading = read_content(document)
    parsed = ParsedDocument(document, name, NOW, NOW, False, "wire", NOW, origin, reading)
    return MatchedDocument(parsed, [], sketch(reading.text))


@pytest.mark.parametrize(
    ("model", "text", "taken"),
    [
        (NEW, "Orvane falls", True),
        (NEW, "RT @wire: Orvane  falls", True),
        (NEW, "orvane falls", False),
        (OLD, "Orvane falls", False),
    ],
)
def test_a_copy_takes_scores_of_the_same_text_and_model(
    model: Model, text: str, taken: bool
) -> None:
    scores = CopiedScores(
        key_of(model, sketch(clean(text)).digest), (900_000, 50_000, 50_000), [], []
    )
    copy = Copy("1", 1, STORY, msgspec.msgpack.encode(scores))

    (prepared,) = Predictor(cast(Classifier, Double(NEW)), 64).prepare(
        [matched("2", "Orvane falls")], [copy]
    )

    assert isinstance(prepared, ClassifiedDocument) == taken


def test_of_texts_alike_to_the_letter_one_is_read_whatever_batch_they_are_in() -> None:
    model = Double(NEW)
    predictor = Predictor(cast(Classifier, model), 64)
    near, first, second = matched("1", "Falls!"), matched("2", "Falls"), matched("3", "Falls")

    for batch in ([near, first, second], [second]):
        copies = [Copy("1", number, STORY) for number in range(len(batch))]
        prepared = predictor.prepare(batch, copies)
        predictor.predict([one for one in prepared if isinstance(one, TokenisedDocument)])

    assert sorted(model.scored) == ["Falls", "Falls!"]


def predicted(model: Double, *texts: str) -> list[type]:
    """What becomes of documents with `texts`."""
    predictor = Predictor(cast(Classifier, model), 64)
    documents = [matched(text, text) for text in texts]
    prepared = predictor.prepare(documents, [First(None)] * len(documents))
    tokenised = [one for one in prepared if isinstance(one, TokenisedDocument)]
    return [type(outcome) for outcome in predictor.predict(tokenised)]


@pytest.mark.parametrize("texts", [["poison"], ["poison 1", "poison 2"]])
def test_documents_that_fail_are_rejected_while_the_model_reads_the_trial_text(
    texts: list[str],
) -> None:
    assert predicted(Double(NEW), *texts) == [Rejected] * len(texts)


@pytest.mark.parametrize("last", [0, 1])
def test_a_model_that_fails_from_some_pass_on_rejects_nothing(last: int) -> None:
    model = Double(NEW)
    # With `last` 1: both texts fail together, the first passes alone, and then the model breaks.
    model.fails = lambda number: number == 1 or number > 1 + last

    with pytest.raises(BrokenModel, match="RuntimeError: the device is lost"):
        predicted(model, "Orvane falls", "Orvane rises")


async def test_a_broken_model_ends_the_pipeline_with_nothing_acknowledged() -> None:
    bench = Bench()
    bench.old.fails = lambda _: True
    for name in "abc":
        await bench.send(name)

    with pytest.raises(BrokenModel):
        await bench.pipeline.run()

    assert (bench.acknowledged, bench.out.sent) == ([], [])


async def test_a_broken_model_ends_the_pipeline_whatever_redis_makes_of_a_cancellation() -> None:
    duplicates = Uncancellable()
    bench = Bench(duplicates=duplicates)
    bench.old.fails = lambda _: True
    bench.old.may_end.clear()
    await bench.send("a")
    running = asyncio.ensure_future(bench.pipeline.run())
    await asyncio.to_thread(bench.old.began.wait, 30)
    await bench.send("b")
    await duplicates.stuck.wait()

    bench.old.may_end.set()

    async with asyncio.timeout(10):
        with pytest.raises(BrokenModel):
            await running
