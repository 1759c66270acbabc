"""A backtest raises the alerts of the live path, byte for byte, and caps keys as Redis does."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import cast

import pytest
from msgspec.structs import replace

from schemas import GroupAlert, Origin, ScoredDocument, Sentiment, decode_alert, encode
from schemas.deadletter import Headers
from schemas.scored import Entity, Novelty
from schemas.times import to_millis
from stream import heartbeat
from stream.backtest.backtest import alerts_of
from stream.backtest.key_admission import KeyAdmission
from stream.backtest.placement import Placement
from stream.backtest.time_order import Placed, in_time_order
from stream.counting.detection import Detection
from stream.counting.judging.alert_judge import AlertJudge
from stream.counting.judging.alert_publisher import AlertPublisher
from stream.counting.judging.alert_store import AlertStore
from stream.counting.judging.publish_store import PublishStore
from stream.counting.redis_client import connect
from stream.counting.redis_keys import RedisKeys
from stream.counting.sources import Sources
from stream.counting.store import Store
from stream.counting.window_closer import WindowCloser
from stream.counting.window_counter import WindowCounter, counting_rules
from stream.counting.window_store import WindowStore
from stream.kafka import Producer
from stream.records import Outgoing, RawRecord
from stream.settings import Settings, load
from stream.sinks.kafka import KafkaSink
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.key_cap import KeyLimits
from stream.windows.window_closing import end_of_all
from tests.records import SCORED

START = datetime(2026, 3, 17, tzinfo=UTC)
PARTITIONS = 3
COUNT = 900
# Documents that are negative, ten a minute; the others come one a minute.
BURSTS = (range(500, 540), range(700, 735))
COMPANIES = ("acme", "bolt", "corvane")


def document(rng: Random, number: int, at: datetime, offset: int) -> ScoredDocument:
    """One with a timestamp that may lie behind those before it; some are stale, some copies."""
    burst = any(number in span for span in BURSTS)
    negative = round(rng.uniform(0.6, 1.0) if burst or rng.random() < 0.1 else 0.1, 3)
    arrived = at - timedelta(seconds=rng.choice([0, 0, 0, 40]))
    old = timedelta(hours=2 if rng.random() < 0.05 else 0)
    return replace(
        SCORED,
        id=f"d{number}",
        text=f"Acme {number}",
        story=f"{rng.randrange(400):016x}",
        novelty=Novelty(rng.randrange(3)),
        sentiment=Sentiment("negative" if negative > 0.5 else "neutral", negative, 1 - negative, 0),
        entities=[Entity("acme" if burst else rng.choice(COMPANIES), "A", "ORG", "watchlist")],
        origin=Origin("news.raw.v1", number % PARTITIONS, offset),
        published_at=arrived - old,
        arrived_at=arrived,
        stale=bool(old),
    )


def log_of(seed: int) -> list[ScoredDocument]:
    """A scored log; a tenth of it is there twice."""
    rng, at, documents = Random(seed), START, list[ScoredDocument]()
    for number in range(COUNT):
        burst = any(number in span for span in BURSTS)
        at += timedelta(seconds=rng.randint(0, 12 if burst else 120))
        documents.append(document(rng, number, at, number // PARTITIONS))
        if rng.random() < 0.1:
            documents.append(rng.choice(documents))
    return documents


def dated(number: int, at: datetime, *, bad: bool) -> ScoredDocument:
    """One of a story of its own, that came when it was written."""
    return replace(
        SCORED,
        id=f"d{number}",
        story=f"{number:016x}",
        sentiment=Sentiment("negative", 0.9, 0.1, 0) if bad else Sentiment("neutral", 0, 1, 0),
        origin=Origin("news.raw.v1", number % PARTITIONS, number // PARTITIONS),
        published_at=at,
        arrived_at=at,
    )


def market_log() -> list[ScoredDocument]:
    """Twelve quiet companies, of which twelve texts each are negative within eight minutes."""
    rng, times = Random(7), list[tuple[datetime, str, bool]]()
    for company in range(12):
        quiet = (rng.uniform(0, 12 * 3600) for _ in range(30))
        bad = (rng.uniform(12 * 3600, 12 * 3600 + 480) for _ in range(12))
        for seconds, negative in [(at, False) for at in quiet] + [(at, True) for at in bad]:
            times.append((START + timedelta(seconds=seconds), f"c{company}", negative))
    return [
        replace(
            dated(number, at, bad=bad),
            topics=[],
            entities=[Entity(company, company, "ORG", "watchlist")],
        )
        for number, (at, company, bad) in enumerate(sorted(times))
    ]


def months_log() -> list[ScoredDocument]:
    """Four texts a day for four months, one of them negative, and bursts at the end of some."""
    days = [START + timedelta(days=day) for day in range(120)]
    usual = [(day + timedelta(hours=n), n == 1) for day in days for n in range(4)]
    bursts = [(day + timedelta(hours=9, minutes=n), True) for day in days[20::20] for n in range(6)]
    return [dated(number, at, bad=bad) for number, (at, bad) in enumerate(sorted(usual + bursts))]


class Sink:
    """Takes what would go to Kafka."""

    def __init__(self) -> None:
        self.records: list[Outgoing] = []

    async def send_all(self, records: Iterator[Outgoing]) -> None:
        self.records += records


async def live(
    settings: Settings, documents: Sequence[ScoredDocument], batch: int = 100
) -> list[bytes]:
    """The alerts of workers, without their Kafka; judges after each `batch` records."""
    sources = [f"news.raw.v1/{number}" for number in range(PARTITIONS)]
    last = max(to_millis(one.event_time) for one in documents)
    beat = heartbeat.headers(end_of_all(last, settings.hops))
    rows: list[tuple[bytes | None, bytes | None, Headers]]
    rows = [(None, encode(one), []) for one in documents]
    rows += [(name.encode(), None, beat) for name in sources]
    log = [
        RawRecord(
            topic="s", partition=0, offset=at, timestamp=0, key=key, value=value, headers=headers
        )
        for at, (key, value, headers) in enumerate(rows)
    ]
    async with connect(settings) as client:
        keys, sink = RedisKeys("", settings.shards), Sink()
        store, producer, waiting = Store(client, keys), cast(Producer, sink), Sources(client, keys)
        await waiting.announce(sources, now=0)
        await store.begin({0: 0})
        counter = WindowCounter(store, producer, counting_rules(settings))
        counter.begin({0: 0})
        topics = settings.topics
        detection = Detection(
            waiting,
            store,
            AlertJudge(
                AlertStore(client, keys),
                settings.spike,
                AlarmBudget(settings.alarms_per_day),
            ),
            AlertPublisher(
                PublishStore(client, keys),
                [KafkaSink(producer, topics.alerts)],
                settings.grouping,
            ),
            WindowCloser(WindowStore(client, keys), producer, topics.windows, 1, settings.hops),
            lambda: range(settings.shards),
        )
        for at in range(0, len(log), batch):
            await counter.apply(log[at : at + batch])
            await detection.run()
    return sorted(
        one.value for one in sink.records if one.topic == topics.alerts and one.value is not None
    )


def backtest(settings: Settings, documents: Sequence[ScoredDocument]) -> list[bytes]:
    placement = Placement(int(settings.stale * 1000))
    seconds = ((placement.second_of(one), one) for one in documents)
    placed = (Placed(second, one) for second, one in seconds if second is not None)
    return sorted(map(encode, alerts_of(in_time_order(placed), settings)))


@pytest.mark.parametrize("seed", range(3))
async def test_a_backtest_raises_the_alerts_of_the_live_path(redis_url: str, seed: int) -> None:
    settings = load(redis_url=redis_url, shards=4)
    documents = log_of(seed)

    alerts = backtest(settings, documents)

    assert len(alerts) >= len(BURSTS)
    assert alerts == await live(settings, documents)


async def test_a_market_that_turns_is_one_group_here_and_there(redis_url: str) -> None:
    settings, documents = load(redis_url=redis_url, shards=4), market_log()

    alerts = backtest(settings, documents)

    assert alerts == await live(settings, documents)
    told = Counter((one.kind, one.transition) for one in map(decode_alert, alerts))
    assert told["group", "open"] == told["group", "resolve"] == 1
    # Four are told before the fifth opens the group, and resolve as well.
    assert told["entity", "open"] == told["entity", "resolve"] <= settings.grouping.size - 1
    largest = max(one.companies for one in map(decode_alert, alerts) if isinstance(one, GroupAlert))
    assert largest == 12


async def test_what_is_counted_months_before_it_is_judged_alerts_the_same(redis_url: str) -> None:
    # So few alarms that the tests of the week before decide.
    settings, documents = load(redis_url=redis_url, shards=4, alarms_per_day=0.02), months_log()

    alerts = backtest(settings, documents)

    assert alerts
    assert alerts == await live(settings, documents, batch=len(documents))


async def test_keys_that_senders_make_are_capped_as_in_redis(redis_url: str) -> None:
    limits, rng = KeyLimits(new=8, total=40), Random(1)
    asked = [(f"source:{rng.randrange(60)}", 3_600 * hour) for hour in range(40) for _ in range(9)]
    # The first of them are forgotten meanwhile.
    asked += [(f"source:{rng.randrange(99)}", 3_600 * (900 + hour)) for hour in range(40)]
    admission = KeyAdmission(limits, shards=4)

    refused = [bool(admission.refused({key: second})) for key, second in asked]

    async with connect(load(redis_url=redis_url)) as client:
        store = Store(client, RedisKeys("", 4))
        expected = [bool(await store.refused({key: second}, limits)) for key, second in asked]
    assert refused == expected
    assert {True, False} <= set(refused)
