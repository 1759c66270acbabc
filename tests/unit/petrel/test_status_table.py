"""How a stream is, on a terminal of 80 columns."""

from datetime import UTC, datetime, timedelta
from typing import Any

import click
import pytest
from aiokafka.structs import TopicPartition

from petrel.console.status_table import age, learning_sentence, status_lines, watchlist_words
from schemas import Model
from stream.clients.status.counts import Counts, KeyAlert, LearningKey, OpenGroup
from stream.clients.status.group import Group, LastScored, PartitionLag
from stream.clients.status.report import Status
from stream.kafka import GroupMember

NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)
SCORED = LastScored(NOW, Model("desk", "0123abcd"), "feed01")
NEWS, SENTIMENT = TopicPartition("news.raw.v1", 0), TopicPartition("sentiment.scored.v1", 0)
GROUP = Group(
    workers=[
        GroupMember("w2", "10.0.0.2", [NEWS]),
        GroupMember("w1", "10.0.0.1", [NEWS, SENTIMENT]),
    ],
    partitions=[
        PartitionLag("news.raw.v1", 0, "w1", 1200, 240.0),
        PartitionLag("news.raw.v1", 1, "w2", 34, 3.0),
        PartitionLag("sentiment.scored.v1", 0, "w1", 0, 0.0),
    ],
    missing=[],
    dead_letters={"news.raw.v1": 7},
    last_scored=SCORED,
)
LEARNING = [LearningKey(f"entity:{n}", NOW + timedelta(minutes=n)) for n in range(11)]
COUNTS = Counts(
    watermark=NOW - timedelta(seconds=4),
    waiting=2,
    stale=1_562,
    alerts=[KeyAlert("entity:acme", "critical", 91, NOW - timedelta(hours=1))],
    learning=LEARNING,
)


def shown(**fields: Any) -> list[str]:
    usual: dict[str, Any] = {"at": NOW, "kafka": GROUP, "redis": COUNTS, "problems": []}
    lines = status_lines(Status(**usual | fields), "version feed01, 3 companies: w.yaml", 80)
    return [click.unstyle(line) for line in lines]


def test_all_that_is_known_is_shown_in_80_columns() -> None:
    lines = shown()

    assert lines == [
        "workers       2: 10.0.0.1 (partitions: 2), 10.0.0.2 (partitions: 1)",
        "lag           1,234 records, the oldest came 4 min ago",
        "model         desk 0123abcd",
        "watch list    version feed01, 3 companies: w.yaml",
        "last scored   2026-03-17 12:00:00Z",
        "watermark     2026-03-17 11:59:56Z, 4 s ago; 2 wait for it",
        "stale         1,562 documents, old when they came: they are in no window",
        "alerts open   1",
        "              entity:acme, critical 91, since 2026-03-17 11:00:00Z",
        "",
        "Kafka topic          partitions    lag  lag seconds  dead letters",
        "news.raw.v1                   2  1,234          240             7",
        "sentiment.scored.v1           1      0            0             -",
        "",
        "11 keys are still learning; may alert from",
        *(f"  2026-03-17 12:0{n}:00Z  entity:{n}" for n in range(8)),
        "  2026-03-17 12:10:00Z  and 3 more",
    ]
    assert max(map(len, lines)) <= 80


def test_an_open_group_is_shown_before_the_alerts_of_keys() -> None:
    reason = (
        "80 companies turned negative within 22 minutes, 42 still open;"
        " highest scores: company-50 99, company-12 95 and 78 more"
    )
    group = OpenGroup(80, 42, "critical", 99, NOW - timedelta(hours=1), reason)

    lines = shown(kafka=None, redis=Counts(groups=[group]))

    assert lines[1:] == [
        "groups open   1",
        "              group of 80 companies, critical 99, since 2026-03-17 11:00:00Z",
        "              80 companies turned negative within 22 minutes, 42 still open;",
        "              highest scores: company-50 99, company-12 95 and 78 more",
        "alerts open   none",
    ]


def test_what_is_not_known_is_not_made_up() -> None:
    assert shown(kafka=None, redis=None, problems=["no Kafka", "no Redis"]) == [
        "",
        "wrong: no Kafka",
        "wrong: no Redis",
    ]


def test_nothing_yet_is_said() -> None:
    lines = shown(kafka=Group([], [], [], {}, None), redis=Counts())

    assert lines == [
        "workers       0",
        "lag           none",
        "model         not known: nothing was scored yet",
        "watermark     none: nothing was counted yet",
        "alerts open   none",
    ]


def test_a_key_is_shown_without_what_could_drive_the_terminal() -> None:
    keys = [LearningKey("entity:\x1b[2Jacme", NOW)]

    assert shown(redis=Counts(learning=keys))[-1] == "  2026-03-17 12:00:00Z  entity: [2Jacme"


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 key is still learning, until 2026-03-17 12:00:00Z"),
        (11, "11 keys are still learning, the first until 2026-03-17 12:00:00Z"),
    ],
)
def test_the_first_that_has_learnt_is_told(count: int, said: str) -> None:
    assert learning_sentence(Counts(learning=LEARNING[:count])) == said


def test_no_watch_list_is_said() -> None:
    said = watchlist_words(LastScored(NOW, SCORED.model), "w.yaml")

    assert said.startswith("none: of companies only those")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-1, "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (200_000, "2 days")],
)
def test_an_age_has_the_unit_that_reads_best(seconds: float, said: str) -> None:
    assert age(seconds) == said
