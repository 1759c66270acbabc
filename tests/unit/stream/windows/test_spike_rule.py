from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from stream.windows.past import Level
from stream.windows.spike_rule import (
    Content,
    SpikeRule,
    Usual,
    judge,
    judge_closely,
    plausible_texts,
    score,
)
from stream.windows.tail_probabilities import (
    MAX_DRAWS,
    MIN_TAIL,
    beta_binomial_tail,
    likely_count,
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


@given(SHAPES, st.floats(1e-3, 0.999), st.floats(0.01, 0.9))
def test_likely_counts_have_a_larger_tail(shape: float, p: float, chance: float) -> None:
    assert negative_binomial_tail(likely_count(shape, p, chance), shape, p) > chance


def test_likely_count_is_the_largest() -> None:
    likely = likely_count(2.0, 0.2, 0.05)
    assert negative_binomial_tail(likely + 1, 2.0, 0.2) <= 0.05


def test_no_count_is_likely_where_that_of_none_is_next_to_nothing() -> None:
    assert likely_count(5_000.0, 0.5, chance=0.05) == 0


@given(st.floats(0, 50), st.floats(0, 5), st.floats(0.02, 8))
def test_plausible_texts_are_not_looked_at_closely(
    least: float, more: float, spread: float
) -> None:
    texts = plausible_texts(least, spread)
    usual = Usual(Level(), least + more, spread, share_spread=0.08)
    assert judge_closely(SpikeRule(), Content(texts, texts, texts), usual) is None


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


MONTH = Level(texts=20, negative=20, documents=200, hours=500)


def usual(expected: float, level: Level = MONTH, spread: float = 1.0) -> Usual:
    return Usual(level, expected, count_spread=spread, share_spread=0.08)


def test_more_of_the_same_is_no_spike() -> None:
    assert judge(Content(texts=2, negative=2, documents=20), usual(2.0)).chance == 1.0


def test_many_negative_texts_of_many_documents_are_no_spike() -> None:
    assert judge(Content(texts=40, negative=40, documents=400), usual(2.0)).chance == 1.0


def test_steady_key_is_surprised_by_less_than_a_bursty_one() -> None:
    level = Level(texts=2_000, negative=2_000, documents=8_000, hours=500)
    content = Content(texts=30, negative=30, documents=60)
    steady, bursty = (judge(content, usual(10, level, spread)) for spread in (0.02, 2.0))
    assert steady.chance < 1e-3 < bursty.chance


def test_share_alone_tells_when_a_busy_key_turns() -> None:
    level = Level(texts=9_000, negative=9_000, documents=60_000, hours=500)
    content = Content(texts=200, negative=200, documents=600)
    busy = Usual(level, expected=60.0, count_spread=0.3, share_spread=0.002)
    verdict = judge(content, busy)
    assert verdict.chance < 1e-6 < verdict.count_chance


def test_count_and_share_together_say_more_than_the_count() -> None:
    few, many = (
        judge(Content(texts=12, negative=12, documents=documents), usual(2.0))
        for documents in (50, 12)
    )
    assert many.count_chance == few.count_chance
    assert many.chance < few.chance / 3


@pytest.mark.parametrize("is_of_days", [False, True])
def test_flood_of_negative_texts_of_a_calm_key_has_a_score(is_of_days: bool) -> None:
    calm = Level(texts=1, negative=1, documents=100_000, hours=50_000)
    usual = Usual(calm, 1e-4, count_spread=0.1, share_spread=0.001, is_of_days=is_of_days)
    assert score(judge(Content(texts=500, negative=500, documents=500), usual).chance) == 100


def test_of_days_a_share_says_as_much_as_a_count() -> None:
    content = Content(texts=12, negative=12, documents=12)
    of_minutes = usual(2.0)
    of_days = replace(of_minutes, is_of_days=True)
    assert judge(content, of_days).chance < judge(content, of_minutes).chance / 3


@given(st.integers(1, 50), st.integers(0, 50))
def test_neutral_documents_make_nothing_more_suspicious(negative: int, neutral: int) -> None:
    bare = judge(Content(negative, negative, negative), usual(1.0))
    mixed = judge(Content(negative, negative, negative + neutral), usual(1.0))
    assert mixed.count_chance == bare.count_chance
    assert mixed.share_chance >= bare.share_chance * (1 - 1e-9)


@pytest.mark.parametrize(("texts", "expected"), [(2, False), (3, True), (50, True)])
def test_spike_needs_a_smallest_number_of_texts(texts: int, expected: bool) -> None:
    content = Content(texts=texts, negative=texts, documents=texts)
    assert (judge_closely(SpikeRule(), content, usual(0.01)) is not None) is expected


@pytest.mark.parametrize(
    ("chance", "points"), [(1.0, 0), (1e-4, 54), (1e-6, 68), (1e-9, 82), (1e-15, 94), (1e-300, 100)]
)
def test_score_grows_as_the_chance_shrinks(chance: float, points: int) -> None:
    assert score(chance) == points
