"""The detectors that are compared, by name."""

from tests.bench.detection.detectors.baselines import (
    Bucketed,
    Ewma,
    FixedThreshold,
    RollingZ,
    Sketch,
)
from tests.bench.detection.detectors.detector import Make
from tests.bench.detection.detectors.former_rule import FormerRule
from tests.bench.detection.detectors.petrel_detector import PetrelDetector
from tests.bench.detection.detectors.river_detectors import HalfSpace, deviation, gaussian
from tests.bench.detection.detectors.seasonal_esd import SeasonalEsd

DAY = 86_400.0


def contenders(width: float) -> dict[str, Make]:
    """A maker of each; those that watch a series of counts have buckets of `width` seconds."""
    day = max(1, round(DAY / width))

    return {
        "Petrel": PetrelDetector,
        "Petrel's former rule": FormerRule,
        "sketch": Sketch,
        "fixed threshold": FixedThreshold,
        "rolling z-score": lambda: Bucketed(RollingZ(30 * day), width),
        "EWMA": lambda: Bucketed(Ewma(7 * day), width),
        "S-H-ESD": lambda: Bucketed(SeasonalEsd(day, 30 * day), width),
        "River half-space": lambda: Bucketed(HalfSpace(), width),
        "River Gaussian": lambda: Bucketed(gaussian(), width),
        "River deviation": lambda: Bucketed(deviation(), width),
    }
