"""From the file of a watch list to the list in force: no stream."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from stream.watchlist import watchlist_watcher
from stream.watchlist.watchlist import Watchlist, version_of
from stream.watchlist.watchlist_watcher import WatchlistWatcher

ACME = b"entities: [{id: acme, names: [Acme]}]"
BOLT = b"entities: [{id: acme, names: [Acme]}, {id: bolt, names: [Bolt]}]"
BROKEN = b"entities: [{id: acme, names: [Acme]}, {id: acme, names: [Bolt]}]"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchlist_watcher, "_POLL_SECONDS", 0.01)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "watchlist.yaml"
    path.write_bytes(ACME)
    return path


@asynccontextmanager
async def following(path: Path) -> AsyncIterator[list[Watchlist]]:
    """What is switched to while the block runs."""
    switched: list[Watchlist] = []
    watcher = WatchlistWatcher(path, Watchlist.load(path))
    task = asyncio.create_task(watcher.follow(switched.append))
    yield switched
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(is_true: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not is_true():  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)


def hold(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def take_away(path: Path) -> None:
    path.rename(path.with_suffix(".gone"))


async def test_what_the_file_comes_to_hold_is_in_force(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with following(path) as switched:
        hold(path, BOLT)
        await until(lambda: switched)
        hold(path, ACME)
        await until(lambda: len(switched) == 2)

    assert [(one.size, one.version) for one in switched] == [
        (2, version_of(BOLT)),
        (1, version_of(ACME)),
    ]
    assert caplog.messages[0] == (
        f"watch list {version_of(BOLT)} of 2 companies replaces"
        f" watch list {version_of(ACME)} of 1 company"
    )


async def test_list_of_nobody_is_one_too(path: Path) -> None:
    async with following(path) as switched:
        hold(path, b"entities: []")
        await until(lambda: switched)

    assert [one.size for one in switched] == [0]


async def test_file_that_was_only_touched_replaces_nothing(path: Path) -> None:
    async with following(path) as switched:
        hold(path, ACME)
        await asyncio.sleep(0.1)

    assert switched == []


async def test_broken_file_keeps_the_list_and_is_told_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with following(path) as switched:
        hold(path, BROKEN)
        await until(lambda: caplog.records)
        hold(path, BROKEN)
        await asyncio.sleep(0.1)
        assert switched == []
        hold(path, BOLT)
        await until(lambda: switched)

    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert caplog.messages[0] == (
        f"watch list reload failed, keeping watch list {version_of(ACME)} of 1 company:"
        f" watch list {path}: entity 'acme': `id` must be unique; it is there twice"
    )


async def test_file_that_is_gone_for_a_while_is_told_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with following(path) as switched:
        take_away(path)
        await until(lambda: caplog.records)
        await asyncio.sleep(0.1)
        hold(path, BOLT)
        await until(lambda: switched)

    (message,) = caplog.messages
    assert message.endswith("cannot be read: No such file or directory")
