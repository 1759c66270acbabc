"""What is wrong with a stream, by what Kafka and Redis tell of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka.structs import TopicPartition

from stream.clients.status import report
from stream.clients.status.counts import Counts, RedisUnavailable
from stream.clients.status.group import Group, PartitionLag
from stream.clients.status.report import Status, read_status
from stream.kafka import GroupMember, KafkaUnavailable
from stream.settings import Settings, load

MEMBER = GroupMember("w1", "10.0.0.1", [TopicPartition("news.raw.v1", 0)])
SILENT = GroupMember("w1", "", None)


def partition(number: int = 0, worker: str | None = "w1", **lag: Any) -> PartitionLag:
    return PartitionLag("news.raw.v1", number, worker, **({"lag": 0, "lag_seconds": 0.0} | lag))


def group(**fields: Any) -> Group:
    usual: dict[str, Any] = {
        "workers": [MEMBER],
        "partitions": [partition()],
        "missing": [],
        "dead_letters": {"news.raw.v1": 3},
        "last_scored": None,
    }
    return Group(**usual | fields)


def behind(seconds: float, waiting: int) -> Counts:
    return Counts(datetime.now(UTC) - timedelta(seconds=seconds), waiting)


async def status(
    monkeypatch: pytest.MonkeyPatch,
    kafka: Group | Exception,
    redis: Counts | Exception,
    settings: Settings | None = None,
) -> Status:
    def answer(found: object) -> Any:
        async def read(_: Settings) -> object:
            if isinstance(found, Exception):
                raise found
            return found

        return read

    monkeypatch.setattr(report, "read_group", answer(kafka))
    monkeypatch.setattr(report, "read_counts", answer(redis))
    return await read_status(settings or load())


@pytest.mark.parametrize(("seconds", "waiting"), [(3, 5), (90_000, 0)])
async def test_a_stream_that_keeps_up_or_rests_has_no_problem(
    monkeypatch: pytest.MonkeyPatch, seconds: float, waiting: int
) -> None:
    assert (await status(monkeypatch, group(), behind(seconds, waiting))).problems == []


async def test_a_stream_of_which_nothing_is_counted_has_no_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert (await status(monkeypatch, group(), Counts())).problems == []


@pytest.mark.parametrize(
    ("kafka", "said"),
    [
        ({"workers": []}, "no worker runs: the consumer group petrel (PETREL_GROUP)"),
        ({"missing": ["a", "b"]}, "there is no Kafka topic a, b"),
        ({"partitions": [partition(), partition(1, None)]}, "no worker reads news.raw.v1/1"),
        (
            {"partitions": [partition(lag=40, lag_seconds=301.0), partition(1, lag=2)]},
            "42 records wait, the oldest for 301 s",
        ),
    ],
)
async def test_what_is_wrong_in_kafka_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, kafka: dict[str, Any], said: str
) -> None:
    (problem,) = (await status(monkeypatch, group(**kafka), Counts())).problems

    assert problem.startswith(said)


async def test_who_reads_what_is_no_problem_where_the_broker_does_not_tell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    silent = group(workers=[SILENT], partitions=[partition(worker=None)])

    assert (await status(monkeypatch, silent, Counts())).problems == []


async def test_windows_that_wait_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = (await status(monkeypatch, group(), behind(301, 5))).problems

    assert problem == "windows wait to be closed: the watermark is 301 s behind"


async def test_a_replay_goes_by_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    replay = load(namespace="replay-1")

    assert (await status(monkeypatch, group(), behind(10**6, 5), replay)).problems == []


async def test_each_server_that_is_away_is_told_and_the_other_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    no_redis = await status(monkeypatch, group(), RedisUnavailable("no Redis"))
    no_kafka = await status(monkeypatch, KafkaUnavailable("no Kafka"), Counts())

    assert (no_redis.kafka, no_redis.redis, no_redis.problems) == (group(), None, ["no Redis"])
    assert (no_kafka.kafka, no_kafka.redis, no_kafka.problems) == (None, Counts(), ["no Kafka"])
