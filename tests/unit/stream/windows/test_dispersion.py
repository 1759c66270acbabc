from random import Random

import pytest

from stream.windows.dispersion import Dispersion, of_count, of_parts, together


def learnt(spread: float, *, mean: float, spans: int) -> float:
    """What is learnt of counts whose variance is mean + spread * mean^2."""
    rng, found = Random(3), Dispersion()
    for _ in range(spans):
        rate = rng.gammavariate(1 / spread, mean * spread)
        found += of_count(poisson(rng, rate), expected=mean)
    return found.factor(prior_spans=20, prior=1.0)


def poisson(rng: Random, rate: float) -> int:
    count, waited = 0, rng.expovariate(1.0)
    while waited < rate:
        count, waited = count + 1, waited + rng.expovariate(1.0)
    return count


@pytest.mark.parametrize("spread", [0.1, 0.5, 2.0])
def test_spread_of_a_key_is_learnt(spread: float) -> None:
    assert learnt(spread, mean=8.0, spans=3_000) == pytest.approx(spread, rel=0.3)


def test_of_a_young_key_that_of_all_keys_is_assumed() -> None:
    assert Dispersion().factor(prior_spans=20, prior=1.0) == 1.0
    assert learnt(0.1, mean=8.0, spans=2) == pytest.approx(1.0, rel=0.2)


def test_quiet_key_tells_next_to_nothing() -> None:
    quiet = Dispersion()
    for _ in range(500):
        quiet += of_count(0, expected=0.01)
    assert quiet.factor(prior_spans=20, prior=1.0) == pytest.approx(1.0, rel=0.05)


@pytest.mark.parametrize("spread", [0.1, 0.5, 2.0])
def test_spread_of_the_parts_of_a_span_is_learnt_whatever_their_mean(spread: float) -> None:
    rng, found = Random(3), Dispersion()
    for _ in range(500):
        mean = rng.gammavariate(1.0, 8.0)
        parts = [poisson(rng, rng.gammavariate(1 / spread, mean * spread)) for _ in range(12)]
        found += of_parts(sum(parts), sum(part * part for part in parts), evenness=1 / 12)
    assert found.factor(prior_spans=20, prior=1.0) == pytest.approx(spread, rel=0.3)


def test_factors_that_have_nothing_to_do_with_one_another_multiply() -> None:
    assert together(0.5, 1.0) == 2.0
    assert together(0.5, 0.0) == 0.5
