"""The model directory: what is active is one file, whatever fails on the way."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bundle import manifest, registry
from bundle.heads import Head, HeadName
from bundle.manifest import BundleError
from bundle.registry import Registry, resolve
from schemas.scored import LABELS
from tests.commands import petrel

SENTIMENT: dict[HeadName, Head] = {"sentiment": Head(kind="single", labels=list(LABELS))}
TOPIC: dict[HeadName, Head] = {"topic": Head(kind="multi", labels=["deals", "macro"])}


def write_bundle(
    folder: Path, weights: bytes, heads: dict[HeadName, Head] = SENTIMENT
) -> manifest.Manifest:
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(weights)
    return manifest.seal(folder, name=folder.name, base_model="none", max_length=64, heads=heads)


@pytest.fixture
def models(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models")


@pytest.fixture
def versions(models: Registry, tmp_path: Path) -> list[str]:
    """Three versions that are in the directory; none is active."""
    for name in ("one", "two", "three"):
        write_bundle(tmp_path / name, name.encode())
    return [models.add(tmp_path / name).version for name in ("one", "two", "three")]


def test_what_is_activated_is_what_loads(models: Registry, versions: list[str]) -> None:
    for version in versions:
        models.activate(version)
        assert resolve(models.folder) == models.folder / version


def test_a_plain_bundle_is_itself(tmp_path: Path) -> None:
    write_bundle(tmp_path / "one", b"1")

    assert resolve(tmp_path / "one") == tmp_path / "one"


def test_a_wrong_path_is_told_with_the_nearest_model(tmp_path: Path) -> None:
    write_bundle(tmp_path / "starter", b"1")
    (tmp_path / "startup").mkdir()

    with pytest.raises(BundleError, match=f"no such folder; did you mean {tmp_path}/starter"):
        resolve(tmp_path / "startr")
    with pytest.raises(BundleError, match=r"has no petrel[.]json and no config[.]json"):
        resolve(tmp_path / "startup")


def test_rollback_goes_back_step_by_step(models: Registry, versions: list[str]) -> None:
    one, two, three = versions
    for version in (one, two, two, three, one):
        models.activate(version)

    assert [models.rollback().version for _ in range(3)] == [three, two, one]
    with pytest.raises(BundleError, match="no version was active before"):
        models.rollback()
    assert models.active() == one


def test_the_history_has_an_end(
    models: Registry, versions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_MAX_ACTIVATIONS", 2)
    for version in versions:
        models.activate(version)

    assert [one.version for one in models.history().activations] == versions[1:]


def test_adding_twice_is_adding_once(models: Registry, versions: list[str], tmp_path: Path) -> None:
    models.activate(versions[0])

    assert models.add(tmp_path / "two").version == versions[1]
    assert models.active() == versions[0]
    assert {one.version for one in models.versions()} == {*versions}


def missing(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def changed(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"other")


def cut_off(folder: Path) -> None:
    path = folder / manifest.FILE
    path.write_bytes(path.read_bytes()[:40])


def without_manifest(folder: Path) -> None:
    (folder / manifest.FILE).unlink()


def without_sentiment(folder: Path) -> None:
    shutil.rmtree(folder)
    write_bundle(folder, b"1", TOPIC)


def another_version(folder: Path) -> None:
    shutil.rmtree(folder)
    write_bundle(folder, b"another")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (missing, "is missing: petrel.json names it"),
        (changed, "is not the file the bundle was sealed with"),
        (cut_off, "petrel.json: "),
        (without_manifest, "is not a bundle: it has no petrel.json"),
        (without_sentiment, "has no sentiment head, only topic"),
        (another_version, "must be named by the version in it"),
        (shutil.rmtree, "has no version"),
    ],
)
def test_what_is_no_whole_bundle_is_not_activated(
    models: Registry, versions: list[str], damage: Callable[[Path], None], sentence: str
) -> None:
    one, two, _ = versions
    models.activate(two)
    models.activate(one)
    damage(models.folder / two)

    with pytest.raises(BundleError, match=sentence):
        models.activate(two)
    with pytest.raises(BundleError, match=sentence):
        models.rollback()
    assert models.active() == one


@pytest.mark.parametrize("damage", [missing, changed, cut_off, without_manifest, without_sentiment])
def test_what_is_no_whole_bundle_is_not_added(
    models: Registry, versions: list[str], tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    write_bundle(tmp_path / "four", b"4")
    damage(tmp_path / "four")

    with pytest.raises(BundleError):
        models.add(tmp_path / "four")
    assert {one.version for one in models.versions()} == {*versions}


@pytest.mark.parametrize("broken", ["os.fsync", "pathlib.Path.replace"])
def test_a_failure_on_the_way_leaves_what_was_active(
    models: Registry, versions: list[str], monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    models.activate(versions[0])

    def fail(*_: Any) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(broken, fail)
        with pytest.raises(BundleError, match=r"active\.json cannot be written: No space left"):
            models.activate(versions[1])

    assert models.active() == versions[0]
    assert {path.name for path in models.folder.iterdir()} == {*versions, registry.FILE}


def test_a_failure_while_copying_leaves_no_version(
    models: Registry, versions: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bundle(tmp_path / "four", b"4")

    def fail(*_: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(BundleError, match=r"cannot be copied into .*: No space left"):
        models.add(tmp_path / "four")
    assert {path.name for path in models.folder.iterdir()} == {*versions, registry.FILE}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"activations": [{"version": 1}]}'])
def test_a_broken_file_is_named(models: Registry, versions: list[str], content: bytes) -> None:
    (models.folder / registry.FILE).write_bytes(content)

    with pytest.raises(BundleError, match=r"active\.json cannot be read"):
        models.activate(versions[0])


def test_a_directory_in_which_nothing_is_active_does_not_load(
    models: Registry, versions: list[str]
) -> None:
    with pytest.raises(BundleError, match="no version is active in"):
        resolve(models.folder)


def test_a_bundle_is_no_directory_for_models(tmp_path: Path) -> None:
    write_bundle(tmp_path / "one", b"1")

    with pytest.raises(BundleError, match="is a bundle: a model directory must be another"):
        Registry(tmp_path / "one").add(tmp_path / "one")


def test_list_shows_figures_what_is_active_and_what_is_broken(
    models: Registry, versions: list[str]
) -> None:
    one, two, _ = versions
    metrics = {"heads": {"sentiment": {"accuracy": 0.8527, "macro_f1": 0.8021, "examples": 923}}}
    (models.folder / one / "metrics.json").write_bytes(msgspec.json.encode(metrics))
    missing(models.folder / two)
    models.activate(one)

    lines = petrel("model", "list", str(models.folder)).stdout.splitlines()

    of = {line.removeprefix("*").split()[0]: line for line in lines}
    assert of[one].startswith(f"* {one}  ")
    assert of[one].endswith("one  sentiment accuracy 0.853, macro f1 0.802")
    assert f"broken: {models.folder / two / 'model.safetensors'} is missing" in of[two]
    assert [line.startswith("*") for line in lines].count(True) == 1


def test_the_commands_say_what_is_active(models: Registry, tmp_path: Path) -> None:
    one = write_bundle(tmp_path / "one", b"1").version
    two = write_bundle(tmp_path / "two", b"2").version
    folder = str(models.folder)

    said = [
        petrel("model", *arguments).output
        for arguments in (
            ("add", folder, str(tmp_path / "one")),
            ("add", folder, str(tmp_path / "two")),
            ("activate", folder, one),
            ("activate", folder, two),
            ("rollback", folder),
            ("rollback", folder),
        )
    ]

    assert said == [
        f"one {one} is in {folder}\n",
        f"two {two} is in {folder}\n",
        f"one {one} is active in {folder}\n",
        f"two {two} is active in {folder}\n",
        f"one {one} is active again in {folder}\n",
        f"Error: {folder} cannot be rolled back: no version was active before\n",
    ]


@pytest.mark.parametrize("command", ["list", "rollback"])
def test_a_folder_without_models_is_a_sentence(tmp_path: Path, command: str) -> None:
    done = petrel("model", command, str(tmp_path))
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {tmp_path} is not a model directory")
