"""A report as pictures."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from trainer.evaluation.report import Report

# Where a cell is darker than this share of the darkest, its number is white.
_DARK = 0.5


def save_confusion(report: Report, path: Path) -> None:
    """Write the confusion matrix of `report` as a PNG: shares of the row, with counts."""
    confusion = report.confusion
    shares = confusion.counts / confusion.counts.sum(axis=1, keepdims=True).clip(min=1)
    height, width = shares.shape
    figure = Figure(figsize=(2.5 + 0.6 * width, 1.8 + 0.45 * height), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(width), _drawable(confusion.columns), rotation=45, ha="right")
    axes.set_yticks(range(height), _drawable(confusion.rows))
    axes.set(title=f"{report.head}: {report.metrics['examples']} examples", ylabel="labelled")
    axes.set_xlabel("predicted")
    for (row, column), share in np.ndenumerate(shares):
        colour = "white" if share > _DARK else "black"
        count = str(confusion.counts[row, column])
        axes.text(column, row, count, ha="center", va="center", color=colour, fontsize=8)
    figure.savefig(path, format="png", dpi=110)


def save_reliability(report: Report, path: Path) -> None:
    """Write a reliability diagram as a PNG: confidence beside accuracy.

    Source of the form: Guo et al. 2017, arXiv:1706.04599.
    """
    figure = Figure(figsize=(4.5, 4.5), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    for bins, name in ((report.before, "before"), (report.after, "after")):
        filled = bins.counts > 0
        confidence = bins.confidence[filled] / bins.counts[filled]
        accuracy = bins.correct[filled] / bins.counts[filled]
        axes.plot(
            confidence, accuracy, marker="o", label=f"{name} calibration: error {bins.error:.4f}"
        )
    axes.set(title=f"{report.head}: reliability", xlabel="probability", ylabel="share that is so")
    axes.legend()
    figure.savefig(path, format="png", dpi=110)


def _drawable(names: list[str]) -> list[str]:
    # The font that comes with matplotlib has no Chinese: such a label is shown by its number.
    return [name if name.isascii() else f"label {number}" for number, name in enumerate(names)]
