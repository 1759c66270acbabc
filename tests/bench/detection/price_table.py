"""The prices of 2014 as a table: each detector at the same numbers of alarms."""

from math import isnan

from tests.bench.detection.detectors.contenders import contenders
from tests.bench.detection.detectors.detector import Scores, alarms, run, threshold
from tests.bench.detection.petrel_alerts import opened
from tests.bench.detection.prices import Told, judged
from tests.bench.detection.stocknet import companies, prices
from tests.bench.harness import Figures

ALARMS = (20, 40, 60, 80, 120)

# A company has one negative tweet a week: shorter buckets would nearly all be empty.
_WIDTH = 4 * 3600.0


def price_table() -> Figures:
    """Of each detector at each number of alarms: the share right, falls told, the median delay."""
    rows: list[list[str | float]] = [
        [
            "Petrel, its alerts",
            *(_cell(judged(some, companies(), prices())) for some in opened(companies(), ALARMS)),
        ]
    ]
    told = None
    for name, make in contenders(_WIDTH).items():
        keys = {key: run(make(), documents) for key, documents in companies().items()}
        row: list[str | float] = [name]
        for most in ALARMS:
            told = _told(keys, most)
            row.append(_cell(told))
        rows.append(row)
    title = "prices 2014: alarms, share right, falls told, median hours to tell"
    if told:
        title += f" (falls: {told.falls}; right by chance: {told.chance:.2f})"
    return Figures(title, ["detector", *(f"at most {most}" for most in ALARMS)], rows)


def _told(keys: dict[str, Scores], most: int) -> Told:
    least = threshold(keys.values(), most)
    raised = [(second, key) for key, scores in keys.items() for second in alarms(scores, least)]
    return judged(raised, companies(), prices())


def _cell(told: Told) -> str:
    if not told.alarms:
        return "0"
    delay = "-" if isnan(told.delay) else f"{told.delay:.1f} h"
    return f"{told.alarms}: {told.right:.2f} {told.told} {delay}"
