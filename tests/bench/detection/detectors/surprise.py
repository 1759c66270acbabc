"""Tails as scores."""

from math import log10

from scipy.special import betainc

_SMALLEST = 1e-300


def surprise(count: int, mean: float, shape: float) -> float:
    """-log10 of the chance of `count` or more of a negative binomial with this mean and shape."""
    return log_tail(float(betainc(count, shape, mean / (mean + shape))))


def log_tail(p_value: float) -> float:
    """-log10 of a p-value."""
    return -log10(max(p_value, _SMALLEST))
