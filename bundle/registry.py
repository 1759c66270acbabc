"""A model directory: bundles in folders named by their version, and which of them is active.

What is active and what was before stand in one small file, `active.json`, that is replaced as a
whole: whoever reads it, and whatever crashes, finds the one state or the other.
"""

import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from bundle import manifest as manifests
from bundle.manifest import BundleError, Manifest
from schemas.suggestion import did_you_mean

FILE = "active.json"

# One of them is in every folder of a model: ours, or a plain Hugging Face classifier.
_MODEL_FILES = (manifests.FILE, "config.json")

_METRICS = "metrics.json"
_FIGURES = ("accuracy", "macro_f1", "micro_f1", "f1")

# Workers read the file every few seconds: years of activations must not make it long.
_MAX_ACTIVATIONS = 100

# A version is the name of a folder: nothing else may lead out of the directory.
_VERSION = "[0-9a-f]" * 12

Figures = dict[str, dict[str, float]]


class Activation(Struct, frozen=True, forbid_unknown_fields=True):
    """A version, and when it was made the active one."""

    version: str
    at: datetime


class History(Struct, frozen=True, forbid_unknown_fields=True):
    """What `active.json` holds: activations, oldest first; the last is in force."""

    activations: list[Activation] = []


class Version(Struct, frozen=True, kw_only=True):
    """A bundle of the directory.

    figures: head -> figure -> value on its held-out texts; empty when it came without.
    complaint: why it cannot be activated, if so.
    """

    version: str
    name: str = ""
    made: datetime
    figures: Figures = {}
    complaint: str | None = None


class _Metrics(Struct, frozen=True):
    heads: dict[str, dict[str, object]] = {}


