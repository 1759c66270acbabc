"""What nobody can do better: a Poisson stream whose true rate is known."""

import numpy as np
from scipy.stats import poisson

_MINUTES_A_DAY = 1440


def found(rate: float, times: float, minutes: float, false_alarms: float) -> float:
    """The chance to notice within `minutes` that a stream has `times` its usual rate.

    rate: its usual number of documents a minute. false_alarms: how many a day are accepted. Each
    count since the event began may tell, at a threshold which counts of windows of its length
    that follow each other reach so rarely. That is more than a detector can do: it does not know
    when the event begins, and its windows overlap.
    """
    windows = np.arange(0.25, minutes + 0.01, 0.25)
    least = poisson.isf(false_alarms * windows / _MINUTES_A_DAY, rate * windows)
    return float(poisson.sf(least, times * rate * windows).max())
