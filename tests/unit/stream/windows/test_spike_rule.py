from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stream.windows.spike_rule import HALF_LIFE, Past, judge
from stream.windows.tail_probabilities import (
    MAX_DRAWS,
    MIN_TAIL,
    beta_binomial_tail,
    negative_binomial_tail,
)

SHAPES = st.floats(0.1, 50)


@pytest.fixture(scope="module")
def stats() -> Any:
    return pytest.importorskip("scipy.stats", reason="the reference comes with the extra `train`")


@given(st.integers(0, 3_000), SHAPES, st.floats(1e-4, 0.9999))
def test_count_tail_is_that_of_scipy(stats: Any, x: int, shape: float, p: float) -> None:
    expected = stats.nbinom.sf(x - 1, shape, p)
    assert negative_binomial_tail(x, shape, p) == pytest.approx(expected, rel=1e-8, abs=1e-250)


@given(st.integers(0, 200), st.integers(0, 200), SHAPES, SHAPES)
def test_share_tail_is_that_of_scipy(stats: Any, x: int, n: int, a: float, b: float) -> None:
    assume(x <= n)
    expected = stats.betabinom.sf(x - 1, n, a, b)
    assert beta_binomial_tail(x, n, a, b) == pytest.approx(expected, rel=1e-8, abs=1e-12)


@given(st.integers(0, 500), SHAPES, st.floats(1e-3, 0.999))
def test_count_tail_falls_with_the_count(x: int, shape: float, p: float) -> None:
    more, fewer = (negative_binomial_tail(count, shape, p) for count in (x + 1, x))
    assert more <= fewer * (1 + 1e-9)


@given(st.integers(0, 99), SHAPES, SHAPES)
def test_share_tail_falls_with_the_count(x: int, a: float, b: float) -> None:
    more, fewer = (beta_binomial_tail(count, 100, a, b) for count in (x + 1, x))
    assert more <= fewer * (1 + 1e-9)


def test_share_tail_is_one_when_its_first_term_is_next_to_nothing() -> None:
    assert beta_binomial_tail(1, 1_000, 10_000, 1.0) == pytest.approx(1.0)


def test_count_tail_never_rounds_to_nothing() -> None:
    assert negative_binomial_tail(5_000, 0.5, 0.9999) == MIN_TAIL


def test_share_of_a_large_sample_is_that_of_its_proportion() -> None:
    large = beta_binomial_tail(7 * MAX_DRAWS, 10 * MAX_DRAWS, 1.5, 4.0)
    assert large == beta_binomial_tail(700, 1_000, 1.5, 4.0)


@given(st.floats(0, 5_000), st.floats(0, 5_000))
def test_past_decays_alike_in_one_step_and_in_two(one: float, other: float) -> None:
    past = Past(texts=3, negative=4, documents=20, minutes=600)
    twice = past.later(one).later(other)
    once = past.later(one + other)
    assert (twice.texts, twice.negative, twice.documents, twice.minutes) == pytest.approx(
        (once.texts, once.negative, once.documents, once.minutes)
    )


def test_past_halves_in_its_half_life() -> None:
    assert Past(texts=8, documents=40).later(HALF_LIFE).texts == 4


def test_short_time_is_exposure_almost_whole() -> None:
    assert Past().later(60).minutes == pytest.approx(60, rel=0.01)


def test_expected_is_the_rate_of_the_past() -> None:
    past = Past(texts=99, negative=99, documents=400, minutes=100 * 60 - 180)
    verdict = judge(past, texts=1, negative=1, documents=4, minutes=60)
    assert verdict.expected == pytest.approx(1.0)
    assert verdict.share == pytest.approx(0.2475, abs=1e-3)


def test_longer_past_makes_the_tail_no_sharper_than_its_cap() -> None:
    week = Past(texts=5_000, negative=5_000, documents=20_000, minutes=60_000)
    month = Past(texts=20_000, negative=20_000, documents=80_000, minutes=240_000)
    one, other = (
        judge(past, texts=20, negative=20, documents=30, minutes=60) for past in (week, month)
    )
    assert other.count_p_value == pytest.approx(one.count_p_value, rel=0.1)
    assert other.share_p_value == pytest.approx(one.share_p_value, rel=0.1)


def test_more_of_the_same_is_no_spike() -> None:
    past = Past(texts=100, negative=100, documents=400, minutes=1_200)
    verdict = judge(past, texts=5, negative=5, documents=20, minutes=60)
    assert verdict.count_p_value > 0.3
    assert verdict.share_p_value > 0.3


@given(st.integers(1, 50), st.integers(0, 50))
def test_neutral_documents_make_nothing_more_suspicious(negative: int, neutral: int) -> None:
    past = Past(texts=10, negative=10, documents=40, minutes=600)
    bare = judge(past, texts=negative, negative=negative, documents=negative, minutes=60)
    total = negative + neutral
    mixed = judge(past, texts=negative, negative=negative, documents=total, minutes=60)
    assert mixed.count_p_value == bare.count_p_value
    assert mixed.share_p_value >= bare.share_p_value * (1 - 1e-9)
