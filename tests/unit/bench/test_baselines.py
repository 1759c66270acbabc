import numpy as np
import pytest

from tests.bench.detection.detectors.baselines import (
    Bucketed,
    CountModel,
    Ewma,
    FixedThreshold,
    RollingZ,
    Sketch,
)
from tests.bench.detection.detectors.detector import Detector, Document, Make
from tests.bench.detection.detectors.former_rule import FormerRule
from tests.bench.detection.detectors.petrel_detector import PetrelDetector
from tests.bench.detection.detectors.river_detectors import HalfSpace, deviation, gaussian
from tests.bench.detection.detectors.seasonal_esd import SeasonalEsd, outliers
from tests.bench.detection.detectors.surprise import surprise

HOUR = 3600.0
WEEK = 168 * HOUR


def negative(second: float, text: int) -> Document:
    return Document(second, negative=True, probability=0.9, text=text)


class Counts:
    def __init__(self) -> None:
        self.absorbed: list[int] = []

    def absorb(self, count: int) -> None:
        self.absorbed.append(count)

    def score(self, count: int) -> float:
        return float(count)


def test_fixed_threshold_counts_the_last_hour() -> None:
    detector = FixedThreshold()

    scores = [detector.score(negative(second, 1)) for second in (0.0, HOUR - 1, HOUR)]

    assert scores == [1.0, 2.0, 2.0]


def test_buckets_without_documents_are_learnt_as_empty() -> None:
    counts = Counts()
    detector = Bucketed(counts, 60.0)

    scores = [detector.score(negative(second, 1)) for second in (0.0, 59.0, 240.0)]

    assert scores == [1.0, 2.0, 1.0]
    assert counts.absorbed == [2, 0, 0, 0]


@pytest.mark.parametrize("model", [RollingZ(50), Ewma(20), SeasonalEsd(4, 40), deviation()])
def test_a_count_far_above_the_past_scores_higher(model: CountModel) -> None:
    for bucket in range(60):
        model.absorb(bucket % 4)

    assert model.score(12) > max(3.0, 2 * model.score(4))


@pytest.mark.parametrize("model", [HalfSpace(), gaussian()])
def test_what_is_nearer_to_1_is_farther_from_the_past(model: CountModel) -> None:
    for bucket in range(600):
        model.absorb(bucket % 4)

    assert 0 <= model.score(2) < model.score(4) <= 1


def test_the_generalised_esd_finds_outliers_that_hide_each_other() -> None:
    values = np.array([*np.linspace(-1, 1, 40), 9.0, 9.5, -8.0])

    assert sorted(outliers(values, 5)) == [40, 41, 42]
    assert outliers(values[:40], 5) == []


def test_surprise_of_the_geometric_distribution() -> None:
    assert surprise(2, 1.0, 1.0) == pytest.approx(-np.log10(0.25))


@pytest.mark.parametrize("detector", [Sketch(), FormerRule(), PetrelDetector()])
def test_three_distinct_texts_after_a_quiet_week_score(detector: Detector) -> None:
    detector.score(Document(0.0, negative=False, probability=0.1, text=0))

    scores = [detector.score(negative(WEEK + text, text)) for text in (1, 2, 2, 3)]

    assert scores[:3] == [0.0, 0.0, 0.0]
    assert scores[3] > 3


@pytest.mark.parametrize(
    "make", [PetrelDetector, FormerRule, lambda: Bucketed(RollingZ(50), HOUR), Sketch]
)
def test_what_is_learnt_at_once_is_as_if_it_had_been_scored(make: Make) -> None:
    rng = np.random.default_rng(1)
    some = [
        Document(second, negative=rng.random() < 0.3, probability=0.5, text=text)
        for text, second in enumerate(np.sort(rng.uniform(WEEK, 3 * WEEK, 2000)).tolist())
    ]
    learning, scoring = make(), make()

    learning.learn(some[:1500])
    for one in some[:1500]:
        scoring.score(one)

    assert [learning.score(one) for one in some[1500:]] == [
        scoring.score(one) for one in some[1500:]
    ]
