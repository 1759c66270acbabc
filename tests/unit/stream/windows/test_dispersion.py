from random import Random

import pytest

from stream.windows.dispersion import PRIOR_FACTOR, Dispersion


def learnt(spread: float, *, mean: float, spans: int) -> float:
    """What is learnt of counts whose variance is mean + spread * mean^2."""
    rng, found = Random(3), Dispersion()
    for _ in range(spans):
        rate = rng.gammavariate(1 / spread, mean * spread)
        found.add(observed=poisson(rng, rate), expected=mean)
    return found.factor(prior_spans=20)


def poisson(rng: Random, rate: float) -> int:
    count, waited = 0, rng.expovariate(1.0)
    while waited < rate:
        count, waited = count + 1, waited + rng.expovariate(1.0)
    return count


@pytest.mark.parametrize("spread", [0.1, 0.5, 2.0])
def test_spread_of_a_key_is_learnt(spread: float) -> None:
    assert learnt(spread, mean=8.0, spans=3_000) == pytest.approx(spread, rel=0.3)


def test_of_a_young_key_that_of_all_keys_is_assumed() -> None:
    assert Dispersion().factor(prior_spans=20) == PRIOR_FACTOR
    assert learnt(0.1, mean=8.0, spans=2) == pytest.approx(PRIOR_FACTOR, rel=0.2)


def test_quiet_key_tells_next_to_nothing() -> None:
    quiet = Dispersion()
    for _ in range(500):
        quiet.add(observed=0, expected=0.01)
    assert quiet.factor(prior_spans=20) == pytest.approx(PRIOR_FACTOR, rel=0.05)


def test_spans_taken_together_are_those_taken_alone() -> None:
    alone, together = Dispersion(), Dispersion()
    for count in (3, 0, 5):
        alone.add(observed=count, expected=2.0)
    together.add(observed=8, expected=2.0, squares=34, spans=3)
    assert together.excess == pytest.approx(alone.excess)
    assert together.scale == pytest.approx(alone.scale)
