"""The picture: the share of bursts that each detector has told, by the minutes since they began."""

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import matplotlib as mpl
import numpy as np

from tests.bench.detection.bursts import Trial

# Lines that lie on each other are told apart by them.
_STYLES = ("-", "--", "-.", ":")

_MINUTES = np.arange(0, 10.25, 0.25)


def draw(trials: Sequence[Trial], path: Path) -> None:
    """Write a picture with a column for each kind of keys, a row for each size of burst."""
    rows = len(trials[0].bursts)
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(
        rows, len(trials), figsize=(4 * len(trials), 7), sharex=True, sharey=True,
        squeeze=False,
    )  # fmt: skip
    for place, row in enumerate(axes):
        for axis, trial in zip(row, trials, strict=True):
            kind = trial.bursts[place]
            styles = cycle(_STYLES)
            for name, outcome in trial.outcomes.items():
                shares = [outcome.share(kind, 60 * minutes) for minutes in _MINUTES]
                axis.step(_MINUTES, shares, next(styles), where="post", label=name)
            if trial.rates:
                oracle = [trial.oracle(kind, minutes) if minutes else 0.0 for minutes in _MINUTES]
                axis.plot(_MINUTES, oracle, "k--", linewidth=1, label="Poisson oracle, at most")
            axis.axvline(2, color="0.8", linewidth=1, zorder=0)
            axis.set_title(f"{kind}: {trial.name}", fontsize=9)
            axis.set_ylim(-0.02, 1.02)
    for axis in axes[-1]:
        axis.set_xlabel("minutes since the burst began")
    for row in axes:
        row[0].set_ylabel("share told")
    figure.suptitle("Bursts told at one false alarm in 1,000 key-days")
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=6, fontsize=9, frameon=False)
    figure.tight_layout(rect=(0, 0.07, 1, 1))
    figure.savefig(path, dpi=90)
    plt.close(figure)
