"""How good the probabilities of a head are, in numbers and as a table to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import seqeval.metrics
import sklearn.metrics
from numpy.typing import NDArray
from torch import Tensor

from bundle.manifest import TAGS, Head, HeadName
from trainer.calibration import expected_calibration_error, flat
from trainer.items import NO_TAG
from trainer.scoring import Scored

# Tags of a token without the place in its entity, which a confusion matrix need not tell apart.
_TYPES = ("O", "PER", "LOC", "ORG")
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Report:
    """One head on one set of examples.

    `confusion` has a row for each class that was right and a column for each that was said; of a
    multi-label head it has a row for each label: found, missed, said wrongly.
    """

    head: HeadName
    text: str
    metrics: dict[str, Any]
    confusion: NDArray[np.int64]
    rows: list[str]
    columns: list[str]

    @property
    def score(self) -> float:
        """The one number that stands for the head: macro-F1, micro-F1 if multi-label, entity F1."""
        return float(self.metrics[self.metrics["score"]])


def report(name: HeadName, head: Head, scored: Scored) -> Report:
    """The report of a head; `scored` holds probabilities."""
    if head.kind == "tags":
        return _tags_report(name, scored)
    outputs, targets = flat(head, scored)
    if head.kind == "multi":
        return _multi_report(name, head, outputs, targets)
    return _single_report(name, head, outputs, targets)


def _single_report(name: HeadName, head: Head, outputs: Tensor, targets: Tensor) -> Report:
    said = outputs.argmax(-1)
    present = sorted({*targets.tolist(), *said.tolist()})
    names = [head.labels[position] for position in present]
    options = {"labels": present, "target_names": names, "zero_division": 0}
    metrics = {
        "score": "macro_f1",
        "examples": len(targets),
        "accuracy": _rounded(sklearn.metrics.accuracy_score(targets, said)),
        "macro_f1": _rounded(
            sklearn.metrics.f1_score(targets, said, average="macro", zero_division=0)
        ),
        "calibration_error": _rounded(
            expected_calibration_error(outputs.amax(-1), said == targets)
        ),
        "classes": _classes(
            sklearn.metrics.classification_report(targets, said, output_dict=True, **options)
        ),
    }
    if name == "sentiment":
        negative = head.labels.index("negative")
        metrics["negative_calibration_error"] = _rounded(
            expected_calibration_error(outputs[:, negative], targets == negative)
        )
    text = sklearn.metrics.classification_report(targets, said, digits=_DIGITS, **options)
    confusion = sklearn.metrics.confusion_matrix(targets, said, labels=present)
    return Report(name, text, metrics, confusion, names, names)


def _multi_report(name: HeadName, head: Head, outputs: Tensor, targets: Tensor) -> Report:
    said = (outputs >= head.threshold).int().numpy()
    right = targets.int().numpy()
    options = {"target_names": head.labels, "zero_division": 0}
    metrics = {
        "score": "micro_f1",
        "examples": len(right),
        "micro_f1": _rounded(
            sklearn.metrics.f1_score(right, said, average="micro", zero_division=0)
        ),
        "macro_f1": _rounded(
            sklearn.metrics.f1_score(right, said, average="macro", zero_division=0)
        ),
        "calibration_error": _rounded(
            expected_calibration_error(outputs.flatten(), targets.flatten() > 0)
        ),
        "classes": _classes(
            sklearn.metrics.classification_report(right, said, output_dict=True, **options)
        ),
    }
    text = sklearn.metrics.classification_report(right, said, digits=_DIGITS, **options)
    each = sklearn.metrics.multilabel_confusion_matrix(right, said)
    confusion = np.stack([each[:, 1, 1], each[:, 1, 0], each[:, 0, 1]], axis=1)
    return Report(name, text, metrics, confusion, head.labels, ["found", "missed", "wrong"])


def _tags_report(name: HeadName, scored: Scored) -> Report:
    right = [_without_special(target, target) for target in scored.targets]
    said = [
        _without_special(output.argmax(-1).tolist(), target)
        for output, target in zip(scored.outputs, scored.targets, strict=True)
    ]
    figures = {
        figure: _rounded(getattr(seqeval.metrics, f"{figure}_score")(right, said, zero_division=0))
        for figure in ("precision", "recall", "f1")
    }
    options = {"zero_division": 0}
    metrics = {
        "score": "f1",
        "examples": len(right),
        **figures,
        "classes": _classes(
            seqeval.metrics.classification_report(right, said, output_dict=True, **options)
        ),
    }
    text = seqeval.metrics.classification_report(right, said, digits=_DIGITS, **options)
    confusion = sklearn.metrics.confusion_matrix(_types(right), _types(said), labels=_TYPES)
    return Report(name, text, metrics, confusion, list(_TYPES), list(_TYPES))


def _without_special(tags: object, target: object) -> list[str]:
    pairs = zip(np.asarray(tags), np.asarray(target), strict=True)
    return [TAGS[int(tag)] for tag, wanted in pairs if int(wanted) != NO_TAG]


def _types(rows: Sequence[Sequence[str]]) -> list[str]:
    return [tag.rpartition("-")[2] for row in rows for tag in row]


def _classes(given: dict[str, Any]) -> dict[str, dict[str, float]]:
    """scikit-learn's figures for each class, without its averages."""
    return {
        name: {figure: _rounded(value) for figure, value in figures.items()}
        for name, figures in given.items()
        if isinstance(figures, dict) and not name.endswith(" avg")
    }


def _rounded(value: float) -> float:
    return round(float(value), _DIGITS)
