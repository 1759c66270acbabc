"""The alerts that Petrel opens, as its users get them, at budgets of any size.

An alert goes on as long as its key is negative, and what it told is in no later one. Of the scores
one is an alarm again once its key has been refractory for long enough.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from stream.windows.alarm_budget import AlarmBudget
from stream.windows.cells import Cell, merged
from stream.windows.key_evaluation import judge_key
from stream.windows.spike_rule import SpikeRule
from tests.bench.detection.detectors.detector import Document
from tests.bench.detection.detectors.petrel_detector import cell_of
from tests.bench.detection.prices import Alarms

# From one false alarm in all tests of a century to one in twenty.
_CHANCES = np.logspace(-8, np.log10(0.05), 24)

# No number of tests makes a chance too large: it is given.
_ANY = 1e12


def opened(companies: Mapping[str, Sequence[Document]], most: Sequence[int]) -> list[Alarms]:
    """For each of `most` the alerts of the largest budget that opens no more, (second, company)."""
    keys = {key: _seconds(documents) for key, documents in companies.items()}
    found = [_opened(keys, chance) for chance in _CHANCES.tolist()]
    return [max((one for one in found if len(one) <= limit), key=len) for limit in most]


def _opened(keys: Mapping[str, Mapping[int, Cell]], chance: float) -> Alarms:
    budget = AlarmBudget(_ANY, largest=chance)
    return [
        (alert.at.timestamp(), key)
        for key, seconds in keys.items()
        for alert in judge_key(SpikeRule(), budget, f"entity:{key}", seconds, max(seconds) + 1)
        if alert.transition == "open"
    ]


def _seconds(documents: Sequence[Document]) -> dict[int, Cell]:
    seconds: dict[int, list[Cell]] = {}
    for one in documents:
        seconds.setdefault(int(one.second), []).append(cell_of(one))
    return {second: merged(cells) for second, cells in seconds.items()}
