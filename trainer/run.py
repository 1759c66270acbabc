"""What a training run is asked for, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bundle.manifest import Head, HeadName
from trainer.dataset import Split
from trainer.fit import Epoch
from trainer.options import Weights
from trainer.report import Report
from trainer.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What to train, on what, and where the bundle goes.

    `sources` say what the data is, `notes` what a person should know of it.
    """

    name: str
    sources: list[str]
    notes: list[str]
    split: Split
    heads: dict[HeadName, Head]
    weights: Mapping[HeadName, Weights]
    base_model: str
    output: Path
    settings: Settings


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run: the epochs, and the reports on the held-out `judged` split."""

    epochs: list[Epoch]
    judged: str
    reports: list[Report]
