"""The alerts of live workers beside those of a backtest of the scored records that they counted."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from subprocess import Popen

import click
from msgspec.structs import replace

from schemas.alert import GroupAlert, decode_alert
from schemas.codec import encode
from schemas.scored import Origin, ScoredDocument
from schemas.times import from_millis, to_millis
from stream import heartbeat
from stream.clients.backtest.runner import run_backtest
from stream.counting.redis_client import connect
from stream.counting.redis_keys import RedisKeys
from stream.counting.sources import Sources
from stream.counting.store import Store
from stream.grouping.group_rule import GroupRule
from stream.kafka import Producer, read_to_end
from stream.progress.routes import scored_partition
from stream.records import Outgoing
from stream.settings import Settings, load
from stream.windows.spike_rule import SpikeRule
from stream.windows.window_closing import end_of_all
from tests.bench.backtest.scored_logs import tweets
from tests.bench.harness import RESULTS, Figures, finish
from tests.bench.servers import PARTITIONS, namespace, running, servers

_WORKERS = 2
_BATCH = 1_000
_POLL_SECONDS = 5.0
_PATIENCE_SECONDS = 270.0

# On the tweets the budget of itself allows more than the largest chance does, and no group opens.
_RARER = {
    "alarms_per_day": 0.2,
    "spike": SpikeRule(smallest=2, history=0, calm=1_440, critical=40),
    "grouping": GroupRule(size=2, span=1_440),
}
_TRIALS: dict[str, dict[str, object]] = {
    "settings as they are": {},
    "a budget that decides, groups of two companies a day": _RARER,
}

# Alerts as they stand in Kafka, by their ids.
Alerts = dict[str, bytes]


def bench() -> None:
    """Let workers judge the tweets of 2014 out of Kafka, and a backtest the same Kafka topic."""
    tables, different = list[Figures](), list[str]()
    # Workers read no model here: what they get is scored.
    with servers(load().model) as settings:
        for title, update in _TRIALS.items():
            click.echo(title, err=True)
            live, backtested = _alerts(settings.model_copy(update=update))
            columns = ["alerts", "live", "backtest", "the same"]
            tables.append(Figures(title, columns, list(rows(live, backtested))))
            different += differences(live, backtested)
    finish("live", {}, tables)
    if different:
        click.echo("\n".join(different))
        raise click.ClickException(f"alerts that differ: {len(different)}")
    click.echo("live and backtest raise the same alerts, byte for byte")


def rows(live: Alerts, backtested: Alerts) -> Iterator[list[str | float]]:
    """How many alerts of each kind there are live, in the backtest, and in both the same."""
    same = [value for name, value in live.items() if backtested.get(name) == value]
    counts = [Counter(map(_kind, some)) for some in (live.values(), backtested.values(), same)]
    for kind in sorted(counts[0] | counts[1]):
        yield [kind, *(one[kind] for one in counts)]
    yield ["all", *(one.total() for one in counts)]


def differences(live: Alerts, backtested: Alerts) -> Iterator[str]:
    """The alerts that are not the same here and there, as both have them."""
    for name in sorted(live.keys() | backtested.keys()):
        found = live.get(name), backtested.get(name)
        if found[0] != found[1]:
            shown = ("nothing" if one is None else one.decode() for one in found)
            yield "live: {}\nbacktest: {}".format(*shown)


def _kind(value: bytes) -> str:
    alert = decode_alert(value)
    return f"{'group' if isinstance(alert, GroupAlert) else 'single'}, {alert.transition}"


def _alerts(settings: Settings) -> tuple[Alerts, Alerts]:
    """What workers raise under `settings`, and what a backtest does."""
    with namespace(settings) as own:
        with ExitStack() as stack:
            workers = [stack.enter_context(running("constant", own, 1)) for _ in range(_WORKERS)]
            asyncio.run(_judge(own, workers))
        live = asyncio.run(_sent(own))
        result = run_backtest(own, f"kafka:{own.topics.scored}", _refuse)
    return live, {one.id: encode(one) for one in result.alerts}


async def _judge(settings: Settings, workers: "Sequence[Popen[str]]") -> None:
    """Give the workers the tweets, and wait until all is judged and sent."""
    records = list(_records(settings))
    last = max(to_millis(one.event_time) for one in records)
    end = end_of_all(last, settings.hops)
    async with Producer(settings) as producer:
        for start in range(0, len(records), _BATCH):
            part = records[start : start + _BATCH]
            await producer.send_all([_outgoing(settings, one) for one in part])
        await producer.send_all(_heartbeats(settings, end))
    await _wait_judged(settings, end, workers)


async def _wait_judged(settings: Settings, end: int, workers: "Sequence[Popen[str]]") -> None:
    keys = RedisKeys(settings.namespace, settings.shards)
    began = time.monotonic()
    async with connect(settings) as client:
        sources, store = Sources(client, keys), Store(client, keys)
        while (horizon := await sources.horizon()) < end or await store.pending(end):
            _check(workers, time.monotonic() - began)
            until, waiting = from_millis(horizon), await store.pending(horizon)
            click.echo(f"counted until {until:%Y-%m-%d}, {waiting:,} to judge or close", err=True)
            await asyncio.sleep(_POLL_SECONDS)


def _check(workers: "Sequence[Popen[str]]", seconds: float) -> None:
    if seconds > _PATIENCE_SECONDS or any(one.poll() is not None for one in workers):
        raise click.ClickException(f"the workers did not get there: see {RESULTS / 'log'}")


def _records(settings: Settings) -> Iterator[ScoredDocument]:
    """The tweets as of the partitions of an input Kafka topic, one after the other."""
    topic = settings.input_topics[0]
    for number, one in enumerate(tweets()):
        origin = Origin(topic, number % PARTITIONS, number // PARTITIONS)
        yield replace(one, origin=origin)


def _outgoing(settings: Settings, document: ScoredDocument) -> Outgoing:
    source = f"{document.origin.topic}/{document.origin.partition}"
    partition = scored_partition(source, PARTITIONS)
    return Outgoing(settings.topics.scored, document.id.encode(), encode(document), partition)


def _heartbeats(settings: Settings, end: int) -> Iterator[Outgoing]:
    """Says of each partition of the input that nothing of it comes before `end`."""
    for number in range(PARTITIONS):
        source = f"{settings.input_topics[0]}/{number}"
        partition = scored_partition(source, PARTITIONS)
        beat = heartbeat.headers(end)
        yield Outgoing(settings.topics.scored, source.encode(), None, partition, beat)


async def _sent(settings: Settings) -> Alerts:
    """The alerts in the Kafka topic, of each id the first: it may be there twice."""
    found: Alerts = {}
    async for record in read_to_end(settings, settings.topics.alerts):
        value = record.value or b""
        found.setdefault(decode_alert(value).id, value)
    return found


def _refuse(error: Exception) -> None:
    raise click.ClickException(f"a scored record could not be read: {error}")
