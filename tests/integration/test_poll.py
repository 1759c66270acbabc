import asyncio
import signal
from pathlib import Path

import pytest
from aiohttp import web

from stream.kafka import read_to_end
from stream.settings import Settings, load
from tests.commands import start
from tests.web import entry, rss, web_server


@pytest.fixture
def settings(embedded_kafka: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("PETREL_KAFKA_BOOTSTRAP", embedded_kafka)
    monkeypatch.setenv("PETREL_KAFKA_IDEMPOTENCE", "false")
    return load()


async def keys(settings: Settings, topic: str) -> list[bytes | None]:
    return sorted([record.key async for record in read_to_end(settings, topic)])


async def feed(_: web.Request) -> web.Response:
    return web.Response(body=rss(entry("b"), entry("a")))


async def poll(topic: str, *arguments: str) -> tuple[int | None, str]:
    """Run the command beside the server; gives its exit status and its log."""
    with start("poll", topic, *arguments) as process:
        _, errors = await asyncio.to_thread(process.communicate, timeout=60)
        return process.returncode, errors.decode()


async def test_feeds_are_polled_once_and_nothing_is_sent_twice(
    settings: Settings, unique: str, tmp_path: Path
) -> None:
    state = str(tmp_path / "state.json")
    async with web_server(feed) as url:
        arguments = (f"{url}?token=secret", "--state", state, "--once", "--create")
        first, second = [await poll(unique, *arguments) for _ in range(2)]

    assert (first[0], second[0]) == (0, 0)
    assert f"polled url={url} status=200 new=2 known=0" in first[1]
    assert f"polled url={url} status=200 new=0 known=2" in second[1]
    assert await keys(settings, unique) == [b"a", b"b"]


async def test_once_a_feed_that_fails_fails_the_command(
    settings: Settings, unique: str, tmp_path: Path
) -> None:
    async def missing(_: web.Request) -> web.Response:
        return web.Response(status=404)

    async with web_server(feed) as good, web_server(missing) as bad:
        state = str(tmp_path / "state.json")
        status, log = await poll(unique, good, bad, "--state", state, "--once", "--create")

    assert status == 1
    assert f"poll failed url={bad} status=404 error=the server answers 404" in log
    assert log.endswith("Error: feeds that failed: 1\n")
    assert await keys(settings, unique) == [b"a", b"b"]


async def test_ctrl_c_ends_a_poll_in_order(settings: Settings, unique: str, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    async with web_server(feed) as url:
        with start("poll", unique, url, "--state", str(state), "--create") as process:
            while not state.exists():
                assert process.poll() is None
                await asyncio.sleep(0)
            process.send_signal(signal.SIGINT)
            _, errors = await asyncio.to_thread(process.communicate, timeout=60)

    assert process.returncode == 0
    assert b"Traceback" not in errors
    assert await keys(settings, unique) == [b"a", b"b"]
