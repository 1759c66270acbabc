"""Records as large as Kafka takes, through two workers: all are accounted for, and nobody ends."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import MessageSizeTooLargeError
from msgspec.structs import replace

from schemas import DeadLetterHeaders, ScoredDocument, decode, encode
from schemas.deadletter import Headers, dead_letter_topic
from stream.kafka import Admin, client_options, ensure_topics
from stream.output.limits import TopicLimitError
from stream.output.producer import OutputProducer
from stream.output.scored import scored_outgoing
from stream.records import MAX_RECORD_BYTES, Outgoing, RawRecord, dead_letter
from stream.settings import Settings, environment, load
from stream.supervisor import Supervisor
from tests.faults.verdict import records
from tests.records import NOON, SCORED

# Two workers load torch and join a group before they read.
pytestmark = pytest.mark.timeout(150)

MEGABYTE = 1_000_000
# A worker's own dead letters take as much: with the headers of one this is too large for them.
LARGEST = MAX_RECORD_BYTES
COMPANIES = [f"T{number:03}" for number in range(1_000)]
TEXT = "Acme cuts its forecast"


class Giant(NamedTuple):
    """A record of the input, and how it begins what is said of it, if it is no dead letter."""

    value: bytes | None
    notes: tuple[str, ...] | None = ()
    key: bytes | None = b"k"
    headers: Headers = ()


def document(**fields: object) -> bytes:
    return orjson.dumps({"text": TEXT, **fields})


GIANTS: Mapping[str, Giant] = {
    "16,000 cashtags": Giant(
        document(text="".join(f"${COMPANIES[n % 1_000]} " for n in range(16_000))),
        ("entities: the first 256 of 1,",),
    ),
    "one company 16,000 times": Giant(document(text="$T007 " * 16_000)),
    "given entities": Giant(document(entities=[f"{n:03}" + "💥" * 253 for n in range(64)])),
    "wide characters": Giant(document(text="💥" * 100_000)),
    "control characters": Giant(document(text="a\x01" * 50_000)),
    "escapes, and entities of escapes": Giant(
        document(
            text="a" + "\x01" * 99_999,
            title="\x01" * 2_000,
            url="\x01" * 4_096,
            author="\x01" * 256,
            entities=[f"{n:03}" + "\x01" * 253 for n in range(64)],
        ),
    ),
    "one word": Giant(document(text="a" * 100_000)),
    "url": Giant(document(url="https://example.org/" + "u" * 4_076)),
    "title": Giant(document(title="标题" * 1_000)),
    "text of 16 MB": Giant(document(text="a b " * 4_000_000), ("text: cut to 100,000",)),
    "many notes": Giant(
        document(
            text="a" * 200_000,
            **dict.fromkeys(("id", "title", "source", "lang", "url", "author"), "b" * 200000),
            published_at="c" * 200_000,
            entities=["d"] * 200_000,
        ),
        ("text: ", "id: ", "title: ", "source: ", "lang: ", "url: ", "author: "),
    ),
    "header of 1 MB": Giant(document(), headers=[("blob", b"h" * MEGABYTE)]),
    "key of 1 MB": Giant(document(), key=b"k" * MEGABYTE),
    "no JSON, of 16 MB": Giant(b"{" * (LARGEST - 1_000), None),
    "no JSON, with a header of 1 MB": Giant(b"{", None, headers=[("blob", b"h" * MEGABYTE)]),
    "no JSON, with a key of 1 MB": Giant(b"{" * MEGABYTE, None, key=b"k" * MEGABYTE),
    "nested deep": Giant(b'{"text":' + b"[" * MEGABYTE + b"]" * MEGABYTE + b"}", None),
    "a field with a long name": Giant(
        b'{"text": "a", "entities": 1, "' + b"n" * MEGABYTE + b'": 1}', ("entities: left out",)
    ),
}


@pytest.fixture
def settings(kafka: str, worker: dict[str, object], tmp_path: Path) -> Settings:
    watchlist = tmp_path / "watchlist.yaml"
    rows = [f"{{id: {name}, names: [Company {name}], tickers: [{name}]}}" for name in COMPANIES]
    watchlist.write_text(f"entities: [{', '.join(rows)}]")
    return load(**worker | {"watchlist": watchlist, "partitions": 3}, kafka_bootstrap=kafka)


@pytest.fixture
def workers(settings: Settings, tmp_path: Path) -> Iterator[Supervisor]:
    asyncio.run(create_topics(settings))
    with Supervisor(2, environment(settings), tmp_path / "workers.log") as workers:
        yield workers


async def create_topics(settings: Settings) -> None:
    roomy = {"max.message.bytes": str(2 * LARGEST)}
    async with Admin(settings) as admin:
        await admin.ensure({settings.input_topics[0]: roomy})
    await ensure_topics(settings)


async def feed(settings: Settings, giants: Mapping[str, Giant]) -> dict[tuple[int, int], str]:
    """Send each with an ordinary document behind it; gives the name of each by its place."""
    options = client_options(settings) | {"max_request_size": 2 * LARGEST}
    places = {}
    async with AIOKafkaProducer(**options) as producer:
        for number, (name, giant) in enumerate(giants.items()):
            for what, (value, _, key, headers) in {
                name: giant,
                f"behind {name}": Giant(document(text=f"Acme sells {number} plants")),
            }.items():
                sent = await producer.send_and_wait(
                    settings.input_topics[0],
                    value,
                    key=key,
                    partition=number % 3,
                    headers=list(headers),
                )
                places[sent.partition, sent.offset] = what
    return places


async def outcomes(
    settings: Settings, count: int, workers: Supervisor
) -> tuple[dict[tuple[int, int], ScoredDocument], dict[tuple[int, int], RawRecord]]:
    """What became of `count` records, by place: scored documents and dead letters."""
    while True:
        workers.check()
        scored = [
            decode(one.value, ScoredDocument)
            for one in await records(settings, settings.topics.scored)
            if one.value is not None
        ]
        letters = await records(settings, dead_letter_topic(settings.input_topics[0]))
        if len(scored) + len(letters) >= count:
            whys = [DeadLetterHeaders.from_kafka(one.headers) for one in letters]
            places = [(why.partition, why.offset) for why in whys]
            found = {(one.origin.partition, one.origin.offset): one for one in scored}
            assert len(found) + len(set(places)) == len(scored) + len(letters)
            return found, dict(zip(places, letters, strict=True))
        await asyncio.sleep(0.5)


async def lower_limit(settings: Settings, topic: str, limit: int) -> None:
    """What an operator does while workers run; returns when the broker knows."""
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    resource = ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": str(limit)})
    await admin.alter_configs([resource])
    await admin.close()
    async with Admin(settings) as ours:
        while await ours.record_limits([topic]) != {topic: limit}:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)


def test_giants_are_scored_or_set_aside_and_end_nobody(
    settings: Settings, workers: Supervisor
) -> None:
    async def run() -> None:
        places = await feed(settings, GIANTS)
        scored, letters = await outcomes(settings, len(places), workers)

        assert scored.keys() | letters.keys() == places.keys()
        assert not scored.keys() & letters.keys()
        for place, name in places.items():
            giant = GIANTS.get(name, Giant(b""))
            if giant.notes is None:
                assert_set_aside(letters[place], giant)
            else:
                notes = scored[place].notes
                assert all(any(note.startswith(n) for note in notes) for n in giant.notes), name
                assert notes or not giant.notes, name
        await lower_limit(settings, settings.topics.scored, 30_000)
        more = await feed(settings, dict.fromkeys("abc", Giant(document(text="Acme " * 20_000))))
        scored, letters = await outcomes(settings, len(places) + len(more), workers)
        cut = [one for place, one in scored.items() if more.get(place, "") in ("a", "b", "c")]

        assert Counter(len(encode(one)) < 30_000 for one in cut) == {True: 3}
        assert all("to fit in Kafka" in one.notes[-1] for one in cut)
        assert workers.failures == 0

    asyncio.run(run())


def assert_set_aside(letter: RawRecord, giant: Giant) -> None:
    cut = DeadLetterHeaders.from_kafka(letter.headers).cut
    if cut is None:
        assert (letter.value, letter.key) == (giant.value, giant.key)
    else:
        assert giant.value
        assert giant.value.startswith(letter.value or b"")
        assert cut == f"value: the first {len(letter.value or b''):,} of 16,776,216 bytes kept"


def outgoing_of(settings: Settings, number: int, size: int) -> Outgoing:
    """The scored record `d<number>` with a text of `size`, or a dead letter in its place."""
    topic = settings.input_topics[0]
    one = replace(SCORED, id=f"d{number}", text="a" * size)
    return scored_outgoing(
        one, settings.topics.scored, 0, lambda error: letter(topic, number, error)
    )


def test_what_kafka_refuses_in_the_middle_of_others_is_cut_in_its_place(
    settings: Settings,
) -> None:
    scored, outgoing = settings.topics.scored, partial(outgoing_of, settings)

    async def run() -> tuple[list[ScoredDocument], list[RawRecord]]:
        await create_topics(settings)
        async with OutputProducer(settings, {}) as producer:
            await producer.send_all([outgoing(0, 10)])
            await lower_limit(settings, scored, 30_000)
            await producer.send_all([outgoing(n, 100_000 * (n % 2) + 1) for n in range(1, 6)])
            await lower_limit(settings, scored, 300)
            await producer.send_all([outgoing(6, 100)])
        found = await records(settings, scored)
        return [decode(one.value or b"", ScoredDocument) for one in found], await records(
            settings, dead_letter_topic(settings.input_topics[0])
        )

    found, letters = asyncio.run(run())

    assert [one.id for one in found] == [f"d{n}" for n in range(6)]
    assert [len(one.text) > 20_000 for one in found] == [False, True, False, True, False, True]
    assert [one.value for one in letters] == [b"6"]


def test_what_a_fresh_client_sends_behind_a_refused_record_comes_after_it(
    settings: Settings,
) -> None:
    scored, outgoing = settings.topics.scored, partial(outgoing_of, settings)

    async def run() -> list[ScoredDocument]:
        await create_topics(settings)
        await lower_limit(settings, scored, 30_000)
        async with OutputProducer(settings, {}) as producer:
            await producer.send_all([outgoing(0, 100_000), outgoing(1, 10), outgoing(2, 10)])
        return [decode(one.value or b"", ScoredDocument) for one in await records(settings, scored)]

    assert [one.id for one in asyncio.run(run())] == ["d0", "d1", "d2"]


def letter(topic: str, number: int, error: Exception) -> Outgoing:
    origin = RawRecord(
        topic=topic,
        partition=0,
        offset=number,
        timestamp=0,
        key=None,
        value=b"%d" % number,
        headers=[],
    )
    return dead_letter(origin, "produce", error, NOON)


def test_a_topic_of_small_records_is_told_at_the_start(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async def create(limit: int) -> None:
        async with Admin(settings) as admin:
            await admin.ensure({settings.topics.scored: {"max.message.bytes": str(limit)}})
        await ensure_topics(settings)

    asyncio.run(create(60_000))
    assert f"{settings.topics.scored} takes records of 60,000 bytes" in caplog.text

    asyncio.run(lower_limit(settings, settings.topics.scored, 10_000))
    with pytest.raises(TopicLimitError, match="must be at least 20,000; it is 10,000"):
        asyncio.run(ensure_topics(settings))


def test_kafka_counts_no_more_than_we_do(settings: Settings) -> None:
    record = Outgoing(settings.topics.scored, b"k" * 100, b"v" * 50_000, 0, [("h", b"1" * 100)])

    async def refused(limit: int) -> bool:
        await lower_limit(settings, record.topic, limit)
        options = client_options(settings)
        async with AIOKafkaProducer(**options, acks="all") as producer:
            try:
                await producer.send_and_wait(
                    record.topic, record.value, record.key, 0, headers=list(record.headers or ())
                )
            except MessageSizeTooLargeError:
                return True
        return False

    async def run() -> tuple[bool, bool]:
        await ensure_topics(settings)
        return await refused(record.size), await refused(record.size - 100)

    assert asyncio.run(run()) == (False, True)
