from pathlib import Path

import msgspec
import pytest

from bundle import manifest
from bundle.heads import Head
from bundle.manifest import BundleError, Manifest
from schemas.scored import LABELS

SENTIMENT = Head(kind="single", labels=list(LABELS))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "README.md").write_text("a card")
    seal(tmp_path)
    return tmp_path


def test_manifest_is_read_as_it_was_sealed(folder: Path) -> None:
    found = manifest.read(folder)
    assert found.heads == {"sentiment": SENTIMENT}
    assert list(found.files) == ["model.safetensors"]


def test_version_follows_the_weights(folder: Path) -> None:
    before = manifest.read(folder).version
    (folder / "model.safetensors").write_bytes(b"other weights")
    assert len(before) == 12
    assert seal(folder).version != before


def test_version_is_the_same_for_the_same_files(folder: Path) -> None:
    assert manifest.read(folder).version == seal(folder).version


def test_missing_file_is_named(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(BundleError, match=r"model\.safetensors is missing"):
        manifest.read(folder)


def test_changed_file_is_named(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"changed")
    with pytest.raises(BundleError, match=r"model\.safetensors is not the file .* sealed with"):
        manifest.read(folder)


def test_folder_without_manifest(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"is not a bundle: it has no petrel\.json"):
        manifest.read(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "Invalid enum value 2"),
        ({"heads": {}}, "length >= 1"),
        ({"heads": {"mood": {"kind": "single", "labels": ["a", "b"]}}}, "mood"),
        (
            {"heads": {"sentiment": {"kind": "multi", "labels": [*LABELS]}}},
            "kind single, not multi",
        ),
        ({"heads": {"sentiment": {"kind": "single", "labels": ["bad", "good"]}}}, "not bad, good"),
        ({"files": {"../../secret": "0" * 64}}, "matching regex"),
    ],
)
def test_broken_manifest(folder: Path, change: dict[str, object], message: str) -> None:
    path = folder / manifest.FILE
    path.write_bytes(msgspec.json.encode(msgspec.json.decode(path.read_bytes()) | change))
    with pytest.raises(BundleError, match=message):
        manifest.read(folder)


def test_manifest_that_is_not_json(folder: Path) -> None:
    (folder / manifest.FILE).write_bytes(b"\xff")
    with pytest.raises(BundleError, match=r"petrel\.json"):
        manifest.read(folder)


def seal(folder: Path) -> Manifest:
    return manifest.seal(
        folder, name="test", base_model="none", max_length=64, heads={"sentiment": SENTIMENT}
    )
