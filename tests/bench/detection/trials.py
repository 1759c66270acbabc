"""What all detectors did on keys of one kind: their thresholds, and seconds to each event."""

import math
from collections.abc import Mapping, Sequence

from msgspec import Struct

from tests.bench.detection.backgrounds import Background
from tests.bench.detection.detectors.contenders import contenders
from tests.bench.detection.watching import Branch, Watched, delay, rare, watch


class Outcome(Struct, frozen=True):
    """What a detector did on the keys of one kind: its threshold, and seconds to each event."""

    threshold: float
    delays: dict[str, list[float]]

    def share(self, kind: str, seconds: float = math.inf) -> float:
        """The share of the events of a kind that it told within so many seconds."""
        delays = self.delays[kind]
        return sum(delay < math.inf and delay <= seconds for delay in delays) / len(delays)


class Sighting(Struct, frozen=True):
    """What the detectors scored, by name, on a key of so many days and on what was injected."""

    days: float
    watched: dict[str, Watched]


def sighting(key: Background, branches: Sequence[Branch], width: float) -> Sighting:
    """All detectors on a key; those that watch a series of counts have buckets of `width`."""
    makers = contenders(width)
    return Sighting(key.days, {name: watch(make, key, branches) for name, make in makers.items()})


def thresholds(sightings: Sequence[Sighting]) -> dict[str, float]:
    """The threshold of each detector that is right for these keys together."""
    days = sum(one.days for one in sightings)
    return {
        name: rare([one.watched[name].background for one in sightings], days)
        for name in sightings[0].watched
    }


def outcomes(sightings: Sequence[Sighting], least: Mapping[str, float]) -> dict[str, Outcome]:
    """Each detector's outcome on some keys, at these thresholds."""
    return {
        name: _outcome([one.watched[name] for one in sightings], threshold)
        for name, threshold in least.items()
    }


def _outcome(watched: Sequence[Watched], least: float) -> Outcome:
    delays: dict[str, list[float]] = {}
    for one in watched:
        for branch, scores in one.branches:
            delays.setdefault(branch.kind, []).append(delay(branch, scores, least))
    return Outcome(least, delays)
