"""A worker waits for a Kafka that does not answer, but not for ever."""

import asyncio
from typing import Any, cast

import pytest
from aiokafka.errors import KafkaTimeoutError
from aiokafka.structs import TopicPartition

from stream import kafka
from stream.kafka import KafkaUnavailable, await_topics, end_offsets
from stream.settings import Settings, load


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether Kafka answers, try by try."""
    left: list[bool] = []

    async def ensure_topics(_: Settings) -> dict[str, int]:
        if not left.pop(0):
            raise KafkaUnavailable("no Kafka broker answers")
        return {"news.raw.v1": 4}

    monkeypatch.setattr(kafka, "ensure_topics", ensure_topics)
    monkeypatch.setattr(kafka, "_RETRY_SECONDS", 0.0)
    return left


def test_a_kafka_that_restarts_is_waited_for(
    answers: list[bool], caplog: pytest.LogCaptureFixture
) -> None:
    answers += [False, False, True]

    assert asyncio.run(await_topics(load())) == {"news.raw.v1": 4}
    assert "no Kafka broker answers; retrying for another" in caplog.text


def test_a_kafka_that_stays_away_is_given_up(
    answers: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "_AWAY_SECONDS", 0.0)
    answers += [False, True]

    with pytest.raises(KafkaUnavailable):
        asyncio.run(await_topics(load()))
    assert answers == [True]


class Unanswered:
    """A consumer that nothing was fetched for."""

    def assignment(self) -> set[TopicPartition]:
        return {TopicPartition("news.raw.v1", 0)}

    def last_stable_offset(self, _: TopicPartition) -> None:
        return None

    highwater = last_stable_offset


def test_ends_that_are_not_told_are_an_error_of_kafka(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "_METADATA_SECONDS", 0)
    with pytest.raises(KafkaTimeoutError, match="no answer in 0 s"):
        asyncio.run(end_offsets(cast(Any, Unanswered())))
