"""The examples in the docstrings of the pure rooms are true."""

import doctest

from stream.windows import spike_rule


def test_the_example_of_the_spike_rule() -> None:
    failed, tried = doctest.testmod(spike_rule)

    assert (failed, tried > 0) == (0, True)
