"""The examples in the docstrings of the room are true."""

import doctest
from types import ModuleType

import pytest

from stream.series import level, series_detector, tail


@pytest.mark.parametrize("module", [level, series_detector, tail])
def test_the_examples_of_a_series(module: ModuleType) -> None:
    failed, tried = doctest.testmod(module)

    assert (failed, tried > 0) == (0, True)