class Registry:
    """The model directory `folder`; the first bundle that is added makes it one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, bundle: Path) -> Manifest:
        """Copy the bundle in, whole or not at all; one whose version is there stays as it is.

        Raises:
            BundleError: it is no whole bundle, or the directory cannot be one of models.
        """
        if (self.folder / manifests.FILE).exists():
            raise BundleError(
                f"{self.folder} is a bundle: a model directory must be another folder"
            )
        manifest = _checked(bundle)
        try:
            self._copy(bundle, manifest.version)
        except OSError as error:
            raise BundleError(f"{bundle} cannot be copied into {self.folder}: {error}") from None
        if not (self.folder / FILE).exists():
            self._write(History())
        return manifest

    def activate(self, version: str) -> Manifest:
        """Make `version` the active one; where it is already, nothing changes.

        Raises:
            BundleError: there is no such version, it is no whole bundle, or the disk is full.
        """
        active = self.active()
        manifest = self._version(version)
        if active != version:
            activations = [*self.history().activations, Activation(version, datetime.now(UTC))]
            self._write(History(activations[-_MAX_ACTIVATIONS:]))
        return manifest

    def rollback(self) -> Manifest:
        """Make the version active that was so before the present one.

        Raises:
            BundleError: there was none, or it is no whole bundle any more.
        """
        activations = self.history().activations
        if len(activations) < 2:
            raise BundleError(f"{self.folder} cannot be rolled back: no version was active before")
        manifest = self._version(activations[-2].version)
        self._write(History(activations[:-1]))
        return manifest

    def active(self) -> str | None:
        """The version in force, if one is; raises `BundleError` as `history` does."""
        activations = self.history().activations
        return activations[-1].version if activations else None

    def history(self) -> History:
        """The activations so far.

        Raises:
            BundleError: the folder is no model directory, or its file cannot be read.
        """
        path = self.folder / FILE
        try:
            return msgspec.json.decode(path.read_bytes(), type=History)
        except FileNotFoundError:
            raise BundleError(
                f"{self.folder} is not a model directory: it has no {FILE};"
                f" `petrel model add {self.folder} BUNDLE` makes it one"
            ) from None
        except (msgspec.DecodeError, OSError) as error:
            raise BundleError(f"{path} cannot be read: {error}") from None

    def versions(self) -> list[Version]:
        """The bundles of the directory, oldest first, broken ones among them."""
        self.history()
        found = map(_described, self.folder.glob(_VERSION))
        return sorted(found, key=lambda one: (one.made, one.version))

    def _version(self, version: str) -> Manifest:
        known = [path.name for path in sorted(self.folder.glob(_VERSION))]
        if version not in known:
            raise BundleError(
                f"{self.folder} has no version {version}; it has {', '.join(known) or 'none'}"
                f"{did_you_mean(version, known)}"
            )
        manifest = _checked(self.folder / version)
        if manifest.version != version:
            raise BundleError(
                f"{self.folder / version} holds version {manifest.version}: a folder of a model"
                " directory must be named by the version in it"
            )
        return manifest

    def _copy(self, bundle: Path, version: str) -> None:
        target = self.folder / version
        if target.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".adding-") as scratch:
            copy = shutil.copytree(bundle, Path(scratch, version))
            for path in copy.iterdir():
                _flush(path)
            copy.rename(target)
        _flush(self.folder)

    def _write(self, history: History) -> None:
        path = self.folder / FILE
        encoded = msgspec.json.format(msgspec.json.encode(history), indent=2) + b"\n"
        try:
            with tempfile.TemporaryDirectory(dir=self.folder, prefix=".writing-") as scratch:
                fresh = Path(scratch, FILE)
                fresh.write_bytes(encoded)
                # Else a power cut may leave the new name on an empty file.
                _flush(fresh)
                fresh.replace(path)
            _flush(self.folder)
        except OSError as error:
            raise BundleError(f"{path} cannot be written: {error}") from None


def resolve(folder: Path) -> Path:
    """The folder of the bundle to load: of a model directory the active one, else `folder`.

    It loads nothing: that a path is wrong can be told before torch is imported.

    Raises:
        BundleError: there is no such folder, no model in it, or a model directory in which nothing
            is active.
    """
    if not folder.is_dir():
        raise BundleError(f"{folder} is not a bundle: there is no such folder{_near(folder)}")
    if not _holds_model(folder):
        raise BundleError(f"{folder} is not a bundle: it has no {' and no '.join(_MODEL_FILES)}")
    if not (folder / FILE).is_file():
        return folder
    active = Registry(folder).active()
    if active is None:
        raise BundleError(
            f"no version is active in {folder}: `petrel model activate {folder} VERSION`"
        )
    return folder / active


def _near(folder: Path) -> str:
    if not folder.parent.is_dir():
        return ""
    beside = (path for path in folder.parent.iterdir() if _holds_model(path))
    return did_you_mean(str(folder), map(str, beside))


def _holds_model(folder: Path) -> bool:
    return any((folder / name).is_file() for name in (FILE, *_MODEL_FILES))


def _checked(folder: Path) -> Manifest:
    manifest = manifests.read(folder)
    if "sentiment" not in manifest.heads:
        raise BundleError(
            f"{folder} has no sentiment head, only {', '.join(manifest.heads)}:"
            " a worker can score nothing with it"
        )
    return manifest


def _described(folder: Path) -> Version:
    path = folder / manifests.FILE
    made = datetime.fromtimestamp((path if path.is_file() else folder).stat().st_mtime, UTC)
    try:
        manifest = _checked(folder)
    except BundleError as error:
        return Version(version=folder.name, made=made, complaint=str(error))
    return Version(
        version=folder.name, name=manifest.name, made=made, figures=_figures(folder / _METRICS)
    )


def _figures(path: Path) -> Figures:
    # They only inform, and no hash seals them: a bundle without is as good.
    try:
        heads = msgspec.json.decode(path.read_bytes(), type=_Metrics).heads
    except (OSError, msgspec.DecodeError):
        return {}
    return {
        head: {name: value for name in _FIGURES if isinstance(value := entry.get(name), float)}
        for head, entry in heads.items()
    }


def _flush(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
