"""Workers started again with other inputs: what was emitted stays, and nothing waits for ever."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from schemas import SentimentWindow, decode
from schemas.times import to_millis
from stream import heartbeat
from stream.kafka import Producer, ensure_topics
from stream.records import Outgoing
from stream.settings import REPLAY_PREFIX, Settings, environment, load
from stream.supervisor import Supervisor
from tests.faults.causes.partitions import raise_partitions
from tests.faults.model import write_bundle
from tests.faults.verdict import records

# Each starts workers twice; one waits until an input is no longer expected.
pytestmark = pytest.mark.timeout(240)

NEWS, SOCIAL = "news.raw.v1", "social.raw.v1"
START = datetime(2026, 3, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
NIGHT, LATER = START + 48 * HOUR, START + 96 * HOUR
# An input is expected for a minute after its last worker, and a window ends with its minute.
PATIENCE_SECONDS = 140.0
# A worker is up in half of it.
START_SECONDS = 25.0


@pytest.fixture
def settings(kafka: str, worker: dict[str, object], tmp_path: Path) -> Settings:
    """One input of one partition, in a namespace in which the bench gives the times."""
    own = {
        "namespace": f"{REPLAY_PREFIX}{worker['namespace']}",
        "model": write_bundle(tmp_path),
        "inputs": (NEWS,),
        "partitions": 1,
        "kafka_bootstrap": kafka,
    }
    return load(**worker | own)


@pytest.fixture
def both(settings: Settings) -> Settings:
    """The same with a second input."""
    return settings.model_copy(update={"inputs": (NEWS, SOCIAL)})


def hourly(start: datetime, count: int, topic: str = NEWS, partition: int = 0) -> list[Outgoing]:
    """A document an hour, from `start` on."""
    times = [start + number * HOUR for number in range(count)]
    return [
        Outgoing(topic, None, _text(topic, partition, at), partition, timestamp=to_millis(at))
        for at in times
    ]


def complete(until: datetime, topic: str = NEWS, partition: int = 0) -> Outgoing:
    """Says that a partition has nothing more until then."""
    headers = heartbeat.headers(to_millis(until))
    return Outgoing(topic, b"k", None, partition, headers, to_millis(until))


def _text(topic: str, partition: int, at: datetime) -> bytes:
    text = f"{topic} {partition} {at} holds"
    return orjson.dumps({"text": text, "published_at": at, "source": "desk"})


async def send(settings: Settings, sent: Sequence[Outgoing]) -> None:
    await ensure_topics(settings)
    async with Producer(settings) as producer:
        await producer.send_all(
            Outgoing(
                settings.topics.named(one.topic),
                one.key,
                one.value,
                one.partition,
                one.headers,
                one.timestamp,
            )
            for one in sent
        )


async def emitted(
    settings: Settings, log: Path, enough: Callable[[SentimentWindow], bool]
) -> list[SentimentWindow]:
    """The windows there are when they are `enough` for a worker of `settings`, and a moment on."""
    with Supervisor(1, environment(settings), log) as workers:
        await reached(settings, workers, enough)
        await asyncio.sleep(5.0)
        return await windows(settings)


async def reached(
    settings: Settings, workers: Supervisor, enough: Callable[[SentimentWindow], bool]
) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not any(map(enough, await windows(settings))):
            workers.check()
            await asyncio.sleep(1.0)


async def windows(settings: Settings) -> list[SentimentWindow]:
    found = await records(settings, settings.topics.windows)
    return [decode(record.value or b"", SentimentWindow) for record in found]


def at_night(window: SentimentWindow) -> bool:
    """Whether a window shows that all is closed until the night: the last 24 hours are empty."""
    return window.size == "24h" and window.documents == 0 and window.end < NIGHT


def at_end(window: SentimentWindow) -> bool:
    return window.size == "24h" and window.documents == 0 and window.end >= NIGHT


async def test_an_input_that_is_taken_away_holds_nothing_up(
    settings: Settings, both: Settings, tmp_path: Path
) -> None:
    live = {"namespace": settings.namespace.removeprefix(REPLAY_PREFIX)}
    one, two = settings.model_copy(update=live), both.model_copy(update=live)
    await send(two, [*hourly(datetime.now(UTC), 1, SOCIAL), *hourly(datetime.now(UTC), 1)])
    with Supervisor(1, environment(one), tmp_path / "one") as workers:
        # As in a rolling restart: for a while there are workers of both kinds.
        with Supervisor(1, environment(two), tmp_path / "two"):
            await asyncio.sleep(START_SECONDS)
        last = datetime.now(UTC)
        await send(one, hourly(last, 1))

        await reached(one, workers, lambda window: window.end > last)


async def test_an_input_that_is_added_with_history_changes_no_window(
    settings: Settings, both: Settings, tmp_path: Path
) -> None:
    await send(settings, [*hourly(START, 12), complete(NIGHT)])
    before = await emitted(settings, tmp_path / "one", at_night)
    rest = [*hourly(NIGHT, 2), complete(LATER), complete(LATER, SOCIAL)]
    await send(both, [*hourly(START, 12, SOCIAL), *rest])

    after = await emitted(both, tmp_path / "both", at_end)
    assert [one for one in after if one.end <= NIGHT] == before


async def test_a_partition_that_is_added_emits_no_window_again(
    settings: Settings, tmp_path: Path
) -> None:
    await send(settings, [*hourly(START, 12), complete(NIGHT)])
    before = await emitted(settings, tmp_path / "one", at_night)
    await raise_partitions(settings, [settings.topics.named(NEWS)], 2)
    await send(settings, [*hourly(NIGHT, 2), complete(LATER)])

    async def begin_late() -> None:
        await asyncio.sleep(START_SECONDS)
        await send(settings, [*hourly(NIGHT, 2, NEWS, 1), complete(LATER, NEWS, 1)])

    after, _ = await asyncio.gather(emitted(settings, tmp_path / "two", at_end), begin_late())
    assert after[: len(before)] == before
    assert len({one.key for one in after}) == len(after)
