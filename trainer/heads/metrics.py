"""How good the predictions of a head are: figures, a table to read, and a confusion matrix."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics as by_class

_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts: a row for each class that was right, a column for each that was predicted.

    Of a multi-label head it has a row for each label: found, missed, wrongly predicted.
    """

    counts: NDArray[np.int64]
    rows: list[str]
    columns: list[str]


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures by name, the same by class as a table, and the confusion matrix."""

    values: dict[str, Any]
    table: str
    confusion: Confusion


def tables(
    library: ModuleType, wanted: object, predicted: object, **options: object
) -> tuple[str, dict[str, dict[str, float]]]:
    """The classification report as text, and its figures for each class without the averages."""
    options["zero_division"] = 0
    text = library.classification_report(wanted, predicted, digits=_DIGITS, **options)
    figures = library.classification_report(wanted, predicted, output_dict=True, **options)
    each = {
        name: {figure: rounded(value) for figure, value in row.items()}
        for name, row in figures.items()
        if isinstance(row, dict) and not name.endswith(" avg")
    }
    return text, each


def f1(wanted: object, predicted: object, average: str) -> float:
    """The F1 score, averaged as scikit-learn's `average` says."""
    return rounded(by_class.f1_score(wanted, predicted, average=average, zero_division=0))


def rounded(value: float) -> float:
    """`value` with the digits that figures are given with."""
    return round(float(value), _DIGITS)
