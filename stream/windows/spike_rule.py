"""Is this window more negative than the key's own past makes plausible?

Two tail probabilities, each with the past as prior. The count of negative texts is
gamma-Poisson (Gelman et al., Bayesian Data Analysis, 3rd ed., 2.6): with `a` negative texts seen
in `b` minutes, a window of `w` minutes holds a negative-binomial number. The negative share is
beta-binomial. News comes in bursts, so the past never counts for more than a capped number of
observations: a long history must not make the prior so sharp that ordinary burstiness looks
impossible.
"""

from math import exp, lgamma, log, log1p

from msgspec import Struct

# Before any history: one negative text in three hours, one document in four negative.
PRIOR_NEGATIVE = 1.0
PRIOR_MINUTES = 180.0
PRIOR_SHARE_NEGATIVE = 1.0
PRIOR_SHARE_OTHER = 3.0

# Caps on what the past counts for (gamma shape and beta weight): they keep the tails as heavy as
# bursty news has them. Without them a key with a year of history alerts on every busy hour.
# Chosen on simulated keys whose hourly volume and share wander: see the false alarms in the tests.
CAP_NEGATIVE = 8.0
CAP_DOCUMENTS = 12.0

# Beyond this many documents the prior alone sets the tail; the sum would only take longer.
LARGEST_SAMPLE = 1_000

# A score is the logarithm of a tail, which must therefore not round to 0.
SMALLEST_TAIL = 1e-300

# The fraction takes about as many steps as the root of its larger parameter.
MOST_STEPS = 10_000
CONVERGED = 1e-15


class Past(Struct, frozen=True):
    """A key's decayed history: distinct negative texts, negative and all documents, minutes."""

    texts: float = 0.0
    negative: float = 0.0
    documents: float = 0.0
    minutes: float = 0.0

    def later(self, minutes: float, half_life: float) -> "Past":
        """The same past after `minutes` without documents, which count as exposure.

        Both decay, so that it makes no difference in how many steps the time passes.
        """
        kept = 0.5 ** (minutes / half_life)
        exposure = (1 - kept) * half_life / log(2)
        return Past(
            texts=self.texts * kept,
            negative=self.negative * kept,
            documents=self.documents * kept,
            minutes=self.minutes * kept + exposure,
        )

    def plus(self, texts: int, negative: int, documents: int) -> "Past":
        """The past with one more bucket in it."""
        return Past(
            self.texts + texts, self.negative + negative, self.documents + documents, self.minutes
        )


class Verdict(Struct, frozen=True):
    """The two tail probabilities, and what was expected."""

    count_p_value: float
    share_p_value: float
    expected: float
    share: float


def judge(past: Past, *, texts: int, negative: int, documents: int, minutes: int) -> Verdict:
    """Judge a window of `minutes` against the key's past.

    It holds `texts` distinct negative texts; `negative` of its `documents` are negative.
    """
    shape, rate = _gamma(past)
    against, others = _beta(past)
    return Verdict(
        count_p_value=negative_binomial_tail(texts, shape, rate / (rate + minutes)),
        share_p_value=beta_binomial_tail(negative, documents, against, others),
        expected=shape / rate * minutes,
        share=against / (against + others),
    )


def negative_binomial_tail(x: int, shape: float, p: float) -> float:
    """P(X >= x) for X negative binomial with real `shape` and success probability `p`."""
    if x == 0:
        return 1.0
    return max(_incomplete_beta(1.0 - p, x, shape), SMALLEST_TAIL)


def beta_binomial_tail(x: int, n: int, a: float, b: float) -> float:
    """P(X >= x) for X beta-binomial: `n` draws, prior Beta(a, b)."""
    if n > LARGEST_SAMPLE:
        x, n = x * LARGEST_SAMPLE // n, LARGEST_SAMPLE
    total = _log_beta(a, b)
    terms = (exp(_log_choose(n, k) + _log_beta(k + a, n - k + b) - total) for k in range(x, n + 1))
    return min(1.0, sum(terms))


def _gamma(past: Past) -> tuple[float, float]:
    shape, rate = past.texts + PRIOR_NEGATIVE, past.minutes + PRIOR_MINUTES
    weight = min(1.0, CAP_NEGATIVE / shape)
    return shape * weight, rate * weight


def _beta(past: Past) -> tuple[float, float]:
    against = past.negative + PRIOR_SHARE_NEGATIVE
    others = past.documents - past.negative + PRIOR_SHARE_OTHER
    weight = min(1.0, CAP_DOCUMENTS / (against + others))
    return against * weight, others * weight


def _incomplete_beta(y: float, a: float, b: float) -> float:
    # The regularised function; its continued fraction converges fast on this side only.
    if y > (a + 1) / (a + b + 2):
        return 1.0 - _incomplete_beta(1.0 - y, b, a)
    front = exp(a * log(y) + b * log1p(-y) - _log_beta(a, b)) / a
    return front * _continued_fraction(y, a, b)


def _continued_fraction(y: float, a: float, b: float) -> float:
    # DLMF 8.17.22, evaluated by Lentz's method.
    c, d = 1.0, 1.0 / (1.0 - (a + b) * y / (a + 1))
    result = d
    for m in range(1, MOST_STEPS):
        even = m * (b - m) * y / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * y / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            c, d = 1.0 + step / c, 1.0 / (1.0 + step * d)
            result *= c * d
        if abs(c * d - 1.0) < CONVERGED:
            break
    return result


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
