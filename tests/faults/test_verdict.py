"""The verdict names what is lost, what is too much, and what differs."""

import asyncio

import pytest
from msgspec.structs import replace

from schemas import Origin, encode
from schemas.times import to_millis
from stream.kafka import Producer, ensure_topics
from stream.records import Outgoing
from stream.settings import Settings, load
from tests.faults.verdict import ALL, LESS, MORE, Verdict, judge
from tests.records import SCORED


@pytest.fixture
def settings(kafka: str, unique: str) -> Settings:
    own = f"replay-{unique}"
    return load(kafka_bootstrap=kafka, namespace=own, inputs=("news.raw.v1",), partitions=1)


def verdict(settings: Settings, sent: int, *scored: tuple[int, str], later: int = 0) -> Verdict:
    """The verdict on `sent` records of which those at the offsets of `scored` came out.

    They were sent with the time that they came out with, or `later` by so many milliseconds.
    """

    async def run() -> Verdict:
        await ensure_topics(settings)
        (topic,) = settings.input_topics
        documents = [
            replace(SCORED, id=name, origin=Origin(topic, 0, offset)) for offset, name in scored
        ]
        said = to_millis(SCORED.published_at) + later
        async with Producer(settings) as producer:
            await producer.send_all([Outgoing(topic, b"k", b"{}", timestamp=said)] * sent)
            await producer.send_all(
                Outgoing(settings.topics.scored, b"k", encode(one)) for one in documents
            )
        return await judge(settings)

    return asyncio.run(run())


def test_a_repeat_that_its_origin_tells_is_no_more_than_sent(settings: Settings) -> None:
    found = verdict(settings, 2, (0, "a"), (1, "b"), (0, "a"))

    assert (found.name, found.sent, found.delivered, found.repeats) == (ALL, 2, 2, 1)


def test_a_record_that_came_out_nowhere(settings: Settings) -> None:
    assert verdict(settings, 2, (1, "b")).name == LESS


def test_a_record_that_nobody_sent(settings: Settings) -> None:
    assert verdict(settings, 1, (0, "a"), (1, "b")).name == MORE


def test_a_record_that_came_out_as_two(settings: Settings) -> None:
    assert verdict(settings, 1, (0, "a"), (0, "b")).name == MORE


def test_a_record_that_came_out_under_another_time(settings: Settings) -> None:
    assert verdict(settings, 1, (0, "a"), later=1).name == MORE


def test_windows_that_were_not_emitted(settings: Settings) -> None:
    found = verdict(settings, 1, (0, "a"))

    assert found.wrong_windows == found.windows > 0
