"""What counts is when the desk could know: habits of real feeds, through a real worker."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from schemas import Alert, SentimentWindow, decode
from schemas.times import to_millis
from stream import heartbeat
from stream.clients.replay.options import ReplayOptions
from stream.clients.replay.runner import replay
from stream.counting.redis_client import connect
from stream.counting.redis_keys import RedisKeys
from stream.counting.sources import Sources
from stream.counting.store import Store
from stream.kafka import Admin, Producer, consumer, ensure_topics
from stream.records import Outgoing
from stream.settings import Settings, environment, load
from stream.supervisor import Supervisor
from tests.faults.model import write_bundle
from tests.faults.verdict import records

# Each starts workers, which load torch and join a group before they read.
pytestmark = pytest.mark.timeout(120)

START = datetime(2026, 3, 17, tzinfo=UTC)
EVENING = START + timedelta(hours=10)
END = START + timedelta(days=2)
MINUTE = timedelta(minutes=1)
POLL = 5 * MINUTE

WATCHLIST = "entities: [{id: acme, names: [Acme]}, {id: bolt, names: [Bolt]}]"


@pytest.fixture
def settings(kafka: str, worker: dict[str, object], tmp_path: Path) -> Settings:
    """One partition for all, in a namespace in which the bench gives the times."""
    watchlist = tmp_path / "watchlist.yaml"
    watchlist.write_text(WATCHLIST)
    own = {
        "namespace": f"replay-{worker['namespace']}",
        "model": write_bundle(tmp_path),
        "watchlist": watchlist,
        "partitions": 1,
        "kafka_bootstrap": kafka,
    }
    return load(**worker | own)


def document(text: str, arrived: datetime, published: datetime) -> Outgoing:
    """A record of the first input, stamped when it arrived."""
    value = orjson.dumps({"text": text, "published_at": published})
    return Outgoing("news.raw.v1", None, value, 0, timestamp=to_millis(arrived))


def quiet(until: datetime) -> Outgoing:
    """What a worker says of a partition that is quiet, in its place in the log."""
    return Outgoing(
        "news.raw.v1", b"k", None, 0, heartbeat.headers(to_millis(until)), to_millis(until)
    )


def calm(company: str, hours: int = 10) -> Iterator[Outgoing]:
    """Four documents an hour, every tenth of them negative."""
    for number in range(4 * hours):
        verb = "falls falls" if number % 10 == 3 else "holds holds"
        at = START + number * 15 * MINUTE
        yield document(f"{company} {verb} {number}", at, at)


def burst(company: str, start: datetime, count: int = 30) -> Iterator[Outgoing]:
    """A negative document every twenty seconds."""
    for number in range(count):
        at = start + number * timedelta(seconds=20)
        yield document(f"{company} falls falls {number}", at, at)


def polled(delay: timedelta) -> Iterator[Outgoing]:
    """A feed that is asked every five minutes for what is new; it is `delay` old by then."""
    for poll in range(130):
        at = START + poll * POLL
        for item in range(6 if poll >= 126 else 1):
            verb = "falls falls" if poll >= 126 else "holds holds"
            yield document(f"Acme {verb} {poll} {item}", at, at - delay)
        yield quiet(at + POLL - timedelta(seconds=10))


def in_order(*feeds: Iterable[Outgoing]) -> list[Outgoing]:
    """The records of all `feeds` as they arrive."""
    return sorted((one for feed in feeds for one in feed), key=lambda one: one.timestamp or 0)


def run(settings: Settings, sent: Sequence[Outgoing], log: Path) -> list[Alert]:
    """The alerts that `sent` comes to."""

    async def settled() -> list[Alert]:
        await ensure_topics(settings)
        own = [_in_namespace(settings, one) for one in (*sent, quiet(END))]
        async with Producer(settings) as producer:
            await producer.send_all(own)
        with Supervisor(1, environment(settings), log) as workers:
            await _closed(settings, workers)
        found = await records(settings, settings.topics.alerts)
        return [decode(record.value or b"", Alert) for record in found]

    return asyncio.run(settled())


def _in_namespace(settings: Settings, one: Outgoing) -> Outgoing:
    topic = settings.topics.named(one.topic)
    return Outgoing(topic, one.key, one.value, one.partition, one.headers, one.timestamp)


async def _closed(settings: Settings, workers: Supervisor) -> None:
    until = to_millis(END)
    async with connect(settings) as redis:
        keys = RedisKeys(settings.namespace, settings.shards)
        sources, store = Sources(redis, keys), Store(redis, keys)
        while await sources.horizon() < until or await store.pending(until):
            workers.check()
            await asyncio.sleep(0.1)


def opened(alerts: Iterable[Alert]) -> set[str]:
    return {f"{one.kind}:{one.subject}" for one in alerts if one.transition == "open"}


@pytest.mark.parametrize("seconds", [0, 90, 240, 900])
def test_feed_that_is_polled_raises_its_alert(
    settings: Settings, tmp_path: Path, seconds: int
) -> None:
    alerts = run(settings, list(polled(timedelta(seconds=seconds))), tmp_path / "log")

    assert "entity:acme" in opened(alerts)


def test_feed_that_is_polled_raises_its_alert_beside_one_that_pushes(
    settings: Settings, tmp_path: Path
) -> None:
    live = (
        document(f"Bolt holds holds {n}", START + n * MINUTE, START + n * MINUTE)
        for n in range(640)
    )

    alerts = run(settings, in_order(polled(timedelta(seconds=240)), live), tmp_path / "log")

    assert "entity:acme" in opened(alerts)


def test_post_dated_ahead_silences_nobody(settings: Settings, tmp_path: Path) -> None:
    ahead = [document("Bolt holds holds", EVENING, EVENING + 59 * MINUTE)]

    alerts = run(settings, in_order(calm("Acme"), ahead, burst("Acme", EVENING)), tmp_path / "log")

    assert "entity:acme" in opened(alerts)


def test_document_of_1970_gives_a_key_no_history(settings: Settings, tmp_path: Path) -> None:
    old = [document("Acme holds holds", START, datetime(1970, 1, 2, tzinfo=UTC))]

    alerts = run(settings, in_order(old, burst("Acme", START + 10 * MINUTE)), tmp_path / "log")

    assert "entity:acme" not in opened(alerts)


def test_feed_that_catches_up_after_an_outage_raises_no_alert(
    settings: Settings, tmp_path: Path
) -> None:
    day = [*calm("Acme", hours=24), *calm("Bolt", hours=24)]
    outage, back = START + timedelta(hours=21), START + timedelta(hours=24)
    sent = [_caught_up(one, outage, back) for one in in_order(day)]
    path = tmp_path / "day.jsonl"
    path.write_bytes(b"\n".join(sent))

    summary = replay(settings, ReplayOptions(source=str(path), workers=1), _nothing)

    assert summary.alerts == []
    # All that was said more than an hour before: of two companies, nine quarters of an hour.
    assert (summary.scored, summary.stale) == (len(sent), 2 * 9)


def _caught_up(one: Outgoing, outage: datetime, back: datetime) -> bytes:
    """A row of the document, which came when the feed was back if it was said in the outage."""
    fields = orjson.loads(one.value or b"")
    published = datetime.fromisoformat(fields["published_at"])
    # Three hours come within a minute, in their order.
    late = back + (published - outage) / 180
    return orjson.dumps(fields | {"arrived_at": late if published >= outage else published})


def test_a_replay_of_a_kafka_topic_does_not_look_ahead(settings: Settings, tmp_path: Path) -> None:
    late = document("Acme falls falls", EVENING, EVENING - 30 * MINUTE)
    live = settings.model_copy(update={"namespace": settings.namespace.removeprefix("replay-")})
    source = live.topics.named(live.inputs[0])

    async def send() -> None:
        async with Admin(live) as admin:
            await admin.ensure({source: {}})
        async with Producer(live) as producer:
            await producer.send_all([_in_namespace(live, late)])

    asyncio.run(send())
    options = ReplayOptions(source=f"kafka:{source}", workers=1, keep=True)
    summary = replay(live.model_copy(update={"namespace": ""}), options, _nothing)

    own = live.model_copy(update={"namespace": summary.namespace})
    windows = asyncio.run(records(own, own.topics.windows))
    first = min(decode(one.value or b"", SentimentWindow).end for one in windows)
    assert first == EVENING + MINUTE


def test_a_heartbeat_that_somebody_sends_moves_nothing(settings: Settings, tmp_path: Path) -> None:
    live = settings.model_copy(update={"namespace": settings.namespace.removeprefix("replay-")})
    before = datetime.now(UTC) - 3 * MINUTE
    far = Outgoing(
        "news.raw.v1", b"k", None, 0, heartbeat.headers(99_999_999_999_999), to_millis(before)
    )

    async def first() -> bytes:
        async with Admin(live) as admin:
            await admin.ensure({live.input_topics[0]: {}})
        await ensure_topics(live)
        sent = [far, document("Acme falls falls", before, before)]
        async with Producer(live) as producer:
            await producer.send_all([_in_namespace(live, one) for one in sent])
        with Supervisor(1, environment(live), tmp_path / "log"):
            async with consumer(live, live.topics.windows) as reader:
                value: bytes = (await reader.getone()).value
                return value

    window = decode(asyncio.run(first()), SentimentWindow)

    assert window.end < before + 10 * MINUTE


def test_a_row_dated_beyond_the_end_of_time_does_not_keep_a_replay_waiting(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(
        b'{"text": "Acme holds holds", "published_at": "2026-03-17T12:00:00Z"}\n'
        b'{"text": "Acme falls falls", "published_at": "9999-12-31T23:59:59Z"}\n'
    )

    summary = replay(settings, ReplayOptions(source=str(path), workers=1), _nothing)

    assert (summary.scored, summary.dead_letters, summary.missing) == (2, 0, 0)


def _nothing(_: object) -> None: ...
