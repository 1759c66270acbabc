"""Which settings a sweep tries."""

import pytest

from stream.clients.backtest.sweep import SweepError, combinations


def test_a_sweep_tries_each_combination_once() -> None:
    found = combinations({"PETREL_STALE": ["60", "60"], "PETREL_SPIKE_CRITICAL": ["70", "80"]})

    assert found == [
        {"PETREL_STALE": "60", "PETREL_SPIKE_CRITICAL": value} for value in ("70", "80")
    ]


def test_a_sweep_of_too_many_is_an_error() -> None:
    many = [str(number) for number in range(1, 41)]

    with pytest.raises(SweepError, match="a sweep has at most 1,000 combinations, not 1,600"):
        combinations({"PETREL_STALE": many, "PETREL_MAX_FUTURE": many})
