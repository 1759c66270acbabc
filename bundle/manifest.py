"""The manifest of a bundle, `petrel.json`: its heads, and the hash of every file it needs."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from bundle.heads import HEADS, Head, HeadName
from schemas.errors import PetrelError

FILE = "petrel.json"

Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
# A plain name: a manifest from elsewhere must not lead the loader out of the bundle's folder.
FileName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.\-]*$")]


class BundleError(PetrelError):
    """A bundle that cannot be used; the message names the file, the rule and the value."""


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a bundle is: `version` is a prefix of a hash of all that decides a probability."""

    format: Literal[1] = 1
    name: Annotated[str, Meta(min_length=1)]
    version: str
    base_model: str
    pooling: Literal["mean"] = "mean"
    max_length: Annotated[int, Meta(ge=8)]
    heads: Annotated[dict[HeadName, Head], Meta(min_length=1)]
    files: dict[FileName, Hash]


def read(folder: Path) -> Manifest:
    """The manifest of the bundle in `folder`, with every file it names checked.

    Raises:
        BundleError: no manifest, one that breaks a rule, or a file missing or not as sealed.
    """
    try:
        manifest = msgspec.json.decode((folder / FILE).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise BundleError(f"{folder} is not a bundle: it has no {FILE}") from None
    except msgspec.DecodeError as error:
        raise BundleError(f"{folder / FILE}: {error}") from None
    _check_heads(folder, manifest)
    _check_files(folder, manifest)
    return manifest


def seal(
    folder: Path, *, name: str, base_model: str, max_length: int, heads: dict[HeadName, Head]
) -> Manifest:
    """Write the manifest over the files in `folder` that a loader reads."""
    files = {path.name: digest(path) for path in sorted(folder.iterdir()) if _is_read(path)}
    manifest = Manifest(
        name=name,
        version=_version(files, heads),
        base_model=base_model,
        max_length=max_length,
        heads=heads,
        files=files,
    )
    encoded = msgspec.json.encode(manifest)
    (folder / FILE).write_bytes(msgspec.json.format(encoded, indent=2) + b"\n")
    return manifest


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def short_version(parts: Iterable[str]) -> str:
    """Twelve hex digits that change when any of `parts` does."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _version(files: dict[str, str], heads: dict[HeadName, Head]) -> str:
    return short_version([*files.values(), msgspec.json.encode(heads, order="sorted").decode()])


def _is_read(path: Path) -> bool:
    if path.name in (FILE, "metrics.json") or ".tfevents." in path.name:
        return False
    return path.suffix not in (".md", ".png")


def _check_heads(folder: Path, manifest: Manifest) -> None:
    for name, head in manifest.heads.items():
        declared = HEADS.get(name)
        if declared is None:
            raise BundleError(
                f"{folder / FILE}: a head must be one of {', '.join(HEADS)}, not {name!r}"
            )
        if head.kind not in declared.kinds:
            raise BundleError(
                f"{folder / FILE}: head {name} must be of kind {' or '.join(declared.kinds)},"
                f" not {head.kind}"
            )
        if declared.labels and head.labels != list(declared.labels):
            raise BundleError(
                f"{folder / FILE}: head {name} must have the labels {', '.join(declared.labels)},"
                f" not {', '.join(head.labels)}"
            )


def _check_files(folder: Path, manifest: Manifest) -> None:
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise BundleError(f"{path} is missing: {FILE} names it, the bundle is incomplete")
        if (found := digest(path)) != expected:
            raise BundleError(
                f"{path} is not the file the bundle was sealed with: {FILE} says SHA-256"
                f" {expected[:12]}…, the file has {found[:12]}…"
            )
