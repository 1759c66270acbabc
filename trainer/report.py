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

from bundle.manifest import TAGS, Head, HeadName
from trainer.calibration import expected_calibration_error, flat
from trainer.items import NO_TAG, Target
from trainer.scoring import Scored

# Tags of a token without the place in its entity, which a confusion matrix need not tell apart.
_TYPES = ["O", "PER", "LOC", "ORG"]
_DIGITS = 4


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
    entities F1 over whole entities.
    """

    head: HeadName
    score: float
    text: str
    metrics: dict[str, Any]
    confusion: Confusion


def report(name: HeadName, head: Head, scored: Scored) -> Report:
    """The report of a head; `scored` holds probabilities."""
    if head.kind == "tags":
        return _tags_report(name, scored)
    outputs, targets = flat(head, scored)
    if head.kind == "multi":
        return _multi_report(name, head, outputs, targets)
    return _single_report(name, head, outputs, targets)


def _single_report(name: HeadName, head: Head, outputs: Tensor, targets: Tensor) -> Report:
    right, said = targets.tolist(), outputs.argmax(-1).tolist()
    present = sorted({*right, *said})
    names = [head.labels[position] for position in present]
    text, each = _tables(by_class, right, said, labels=present, target_names=names)
    figures = {
        "examples": len(right),
        "accuracy": _rounded(by_class.accuracy_score(right, said)),
        "macro_f1": _f1(right, said, "macro"),
        **_calibration_errors(head, outputs, targets),
    }
    counts = by_class.confusion_matrix(right, said, labels=present)
    confusion = Confusion(counts, names, names)
    return Report(name, figures["macro_f1"], text, {**figures, "classes": each}, confusion)


def _multi_report(name: HeadName, head: Head, outputs: Tensor, targets: Tensor) -> Report:
    right, said = targets.int().numpy(), (outputs >= head.threshold).int().numpy()
    text, each = _tables(by_class, right, said, target_names=head.labels)
    error = expected_calibration_error(outputs.flatten(), targets.flatten() > 0)
    figures = {
        "examples": len(right),
        "micro_f1": _f1(right, said, "micro"),
        "macro_f1": _f1(right, said, "macro"),
        "calibration_error": _rounded(error),
    }
    cells = by_class.multilabel_confusion_matrix(right, said)
    counts = np.stack([cells[:, 1, 1], cells[:, 1, 0], cells[:, 0, 1]], axis=1)
    confusion = Confusion(counts, head.labels, ["found", "missed", "wrong"])
    return Report(name, figures["micro_f1"], text, {**figures, "classes": each}, confusion)


def _tags_report(name: HeadName, scored: Scored) -> Report:
    tags = [output.argmax(-1).tolist() for output in scored.outputs]
    right = [_names(target, target) for target in scored.targets]
    said = [_names(row, target) for row, target in zip(tags, scored.targets, strict=True)]
    text, each = _tables(by_entity, right, said)
    figures = {
        "examples": len(right),
        "precision": _rounded(by_entity.precision_score(right, said, zero_division=0)),
        "recall": _rounded(by_entity.recall_score(right, said, zero_division=0)),
        "f1": _rounded(by_entity.f1_score(right, said, zero_division=0)),
    }
    counts = by_class.confusion_matrix(_types(right), _types(said), labels=_TYPES)
    confusion = Confusion(counts, _TYPES, _TYPES)
    return Report(name, figures["f1"], text, {**figures, "classes": each}, confusion)


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


def _calibration_errors(head: Head, outputs: Tensor, targets: Tensor) -> dict[str, float]:
    """That of the likeliest class; and of `negative`, which alerts live on, where there is one."""
    said, sure = outputs.argmax(-1), outputs.amax(-1)
    errors = {"calibration_error": _rounded(expected_calibration_error(sure, said == targets))}
    if "negative" in head.labels:
        negative = head.labels.index("negative")
        error = expected_calibration_error(outputs[:, negative], targets == negative)
        errors["negative_calibration_error"] = _rounded(error)
    return errors


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
