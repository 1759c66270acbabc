"""A worker's way to what is activated: tiny bundles on disk, no stream."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bundle.classifier import Classifier
from bundle.registry import Registry
from stream.scoring import model_watcher
from stream.scoring.model_watcher import ModelWatcher
from tests import tiny


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_watcher, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(model_watcher, "_RETRY_SECONDS", 0.01)


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return tiny.write_two_bundles(tmp_path_factory.mktemp("bundles"))


@pytest.fixture
def models(tmp_path: Path, bundles: tuple[Path, Path]) -> Registry:
    """A model directory with both bundles, the first of them active."""
    models = Registry(tmp_path / "models")
    one, _ = (models.add(bundle) for bundle in bundles)
    models.activate(one.version)
    return models


@pytest.fixture
def second(models: Registry) -> str:
    (version,) = {one.version for one in models.versions()} - {models.active()}
    return version


@asynccontextmanager
async def following(folder: Path) -> AsyncIterator[list[Classifier]]:
    """What is switched to while the block runs."""
    switched: list[Classifier] = []
    work = ModelWatcher(folder, Classifier.load(folder, 1), 1).follow(switched.append)
    task = asyncio.create_task(work)
    yield switched
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(is_true: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not is_true():  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)


async def test_what_is_activated_takes_over(models: Registry, second: str) -> None:
    async with following(models.folder) as switched:
        models.activate(second)
        await until(lambda: switched)
        models.rollback()
        await until(lambda: len(switched) == 2)

    assert [one.version for one in switched] == [second, models.active()]


async def test_what_is_active_already_does_not_take_over(models: Registry) -> None:
    async with following(models.folder) as switched:
        await asyncio.sleep(0.2)

    assert switched == []


def take_a_file_away(folder: Path) -> Callable[[], object]:
    path = folder / "heads.safetensors"
    path.rename(path.with_suffix(".gone"))
    return lambda: path.with_suffix(".gone").rename(path)


def cut_the_weights(folder: Path) -> Callable[[], object]:
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    return lambda: path.write_bytes(whole)


def scribble_on_the_activations(folder: Path) -> Callable[[], object]:
    path = folder.parent / "active.json"
    whole = path.read_bytes()
    path.write_bytes(b"{")
    return lambda: path.write_bytes(whole)


@pytest.mark.parametrize("damage", [take_a_file_away, cut_the_weights, scribble_on_the_activations])
async def test_a_model_that_does_not_load_leaves_the_old_one_until_it_does(
    models: Registry,
    second: str,
    damage: Callable[[Path], Callable[[], object]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    old = models.active()
    async with following(models.folder) as switched:
        models.activate(second)
        mend = damage(models.folder / second)
        await until(lambda: caplog.records)
        assert switched == []
        mend()
        await until(lambda: switched)

    assert [one.version for one in switched] == [second]
    assert caplog.records[0].levelno == logging.ERROR
    assert f"model reload failed, keeping one {old}: " in caplog.text


async def test_a_plain_bundle_has_no_model_watcher(bundles: tuple[Path, Path]) -> None:
    bundle = bundles[0]

    await asyncio.wait_for(
        ModelWatcher(bundle, Classifier.load(bundle, 1), 1).follow(lambda _: None), 5
    )
