"""How long a document waits, at a quarter, a half and four fifths of what the worker can do.

Open loop: documents come at times drawn beforehand, whether or not the ones before are done, and
each is timed from the moment it was due. Event time runs faster than the clock, so that minutes
of it close while we watch: an alert is timed from the arrival of the record that lets the last
watermark pass the minute it is judged at.
"""

import asyncio
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import click
from msgspec import Struct

from bundle.classifier import Classifier
from schemas.alert import Alert
from schemas.codec import decode
from schemas.scored import ScoredDocument
from schemas.times import to_millis
from stream.kafka import Producer, read_to_end
from stream.settings import Settings
from tests.bench.harness import Figures, Raw, finish, percentile
from tests.bench.servers import (
    PARTITIONS,
    START,
    document,
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

# Seconds of event time in one of the clock.
_SPEED = 60.0

# Every so many documents a company that nobody heard of has this many negative ones in a row.
_BETWEEN = 200
_BURST = 12
# So negative that no rounding makes it neutral.
_NEGATIVE = 0.6
_POOL = 2_000

_MINUTE = timedelta(minutes=1)

# The worker starts and connects before the measured ones come.
_WARM = 100

# An alert that follows its record by more than this counts as missing.
_LAST_SECONDS = 5.0


class Due(NamedTuple):
    """A document and when it is due: in seconds from the start, and in event time."""

    at: float
    published_at: datetime
    value: bytes


class Waits(Struct, frozen=True):
    """Milliseconds to each document's scores and to each alert; alerts that should have come."""

    scored: list[float]
    alerts: list[float]
    bursts: int


def bench(folder: Path, seconds: float, capacity: float | None) -> None:
    """Measure for `seconds` at each load; `capacity`, in documents/s, is measured unless given."""
    content = texts(20_000)
    negative = _negative(folder, content[:_POOL])
    with servers(folder) as plain:
        settings = plain.model_copy(update={"spike": plain.spike.model_copy(update={"history": 0})})
        full = capacity or _capacity(settings, content, negative, seconds)
        waits = {
            load: _measure(settings, schedule(content, negative, load * full, seconds))
            for load in _LOADS
        }
    raw: Raw = {"capacity": [full]}
    for load, found in waits.items():
        raw |= {f"scored, {load}": found.scored, f"alerts, {load}": found.alerts}
    finish("latency", raw, list(_tables(full, waits)))


def schedule(
    content: Sequence[str], negative: Sequence[str], rate: float, seconds: float
) -> list[Due]:
    """Documents at `rate` a second, in a Poisson stream, bursts of negative ones among them."""
    rng = random.Random(3)
    due: list[Due] = []
    at = 0.0
    while (at := at + rng.expovariate(rate)) < seconds:
        number = len(due)
        burst, place = divmod(number, _BETWEEN)
        published = START + timedelta(seconds=at * _SPEED)
        if place < _BURST:
            text = negative[(burst * _BURST + place) % len(negative)]
            value = document(f"d{number}", text, published, [f"burst-{burst}"])
        else:
            value = document(f"d{number}", content[number % len(content)], published)
        due.append(Due(at, published, value))
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


def _capacity(
    settings: Settings, content: Sequence[str], negative: Sequence[str], seconds: float
) -> float:
    """Documents per second when all lie there already, published as densely as they are done."""
    rough = throughput("petrel", settings, _values(schedule(content, negative, 200, seconds)))
    return throughput("petrel", settings, _values(schedule(content, negative, rough, seconds)))


def _values(due: Sequence[Due]) -> list[bytes]:
    return [one.value for one in due]


def _measure(settings: Settings, due: Sequence[Due]) -> Waits:
    with namespace(settings) as own:
        warm = [document(f"w{number}", f"warm {number}", START) for number in range(_WARM)]
        fill(own, warm)
        with running("petrel", own, len(due)) as process:
            wait_counted(own, _WARM, process)
            began = asyncio.run(_send(own, due))
            wait_counted(own, _WARM + len(due), process)
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
    came = {f"d{number}": began + 1000 * one.at for number, one in enumerate(due)}
    scored = {}
    async for message in read_to_end(settings, settings.topics.scored):
        name = decode(message.value, ScoredDocument).id
        if name in came:
            scored[name] = message.timestamp - came[name]
    alerts = {}
    async for message in read_to_end(settings, settings.topics.alerts):
        alert = decode(message.value, Alert)
        if alert.transition == "open" and alert.subject.startswith("burst-"):
            tipped = passed(due, to_millis(alert.at))
            alerts[alert.subject] = message.timestamp - began - 1000 * tipped
    return Waits(list(scored.values()), list(alerts.values()), _bursts(settings, due))


def _bursts(settings: Settings, due: Sequence[Due]) -> int:
    """How many bursts lie so far back that the last watermark must have passed them."""
    end = due[-1].published_at - 2 * _MINUTE
    return sum(one.published_at < end for one in due[_BURST - 1 :: _BETWEEN])


def passed(due: Sequence[Due], until: int) -> float:
    """When each partition had a record published at or after `until`; seconds from the start.

    Raises:
        StopIteration: one of them never had.
    """
    return max(
        next(one.at for one in due[partition::PARTITIONS] if to_millis(one.published_at) >= until)
        for partition in range(PARTITIONS)
    )


def _tables(full: float, waits: Mapping[float, Waits]) -> Iterator[Figures]:
    shares = list(_SHARES)
    rows: dict[str, list[list[str | float]]] = {"scored": [], "alerts": []}
    for load, found in waits.items():
        name = f"{load:.0%} of capacity, {load * full:.0f}/s"
        rows["scored"].append([name, len(found.scored), *_percentiles(found.scored)])
        told = f"{len(found.alerts)} of {found.bursts}"
        rows["alerts"].append([name, told, *_percentiles(found.alerts)])
    title = f"ms from due to scored; capacity {full:.0f} documents/s"
    yield Figures(title, ["load", "documents", *shares], rows["scored"])
    title = "ms from the arrival that lets the watermark pass to the alert"
    yield Figures(title, ["load", "alerts", *shares], rows["alerts"])


def _percentiles(waits: Sequence[float]) -> list[float]:
    return [round(percentile(waits, share), 1) for share in _SHARES.values()] if waits else []
