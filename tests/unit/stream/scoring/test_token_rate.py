import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.scoring.token_rate import TokenRate


def budget(*passes: tuple[int, float]) -> int:
    rate = TokenRate()
    for tokens, seconds in passes:
        rate.observe(tokens, seconds)
    return rate.budget


def test_it_begins_small() -> None:
    assert budget() == 128


@pytest.mark.parametrize(
    ("passes", "expected"),
    [
        pytest.param([(128, 4.0)], 160, id="the first pass sets it"),
        pytest.param([(100, 0.125)] * 3, 4000, id="it stays while nothing changes"),
        pytest.param([(100, 0.125), (100, 12.5)], 40, id="a slow pass tells at once"),
        pytest.param([(1000, 1.0), (4, 0.02)], 4920, id="a few short texts say little"),
        pytest.param([(100, 12.5), (1000, 1.0)], 724, id="a second of work counts half"),
        pytest.param([(1, 30.0)], 0, id="a token takes longer than all the time"),
    ],
)
def test_it_is_five_seconds_of_work(passes: list[tuple[int, float]], expected: int) -> None:
    assert budget(*passes) == expected


def test_a_clock_that_does_not_move_is_no_error() -> None:
    assert budget((128, 0.0)) > 100_000


@given(st.lists(st.tuples(st.integers(1, 5000), st.floats(0.001, 100)), min_size=1))
def test_it_lies_between_what_the_slowest_and_the_quickest_pass_allow(
    passes: list[tuple[int, float]],
) -> None:
    allowed = [5 * tokens / seconds for tokens, seconds in passes]

    assert min(allowed) * 0.999 - 1 <= budget(*passes) <= max(allowed) * 1.001 + 1
