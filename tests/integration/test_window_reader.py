import asyncio
from datetime import timedelta

from msgspec.structs import replace

from schemas import SentimentWindow, encode
from stream.kafka import Admin, Producer
from stream.records import Outgoing
from stream.settings import Settings
from tests.commands import petrel
from tests.records import NOON, WINDOW


async def send(settings: Settings, *windows: SentimentWindow) -> None:
    topic = settings.topics.windows
    async with Admin(settings) as admin:
        await admin.ensure({topic: {}})
    async with Producer(settings) as producer:
        await producer.send_all(
            Outgoing(topic, one.key.encode(), encode(one), at % 4) for at, one in enumerate(windows)
        )


def later(minutes: int, **fields: object) -> SentimentWindow:
    return replace(WINDOW, end=NOON + timedelta(minutes=minutes), **fields)


def test_json_is_the_windows_of_a_key_and_size_by_their_end(settings: Settings) -> None:
    own = [later(5), later(0), later(9)]
    others = [later(6, size="1h"), later(6, subject="acme|5m"), later(6, kind="topic")]
    asyncio.run(send(settings, *own, *others, later(5)))

    done = petrel(
        "windows", "entity:acme", "--size", "5m", "--json", "--since", "2026-03-17T12:05:00Z"
    )

    assert done.stdout_bytes == b"".join(encode(later(at)) + b"\n" for at in (5, 9))


def test_a_curve_is_drawn(settings: Settings) -> None:
    asyncio.run(send(settings, later(0), later(5)))

    done = petrel("windows", "entity:acme", "--size", "5m")

    assert "entity:acme  2 windows of 5m" in done.stdout
    assert "█" in done.stdout


def test_a_key_that_is_not_there_is_told_with_the_one_that_is_meant(settings: Settings) -> None:
    asyncio.run(send(settings, later(0)))

    done = petrel("windows", "entity:acmee", "--size", "5m")

    assert done.exit_code == 1
    assert "no window of 5m of entity:acmee" in done.stderr
    assert "did you mean entity:acme?" in done.stderr


def test_a_key_has_a_kind() -> None:
    done = petrel("windows", "acme")

    assert done.exit_code == 2
    assert "a key is KIND:SUBJECT with a kind of entity, topic, source, all" in done.stderr
