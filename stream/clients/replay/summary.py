"""Count what came out of a replay."""

import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable

import orjson
from msgspec import Struct, convert

from schemas.alert import Alert, AnyAlert, GroupAlert, decode_alert
from schemas.deadletter import DeadLetterHeaders, dead_letter_topic
from schemas.scored import Origin
from stream.kafka import consumer, end_offsets, read_to_end
from stream.settings import Settings

# Where a record of the input topic is: partition and offset.
_Position = tuple[int, int]

# A message states its rule, then the value.
_RULE = re.compile(r"[;:]| in (?=[\[{'\"])")
_SHOWN_REASONS = 3


class Reason(Struct, frozen=True):
    """Why so many documents are dead letters, with the message of one of them."""

    count: int
    example: str


class ReplaySummary(Struct, frozen=True, kw_only=True):
    """What came out of a replay, whose documents were sent to the Kafka topic `topic`.

    unread: rows of the file that cannot be read, and so are no documents.
    scored: documents; repeats: records of scored documents beyond one for each.
    reasons: the commonest for dead letters.
    missing: documents that are neither scored nor dead letters.
    stale: documents that were old when they came: in no window and no judgement.
    groups: the alerts of many companies at once.
    worker_failures: how often a worker ended without having been stopped.
    """

    namespace: str
    topic: str
    documents: int
    unread: int
    scored: int
    repeats: int
    dead_letters: int
    reasons: list[Reason] = []
    missing: int
    stale: int
    windows: int
    alerts: list[Alert]
    groups: list[GroupAlert] = []
    worker_failures: int
    seconds: float

    @property
    def told(self) -> list[AnyAlert]:
        """All alerts, those of groups among them, by their times."""
        return sorted([*self.alerts, *self.groups], key=lambda one: one.at)


async def summarize(
    settings: Settings, *, documents: int, unread: int, worker_failures: int, began: float
) -> ReplaySummary:
    """Count what the replay's Kafka topics hold; its namespace is that of `settings`.

    `documents` is how many were sent, `unread` how many rows could not be read, `began` when the
    replay began, by `time.monotonic`.
    """
    topics = settings.topics
    scored: dict[_Position, bool] = {}
    records = 0
    async for value in _values(settings, topics.scored):
        record = orjson.loads(value)
        origin = convert(record["origin"], Origin)
        scored.setdefault((origin.partition, origin.offset), record.get("stale", False))
        records += 1
    errors = await _errors(settings)
    values = [decode_alert(value) async for value in _values(settings, topics.alerts)]
    alerts = {alert.id: alert for alert in values}.values()
    return ReplaySummary(
        namespace=settings.namespace,
        topic=settings.inputs[0],
        documents=documents,
        unread=unread,
        scored=len(scored),
        repeats=records - len(scored),
        dead_letters=len(errors),
        reasons=_reasons(errors.values()),
        missing=documents - len(scored.keys() | errors.keys()),
        stale=sum(scored.values()),
        windows=await count_records(settings, topics.windows),
        alerts=[one for one in alerts if isinstance(one, Alert)],
        groups=[one for one in alerts if isinstance(one, GroupAlert)],
        worker_failures=worker_failures,
        seconds=round(time.monotonic() - began, 1),
    )


async def count_records(settings: Settings, topic: str) -> int:
    """How many records `topic` holds, if Kafka has deleted none."""
    async with consumer(settings, topic) as reader:
        return sum((await end_offsets(reader)).values())


async def _errors(settings: Settings) -> dict[_Position, str]:
    """The error of each dead letter."""
    found = {}
    async for message in read_to_end(settings, dead_letter_topic(settings.input_topics[0])):
        headers = DeadLetterHeaders.from_kafka(message.headers)
        found[headers.partition, headers.offset] = headers.error
    return found


def _reasons(errors: Iterable[str]) -> list[Reason]:
    counts, examples = Counter[str](), dict[str, str]()
    for error in errors:
        rule = _RULE.split(error, maxsplit=1)[0]
        counts[rule] += 1
        examples.setdefault(rule, error)
    return [Reason(count, examples[rule]) for rule, count in counts.most_common(_SHOWN_REASONS)]


async def _values(settings: Settings, topic: str) -> AsyncIterator[bytes]:
    async for message in read_to_end(settings, topic):
        if message.value is not None:
            yield message.value
