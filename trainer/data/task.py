"""Labelled files, and how they are laid out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bundle.heads import HeadName
from sources.files.file_format import FileFormat
from trainer.data.label_map import LabelMap


@dataclass(frozen=True, slots=True)
class Task:
    """A labelled file and the heads that it has labels for."""

    heads: tuple[HeadName, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Layout:
    """How files are laid out: names of columns by role, label maps by head, topics in a cell.

    `file_format` is what the names of the files do not say.
    """

    columns: Mapping[str, list[str]] = field(default_factory=dict)
    labels: Mapping[HeadName, LabelMap] = field(default_factory=dict)
    separator: str | None = None
    file_format: FileFormat = field(default_factory=FileFormat)
