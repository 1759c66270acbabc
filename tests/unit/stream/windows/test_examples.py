"""The examples in the docstrings of the pure rooms are true."""

import doctest
from types import ModuleType

import pytest

from stream.windows import alarm_budget, dispersion, rhythm, spike_rule


@pytest.mark.parametrize("module", [alarm_budget, dispersion, rhythm, spike_rule])
def test_the_examples_of_the_detector(module: ModuleType) -> None:
    failed, tried = doctest.testmod(module)

    assert (failed, tried > 0) == (0, True)
