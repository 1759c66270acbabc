import math

import numpy as np
import pytest

from tests.bench.detection import poisson_oracle
from tests.bench.detection.backgrounds import DAY, HOUR, Background, background
from tests.bench.detection.detectors.detector import Detector, Document
from tests.bench.detection.injection import (
    BURST,
    between,
    notices,
    outage,
    pulsed,
    raised,
    rising,
    several,
    storm,
    with_rhythm,
)
from tests.bench.detection.made_keys import made
from tests.bench.detection.newswire import turned
from tests.bench.detection.watching import ANY, FALSE_ALARMS, Branch, delay, rare, watch

# A Monday at midnight.
MONDAY = 4 * DAY


def documents(days: int, an_hour: int) -> list[Document]:
    """So many an hour, every other one negative."""
    step = HOUR / an_hour
    return [
        Document(MONDAY + number * step, negative=number % 2 == 0, probability=0.5, text=number)
        for number in range(days * 24 * an_hour)
    ]


@pytest.fixture
def key() -> Background:
    return background("key", documents(10, 60), learning=DAY)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1)


class Counter(Detector):
    """Scores the number of documents so far."""

    def __init__(self) -> None:
        self.count = 0

    def score(self, document: Document) -> float:
        self.count += 1
        return float(self.count)


def negative(some: list[Document]) -> int:
    return sum(one.negative for one in some)


def test_the_usual_rate_is_by_the_hour_of_the_day(key: Background) -> None:
    assert key.days == pytest.approx(9, abs=0.01)
    assert key.rate(MONDAY + 100 * HOUR) == pytest.approx(0.5, abs=0.01)


