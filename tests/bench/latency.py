"""How long a document waits, at a quarter, a half and four fifths of what the worker can do.

Open loop: documents come at times drawn beforehand, whether or not the ones before are done, and
each is timed from the moment it was due. The stream is live: the broker stamps what arrives, and an
alert is timed from the append of the record that tips it, as the rule has it, to its own. What the
worker can do is what it does live when more than that comes, beside the producer and the servers;
it is measured before each load, since the speed of a shared machine changes by the minute.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import click
from msgspec import Struct

from bundle.classifier import Classifier
from schemas.alert import Alert
from schemas.codec import decode
from schemas.scored import ScoredDocument
from schemas.times import to_millis
from stream.grouping.group_rule import GroupRule
from stream.kafka import Producer, read_to_end
from stream.settings import Settings
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.buckets import SECONDS_A_MINUTE
from stream.windows.horizons import Horizons, Place
from stream.windows.outage import Outage
from stream.windows.past import MINUTES_AN_HOUR, Past
from stream.windows.spike_rule import Content, judge_closely
from tests.bench.harness import Figures, Raw, finish, percentile
from tests.bench.servers import (
    document,
    documents,
    fill,
    namespace,
    outgoing,
    running,
    servers,
    throughput,
    wait_counted,
)
from tests.bench.tweets import texts

_LOADS = (0.25, 0.5, 0.8)
_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}

# Every so many documents a company that nobody heard of has this many negative ones in a row.
_BETWEEN = 60
_BURST = 12
# So negative that no rounding makes it neutral.
_NEGATIVE = 0.6
_POOL = 2_000

# The worker starts and connects before any come.
_CONNECTING = 100

# Those that come first, at half of the rate, are not timed: OpenVINO prepares anew for each size of
# batch, and Java compiles what it runs. A worker runs for weeks.
_WARM_SECONDS = 15.0

# Of the capacity when all documents lie there already: more than any worker can do live.
_FLOOD = 1.2

# An alert that follows its record by more than this counts as missing.
_LAST_SECONDS = 5.0


class Due(NamedTuple):
    """A document and when it is due, in seconds from the start."""

    at: float
    value: bytes


class Waits(Struct, frozen=True):
    """Milliseconds to each document's scores and to each alert; alerts that should have come.

    `served` documents were scored per second.
    """

    scored: list[float]
    alerts: list[float]
    bursts: int
    served: float


def bench(folder: Path, seconds: float, capacity: float | None) -> None:
    """Measure for `seconds` at each load; `capacity`, in documents/s, is measured unless given."""
    content = texts(20_000)
    negative = _negative(folder, content[:_POOL])
    with servers(folder) as plain:
        # Each burst has an alert of its own to be timed.
        rules = {
            "spike": plain.spike.model_copy(update={"history": 0}),
            "grouping": GroupRule(size=1_000),
        }
        settings = plain.model_copy(update=rules)

        def measure(rate: float) -> Waits:
            return _measure(settings, schedule(content, negative, rate, seconds))

        flood = _FLOOD * (capacity or _bulk(settings, content, seconds))
        waits = {}
        for load in _LOADS:
            full = capacity or measure(flood).served
            waits[f"{load:.0%} of {full:.0f}/s"] = measure(load * full)
    raw: Raw = {}
    for name, found in waits.items():
        raw |= {f"scored, {name}": found.scored, f"alerts, {name}": found.alerts}
    finish("latency", raw, list(_tables(waits)))


def schedule(
    content: Sequence[str], negative: Sequence[str], rate: float, seconds: float
) -> list[Due]:
    """Documents at `rate` a second, in a Poisson stream, bursts of negative ones among them.

    They come for `seconds`, after the time that all takes to get warm.
    """
    rng = random.Random(3)
    due: list[Due] = []
    at, end = 0.0, _WARM_SECONDS + seconds
    while (at := at + rng.expovariate(rate / 2 if at < _WARM_SECONDS else rate)) < end:
        number = len(due)
        burst, place = divmod(number, _BETWEEN)
        # The broker says when it arrived; this is only to be no older.
        now = datetime.now(UTC)
        if place < _BURST:
            text = negative[(burst * _BURST + place) % len(negative)]
            value = document(f"d{number}", text, now, [_company(number)])
        else:
            value = document(f"d{number}", content[number % len(content)], now)
        due.append(Due(at, value))
    return due


def _negative(folder: Path, content: Sequence[str]) -> list[str]:
    predictions = Classifier.load(folder)(content)
    found = [
        text
        for text, prediction in zip(content, predictions, strict=True)
        if prediction.sentiment[0] > _NEGATIVE
    ]
    if len(found) < _BURST:
        raise click.ClickException(
            f"{folder} finds {len(found)} of {len(content)} texts negative: it tells too little"
        )
    return found


def _bulk(settings: Settings, content: Sequence[str], seconds: float) -> float:
    """Documents per second when all lie there already."""
    rough = 200.0
    return throughput("petrel", settings, documents(_first(content, rough * seconds), rough))


def _first(content: Sequence[str], count: float) -> list[str]:
    return [content[number % len(content)] for number in range(int(count))]


def _measure(settings: Settings, due: Sequence[Due]) -> Waits:
    with namespace(settings, live=True) as own:
        now = datetime.now(UTC)
        fill(own, [document(f"w{number}", f"warm {number}", now) for number in range(_CONNECTING)])
        with running("petrel", own, len(due)) as process:
            wait_counted(own, _CONNECTING, process)
            began = asyncio.run(_send(own, due))
            wait_counted(own, _CONNECTING + len(due), process)
            time.sleep(_LAST_SECONDS)
        return asyncio.run(_waits(own, due, began))


async def _send(settings: Settings, due: Sequence[Due]) -> float:
    """Send each when it is due; gives the start, in milliseconds from the epoch."""
    began, sent = time.time(), 0
    async with Producer(settings) as producer:
        while sent < len(due):
            ripe = sent
            while ripe < len(due) and began + due[ripe].at <= time.time():
                ripe += 1
            records = [outgoing(settings, n, due[n].value) for n in range(sent, ripe)]
            await producer.send_all(records)
            sent = ripe
            if sent < len(due):
                await asyncio.sleep(max(0.0, began + due[sent].at - time.time()))
    return began * 1000


async def _waits(settings: Settings, due: Sequence[Due], began: float) -> Waits:
    """How long those waited that were due when all was warm."""
    start = began + 1000 * _WARM_SECONDS
    end = began + 1000 * due[-1].at
    came = {f"d{number}": began + 1000 * one.at for number, one in enumerate(due)}
    scored = {}
    served = 0
    arrivals: defaultdict[str, list[int]] = defaultdict(list)
    async for message in read_to_end(settings, settings.topics.scored):
        if message.value is None:
            continue
        one = decode(message.value, ScoredDocument)
        served += start <= message.timestamp < end
        if came.get(one.id, 0) >= start:
            scored[one.id] = message.timestamp - came[one.id]
        if one.sentiment.label == "negative":
            for entity in one.entities:
                arrivals[entity.id].append(to_millis(one.event_time))
    bursts = set(_bursts(due))
    alerts: dict[str, float] = {}
    async for message in read_to_end(settings, settings.topics.alerts):
        alert = decode(message.value, Alert)
        # A company counts once, by its first alert, so that another does not make up for a missing.
        if alert.transition == "open" and alert.subject in bursts - alerts.keys():
            tipped = tipping(settings, alert, sorted(arrivals[alert.subject]))
            alerts[alert.subject] = message.timestamp - tipped
    served_per_second = 1000 * served / (end - start)
    return Waits(list(scored.values()), list(alerts.values()), len(bursts), served_per_second)


def _bursts(due: Sequence[Due]) -> Iterator[str]:
    """The companies whose whole burst was due when all was warm."""
    for number in range(0, len(due) - _BURST + 1, _BETWEEN):
        if due[number].at >= _WARM_SECONDS:
            yield _company(number)


def _company(number: int) -> str:
    """The company of the burst that document `number` is in, or comes after."""
    return f"burst-{number // _BETWEEN}"


def tipping(settings: Settings, alert: Alert, arrivals: Sequence[int]) -> int:
    """When the record arrived that tips a key without a past, whose documents are all negative.

    Raises:
        ValueError: none of them does.
    """
    at = int(alert.at.timestamp())
    minute = (at - 1) // SECONDS_A_MINUTE
    horizons = Horizons(Past.from_hour(minute // MINUTES_AN_HOUR), Place.of(minute, 0, Outage()))
    usual = horizons.usual(horizons.of(alert.window.size), at)
    largest = AlarmBudget(settings.alarms_per_day).largest_chance(day=0)
    for number, arrived in enumerate(arrivals, 1):
        content = Content(texts=number, negative=number, documents=number)
        verdict = judge_closely(settings.spike, content, usual)
        if verdict and verdict.chance <= largest:
            return arrived
    raise ValueError(f"{len(arrivals)} negative documents do not tip {alert.subject}")


def _tables(waits: Mapping[str, Waits]) -> Iterator[Figures]:
    shares = list(_SHARES)
    rows: dict[str, list[list[str | float]]] = {"scored": [], "alerts": []}
    for name, found in waits.items():
        rows["scored"].append([name, len(found.scored), *_percentiles(found.scored)])
        told = f"{len(found.alerts)} of {found.bursts}"
        rows["alerts"].append([name, told, *_percentiles(found.alerts)])
    title = "ms from due to scored"
    yield Figures(title, ["load", "documents", *shares], rows["scored"])
    title = "ms from the append of the record that tips it to that of the alert"
    yield Figures(title, ["load", "alerts", *shares], rows["alerts"])


def _percentiles(waits: Sequence[float]) -> list[float]:
    return [round(percentile(waits, share), 1) for share in _SHARES.values()] if waits else []
