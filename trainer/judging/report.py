"""How good the probabilities of a head are, in numbers and as a table to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from seqeval import metrics as by_entity
from sklearn import metrics as by_class
from torch import Tensor

from bundle.manifest import TAGS, Head, HeadName, Kind
from trainer.data.items import NO_TAG, Target
from trainer.judging.calibration import Reliability, flat, reliability, sureness, uncalibrated
from trainer.judging.scoring import Scored

# Tags of a token without the place in its entity, which a confusion matrix need not tell apart.
_TYPES = ["O", "PER", "LOC", "ORG"]
_DIGITS = 4

# The figure that stands for a head of a kind.
_SCORES: dict[Kind, str] = {"single": "macro_f1", "multi": "micro_f1", "tags": "f1"}

# Alerts that are wrong one time in five are still read: how much of the bad news is found then.
_PRECISION = 0.8


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts: a row for each class that was right, a column for each that was said.

    Of a multi-label head it has a row for each label: found, missed, wrongly said.
    """

    counts: NDArray[np.int64]
    rows: list[str]
    columns: list[str]


@dataclass(frozen=True, slots=True)
class Report:
    """One head on one set of examples.

    `score` is the figure that stands for the head: macro-F1, of a multi-label head micro-F1, of
    entities F1 over whole entities. `before` and `after` are of the calibration.
    """

    head: HeadName
    score: float
    text: str
    metrics: dict[str, Any]
    confusion: Confusion
    before: Reliability
    after: Reliability


_Found = tuple[dict[str, Any], str, Confusion]


def report(name: HeadName, head: Head, scored: Scored) -> Report:
    """The report of a head; `scored` holds probabilities."""
    outputs, targets = flat(head, scored)
    before = reliability(*sureness(head, uncalibrated(head, outputs), targets))
    after = reliability(*sureness(head, outputs, targets))
    if head.kind == "tags":
        figures, text, confusion = _tags(scored)
    elif head.kind == "multi":
        figures, text, confusion = _multi(head, outputs, targets)
    else:
        figures, text, confusion = _single(head, outputs, targets)
    figures["calibration_error"] = _rounded(after.error)
    figures["calibration_error_before"] = _rounded(before.error)
    return Report(name, figures[_SCORES[head.kind]], text, figures, confusion, before, after)


def _single(head: Head, outputs: Tensor, targets: Tensor) -> _Found:
    right, said = targets.tolist(), outputs.argmax(-1).tolist()
    present = sorted({*right, *said})
    names = [head.labels[position] for position in present]
    text, each = _tables(by_class, right, said, labels=present, target_names=names)
    figures = {
        "examples": len(right),
        "accuracy": _rounded(by_class.accuracy_score(right, said)),
        "macro_f1": _f1(right, said, "macro"),
        **_of_negative(head, outputs, targets),
        "classes": each,
    }
    counts = by_class.confusion_matrix(right, said, labels=present)
    return figures, text, Confusion(counts, names, names)


def _multi(head: Head, outputs: Tensor, targets: Tensor) -> _Found:
    right, said = targets.int().numpy(), (outputs >= head.threshold).int().numpy()
    text, each = _tables(by_class, right, said, target_names=head.labels)
    figures = {
        "examples": len(right),
        "micro_f1": _f1(right, said, "micro"),
        "macro_f1": _f1(right, said, "macro"),
        "classes": each,
    }
    cells = by_class.multilabel_confusion_matrix(right, said)
    counts = np.stack([cells[:, 1, 1], cells[:, 1, 0], cells[:, 0, 1]], axis=1)
    return figures, text, Confusion(counts, head.labels, ["found", "missed", "wrong"])


def _tags(scored: Scored) -> _Found:
    tags = [output.argmax(-1).tolist() for output in scored.outputs]
    right = [_names(target, target) for target in scored.targets]
    said = [_names(row, target) for row, target in zip(tags, scored.targets, strict=True)]
    text, each = _tables(by_entity, right, said)
    figures = {
        "examples": len(right),
        "precision": _rounded(by_entity.precision_score(right, said, zero_division=0)),
        "recall": _rounded(by_entity.recall_score(right, said, zero_division=0)),
        "f1": _rounded(by_entity.f1_score(right, said, zero_division=0)),
        "classes": each,
    }
    counts = by_class.confusion_matrix(_types(right), _types(said), labels=_TYPES)
    return figures, text, Confusion(counts, _TYPES, _TYPES)


def _tables(
    library: ModuleType, right: object, said: object, **options: object
) -> tuple[str, dict[str, dict[str, float]]]:
    """The classification report as text, and its figures for each class without the averages."""
    options["zero_division"] = 0
    text = library.classification_report(right, said, digits=_DIGITS, **options)
    figures = library.classification_report(right, said, output_dict=True, **options)
    each = {
        name: {figure: _rounded(value) for figure, value in row.items()}
        for name, row in figures.items()
        if isinstance(row, dict) and not name.endswith(" avg")
    }
    return text, each


def _of_negative(head: Head, outputs: Tensor, targets: Tensor) -> dict[str, float]:
    """What alerts live on: how good the probability of `negative` is, where there is one."""
    if "negative" not in head.labels:
        return {}
    negative = head.labels.index("negative")
    claimed, hits = outputs[:, negative], targets == negative
    return {
        "negative_calibration_error": _rounded(reliability(claimed, hits).error),
        f"negative_recall_at_precision_{_PRECISION}": _rounded(recall_at(claimed, hits)),
    }


def recall_at(claimed: Tensor, hits: Tensor, precision: float = _PRECISION) -> float:
    """The best recall over all thresholds with at least this `precision`; both are (n,).

    0 when no threshold has it, or there is nothing to find.
    """
    if not hits.any():
        return 0.0
    precisions, recalls, _ = by_class.precision_recall_curve(hits.numpy(), claimed.numpy())
    return float(recalls[precisions >= precision].max())


def _f1(right: object, said: object, average: str) -> float:
    return _rounded(by_class.f1_score(right, said, average=average, zero_division=0))


def _names(tags: Target, target: Target) -> list[str]:
    """The names of the tags of all tokens but the special ones of `target`."""
    pairs = zip(np.asarray(tags), np.asarray(target), strict=True)
    return [TAGS[int(tag)] for tag, wanted in pairs if wanted != NO_TAG]


def _types(rows: Sequence[Sequence[str]]) -> list[str]:
    return [tag.rpartition("-")[2] for row in rows for tag in row]


def _rounded(value: float) -> float:
    return round(float(value), _DIGITS)
