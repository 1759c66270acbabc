"""Tail probabilities of the negative binomial and the beta-binomial distribution."""

from math import exp, lgamma, log, log1p

# Beyond this many documents the prior alone sets the tail; the sum would only take longer.
MAX_DRAWS = 1_000

# A score is the logarithm of a tail, which must therefore not round to 0.
MIN_TAIL = 1e-300

# Up to so many terms are added up quicker than tails are worked out, which differ by less from it.
_FEW_TERMS = 256
_SURELY = 1e-9

# The fraction takes about as many steps as the root of its larger parameter.
_MAX_STEPS = 10_000
_CONVERGED = 1e-15
_NEGLIGIBLE = 1e-18


def negative_binomial_tail(x: int, shape: float, p: float) -> float:
    """P(X >= x) for X negative binomial with real `shape` and success probability `p`."""
    if x <= 0:
        return 1.0
    return max(_incomplete_beta(1.0 - p, x, shape), MIN_TAIL)


def likely_count(shape: float, p: float, chance: float) -> int:
    """An x of which the same is surely larger than `chance`; the largest, if few terms say so."""
    term = p**shape
    if term < MIN_TAIL:
        # Too small to say what follows.
        return 0
    below, limit = term, 1.0 - chance - _SURELY
    x = 0
    while below <= limit and x < _FEW_TERMS:
        term *= (x + shape) * (1.0 - p) / (x + 1)
        below += term
        x += 1
    return x


def beta_binomial_tail(x: int, n: int, a: float, b: float) -> float:
    """P(X >= x) for X beta-binomial: `n` draws, prior Beta(a, b)."""
    if n > MAX_DRAWS:
        x, n = x * MAX_DRAWS // n, MAX_DRAWS
    log_first = _log_choose(n, x) + _log_beta(x + a, n - x + b) - _log_beta(a, b)
    # Each term, and their sum, as a multiple of the first: what lies far beyond it is nearly all
    # of the distribution, so that a sum without end stands for a tail of 1.
    term = multiple = 1.0
    for k in range(x, n):
        before = term
        term *= (n - k) * (k + a) / ((k + 1) * (n - k - 1 + b))
        multiple += term
        if term < _NEGLIGIBLE * multiple and term < before:
            # What follows falls ever faster.
            break
    return min(1.0, exp(min(0.0, log_first + log(multiple))))


def _incomplete_beta(y: float, a: float, b: float) -> float:
    # The regularised function; its continued fraction converges fast on one side only.
    if y > (a + 1) / (a + b + 2):
        return 1.0 - _beta_fraction(1.0 - y, b, a)
    return _beta_fraction(y, a, b)


def _beta_fraction(y: float, a: float, b: float) -> float:
    front = exp(a * log(y) + b * log1p(-y) - _log_beta(a, b)) / a
    return front * _continued_fraction(y, a, b)


def _continued_fraction(y: float, a: float, b: float) -> float:
    # DLMF 8.17.22, evaluated by Lentz's method.
    c, d = 1.0, 1.0 / (1.0 - (a + b) * y / (a + 1))
    result = d
    for m in range(1, _MAX_STEPS):
        even = m * (b - m) * y / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * y / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            c, d = 1.0 + step / c, 1.0 / (1.0 + step * d)
            result *= c * d
        if abs(c * d - 1.0) < _CONVERGED:
            break
    return result


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
