"""How a stream is, as lines for a terminal."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from textwrap import fill, wrap
from typing import TYPE_CHECKING

import click

from petrel.console.display import format_time, one_line, truncate

if TYPE_CHECKING:
    from stream.clients.status.counts import Counts, KeyAlert, OpenGroup
    from stream.clients.status.group import Group, LastScored, PartitionLag
    from stream.clients.status.report import Status

# Alerts, and keys that are learning, that are named: --json has all of them.
_MAX_NAMED = 8

_LABEL_COLUMNS = 14

_HEADS = ("Kafka topic", "partitions", "lag", "lag seconds", "dead letters")


def status_lines(status: "Status", watchlist: str, width: int) -> Iterator[str]:
    """The lines that show `status`; `watchlist` is what is known of the list that is in force."""
    if status.kafka:
        yield from _labelled(_group_rows(status.kafka, watchlist), width)
    if status.redis:
        yield from _labelled(_count_rows(status.redis, status.at), width)
        yield from _labelled(_alert_rows(status.redis, width - _LABEL_COLUMNS), width)
    if status.kafka and status.kafka.partitions:
        yield ""
        yield from _topic_table(status.kafka)
    if status.redis and status.redis.learning:
        yield ""
        yield from _learning_lines(status.redis, width)
    if status.problems:
        yield ""
    for problem in status.problems:
        yield _wrapped(f"wrong: {one_line(problem)}", width)


def _group_rows(group: "Group", watchlist: str) -> Iterator[tuple[str, str]]:
    yield "workers", ": ".join([str(len(group.workers)), *_members(group)])
    yield "lag", _lag(group.partitions)
    if last := group.last_scored:
        yield "model", f"{last.model.name} {last.model.version}"
        yield "watch list", watchlist
        yield "last scored", format_time(last.scored_at)
    else:
        yield "model", "not known: nothing was scored yet"


def _members(group: "Group") -> list[str]:
    """Where the workers are, and how many partitions each has, where Kafka tells."""
    told = sorted((one.host, len(one.partitions or ())) for one in group.workers if one.host)
    return [", ".join(f"{host} (partitions: {count})" for host, count in told)] if told else []


def _lag(partitions: "Iterable[PartitionLag]") -> str:
    records = sum(one.lag for one in partitions)
    if not records:
        return "none"
    seconds = max(one.lag_seconds for one in partitions)
    return f"{records:,} records, the oldest came {age(seconds)} ago"


def _count_rows(counts: "Counts", now: datetime) -> Iterator[tuple[str, str]]:
    if counts.watermark is None:
        yield "watermark", "none: nothing was counted yet"
    else:
        behind = age((now - counts.watermark).total_seconds())
        waits = f"{counts.waiting:,} wait for it" if counts.waiting else "nothing waits"
        yield "watermark", f"{format_time(counts.watermark)}, {behind} ago; {waits}"
    if counts.stale:
        yield "stale", f"{counts.stale:,} documents, old when they came: they are in no window"


def _alert_rows(counts: "Counts", columns: int) -> Iterator[tuple[str, str]]:
    if counts.groups:
        yield "groups open", str(len(counts.groups))
    for group in counts.groups[:_MAX_NAMED]:
        yield "", f"group of {group.companies:,} companies, {_grade(group)}"
        yield from (("", line) for line in wrap(one_line(group.reason), columns))
    yield from _more(counts.groups)
    yield "alerts open", str(len(counts.alerts)) if counts.alerts else "none"
    for alert in counts.alerts[:_MAX_NAMED]:
        yield "", f"{alert.key}, {_grade(alert)}"
    yield from _more(counts.alerts)


def _grade(alert: "KeyAlert | OpenGroup") -> str:
    return f"{alert.severity} {alert.score}, since {format_time(alert.opened_at)}"


def _more(alerts: Sequence[object]) -> Iterator[tuple[str, str]]:
    if len(alerts) > _MAX_NAMED:
        yield "", f"and {len(alerts) - _MAX_NAMED:,} more"


def _topic_table(group: "Group") -> Iterator[str]:
    topics = defaultdict[str, list["PartitionLag"]](list)
    for one in group.partitions:
        topics[one.topic].append(one)
    rows: list[Sequence[str]] = [_HEADS]
    for topic, partitions in topics.items():
        letters = group.dead_letters.get(topic)
        rows.append(
            (
                topic,
                str(len(partitions)),
                f"{sum(one.lag for one in partitions):,}",
                f"{max(one.lag_seconds for one in partitions):,.0f}",
                "-" if letters is None else f"{letters:,}",
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        first, *others = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        line = "  ".join([first.strip().ljust(widths[0]), *others])
        yield click.style(line, bold=True) if row is _HEADS else line


def _learning_lines(counts: "Counts", width: int) -> Iterator[str]:
    learning = counts.learning
    yield f"{_keys(len(learning))} still learning; may alert from"
    for one in learning[:_MAX_NAMED]:
        yield truncate(f"  {format_time(one.until)}  {one_line(one.key)}", width)
    if len(learning) > _MAX_NAMED:
        yield f"  {format_time(learning[-1].until)}  and {len(learning) - _MAX_NAMED:,} more"


def learning_sentence(counts: "Counts") -> str:
    """How many keys are learning, and until when the first of them is."""
    first = format_time(counts.learning[0].until)
    words = "until" if len(counts.learning) == 1 else "the first until"
    return f"{_keys(len(counts.learning))} still learning, {words} {first}"


def _keys(count: int) -> str:
    return "1 key is" if count == 1 else f"{count:,} keys are"


def watchlist_words(last: "LastScored", known: str | None) -> str:
    """What is said of the watch list; `known` is the list of the settings here."""
    if last.watchlist is None:
        return "none: of companies only those are counted that a document names"
    return f"version {last.watchlist}" + (f", {known}" if known else "")


def age(seconds: float) -> str:
    """`seconds` in the unit that reads best."""
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def _wrapped(sentence: str, width: int) -> str:
    return fill(
        sentence, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def _labelled(rows: Iterable[tuple[str, str]], width: int) -> Iterator[str]:
    for label, words in rows:
        text = truncate(one_line(words), width - _LABEL_COLUMNS)
        yield click.style(label.ljust(_LABEL_COLUMNS), bold=True) + text
