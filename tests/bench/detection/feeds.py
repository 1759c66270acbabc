"""What a feed does to a key, and must raise no alarm: a strong rhythm, and that it is polled."""

import numpy as np

from tests.bench.detection.backgrounds import DAY, MINUTE, background
from tests.bench.detection.detectors.contenders import contenders
from tests.bench.detection.detectors.detector import Document, alarms
from tests.bench.detection.injection import pulsed, with_rhythm
from tests.bench.detection.made_keys import made
from tests.bench.detection.watching import rare, watch
from tests.bench.harness import Figures

_RATE = 0.2
_LEARNING = 35
_DAYS = 60
_WIDTH = 5 * MINUTE


def feed_table(year: list[Document], seeds: int) -> Figures:
    """Alarms on a key with a stronger rhythm, and on one that is polled.

    The threshold is that of the key as it is.
    """
    plain = [made(year, _RATE, _LEARNING + _DAYS, seed) for seed in range(1, 2 * seeds + 1)]
    ways = {
        "as it is": plain,
        "strong rhythm": [with_rhythm(one, np.random.default_rng(1)) for one in plain],
        "polled every 5 minutes": [pulsed(one) for one in plain],
    }
    keys = {
        way: [background(way, one, _LEARNING * DAY) for one in some] for way, some in ways.items()
    }
    days = sum(key.days for key in keys["as it is"])
    rows: list[list[str | float]] = []
    for name, make in contenders(_WIDTH).items():
        scores = {way: [watch(make, key, []).background for key in of] for way, of in keys.items()}
        least = rare(scores["as it is"], days)
        raised = [sum(len(alarms(one, least)) for one in some) for some in scores.values()]
        rows.append([name, *raised])
    title = f"alarms in {days:.0f} key-days of {_RATE} negative a minute"
    return Figures(title, ["detector", *ways], rows)