def test_a_weekend_is_not_a_workday() -> None:
    workdays = [one for one in documents(28, 60) if (one.second - MONDAY) // DAY % 7 < 5]

    key = background("key", workdays, learning=DAY)

    assert key.rate(MONDAY + 30 * HOUR) == pytest.approx(0.5, rel=0.1)
    assert key.rate(MONDAY + 130 * HOUR) == 0


def test_a_made_key_has_the_rate_and_the_share_asked_for_and_no_copies_across_its_years() -> None:
    some = made(documents(70, 4), per_minute=0.5, days=14, seed=1, share=0.6)

    assert negative(some) / (14 * 1440) == pytest.approx(0.5, rel=0.05)
    assert negative(some) / len(some) == pytest.approx(0.6, abs=0.01)
    assert [one.second for one in some] == sorted(one.second for one in some)
    assert len({one.text for one in some}) == len(some)


def test_a_made_key_has_the_rhythm_of_the_real_one() -> None:
    awake = [one for one in documents(70, 6) if one.second % DAY < 12 * HOUR]

    some = made(awake, per_minute=0.5, days=14, seed=1)

    asleep = [one for one in some if one.second % DAY >= 12 * HOUR]
    assert 0 < len(asleep) < len(some) / 50


def test_a_burst_multiplies_the_negative_documents_only(
    key: Background, rng: np.random.Generator
) -> None:
    at = MONDAY + 5 * DAY

    some = raised(5, 10 * BURST)(key, at, rng)

    assert negative(some) == pytest.approx(250, rel=0.15)
    assert len(some) - negative(some) == 50
    assert at <= some[0].second <= some[-1].second < at + 10 * BURST


def test_a_slide_rises_little_by_little(key: Background, rng: np.random.Generator) -> None:
    at = MONDAY + 5 * DAY

    some = rising(5, DAY)(key, at, rng)

    late = [one for one in some if one.second >= at + DAY / 2]
    assert negative(some) == pytest.approx(720 * 3, rel=0.05)
    assert negative(late) == pytest.approx(360 * 4, rel=0.05)


def test_a_market_that_turns_says_as_much_as_ever(
    key: Background, rng: np.random.Generator
) -> None:
    at = MONDAY + 5 * DAY

    some = turned(key, at, rng)

    before = between(key, at, at + 3 * HOUR)
    assert [one.second for one in some] == [one.second for one in before]
    assert negative(some) > 1.2 * negative(before)


def test_several_texts_are_so_many(key: Background, rng: np.random.Generator) -> None:
    at = MONDAY + 5 * DAY

    some = several(4, BURST)(key, at, rng)

    assert negative(some) == negative(between(key, at, at + BURST)) + 4


def test_notices_are_of_one_mould_and_no_two_the_same(
    key: Background, rng: np.random.Generator
) -> None:
    some = notices(key, MONDAY + 5 * DAY, rng)

    moulded = [one for one in some if one.mould is not None]
    assert len({one.text for one in moulded}) == 200
    assert len({one.mould for one in moulded}) == 1


def test_a_storm_is_one_text(key: Background, rng: np.random.Generator) -> None:
    some = storm(key, MONDAY + 5 * DAY, rng)

    assert len(some) == 510
    assert len({one.text for one in some}) == 11


def test_after_an_outage_all_comes_at_once_with_its_own_time(
    key: Background, rng: np.random.Generator
) -> None:
    at = MONDAY + 5 * DAY

    some = outage(key, at, rng)

    late = [one for one in some if one.published is not None]
    assert [one.published for one in late] == [
        one.second for one in between(key, at, at + 3 * HOUR)
    ]
    assert at + 3 * HOUR <= late[0].second <= late[-1].second < at + 3 * HOUR + 60


def test_a_polled_feed_comes_in_one_second_of_five_minutes() -> None:
    some = pulsed(documents(1, 60))

    assert {int(one.second) % 300 for one in some} == {0}
    assert all(new.second > old.second for new, old in zip(some, documents(1, 60), strict=True))


def test_a_strong_rhythm_leaves_most_at_noon_and_few_at_midnight(rng: np.random.Generator) -> None:
    hours = [int(one.second % DAY // HOUR) for one in with_rhythm(documents(10, 60), rng)]

    assert 3 * hours.count(0) < hours.count(12)


def test_a_branch_goes_on_from_where_the_background_is_and_leaves_it_alone() -> None:
    key = background("key", documents(2, 1), learning=0.0)
    branch = Branch("kind", MONDAY + 3 * HOUR, [Document(MONDAY + 3.5 * HOUR, True, 0.9, 1)])

    watched = watch(Counter, key, [branch])

    assert [score for _, score in watched.background] == list(range(1, 49))
    assert watched.branches == [(branch, [(MONDAY + 3.5 * HOUR, 4.0)])]


def test_what_is_learnt_is_not_scored() -> None:
    key = background("key", documents(2, 1), learning=DAY)

    watched = watch(Counter, key, [])

    assert [score for _, score in watched.background] == list(range(25, 49))


@pytest.mark.parametrize(("least", "seconds"), [(2.0, 60.0), (9.0, math.inf)])
def test_delay_is_counted_from_where_the_branch_begins(least: float, seconds: float) -> None:
    scores = [(1010.0, 1.0), (1060.0, 2.0), (1070.0, 3.0)]

    assert delay(Branch("kind", 1000.0, []), scores, least) == seconds


def test_a_rare_threshold_follows_the_tail(rng: np.random.Generator) -> None:
    # One score in five minutes, each a -log10 of a p-value: 288,000 in 1,000 days.
    scores = [(300.0 * place, -math.log10(rng.random())) for place in range(30 * 288)]

    assert rare([scores], days=30) == pytest.approx(math.log10(288_000), abs=0.7)


def test_what_was_reached_in_a_few_days_is_not_rare() -> None:
    scores = [(300.0 * place, 1.0) for place in range(288)]

    assert rare([scores], days=1) > 1.0
    assert rare([[]], days=1) == ANY


def test_the_oracle_tells_what_is_certain_and_not_what_cannot_be_seen() -> None:
    assert poisson_oracle.found(60.0, 5, 2, FALSE_ALARMS) == pytest.approx(1.0)
    assert poisson_oracle.found(0.01, 5, 2, FALSE_ALARMS) < 0.01
