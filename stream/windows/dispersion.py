"""How much more than chance the numbers of a key vary, learnt from what was said and expected.

The variance of a count with mean m is m + f m^2, that of a negative binomial distribution of shape
1 / f. The estimate of f is one of moments (Breslow, Extra-Poisson variation in log-linear models,
1984), each span weighed by what it says of f, and shrunk to what is usual of all keys while a key
is young.

>>> calm, bursty = Dispersion(), Dispersion()
>>> for hour in range(500):
...     calm += of_count(10 + hour % 2, expected=10.5)
...     bursty += of_count(105 * (hour % 10 == 0), expected=10.5)
>>> calm.factor(48, prior=1.0) < 0.1, bursty.factor(48, prior=1.0) > 5
(True, True)
"""

from math import prod

from msgspec import Struct

# Bounds of an estimate, as multiples of what is assumed. Below, a key that was calm for weeks would
# alert on the least change of its feed; above, on nothing.
_SMALLEST, _LARGEST = 0.02, 8.0

# Digits that are kept of a sum.
_DIGITS = 4


class Dispersion(Struct, frozen=True, array_like=True):
    """Sums over spans: the excess of their squared deviations, and what makes it with f = 1."""

    excess: float = 0.0
    scale: float = 0.0

    def __add__(self, other: "Dispersion") -> "Dispersion":
        return Dispersion(self.excess + other.excess, self.scale + other.scale)

    def kept(self, share: float) -> "Dispersion":
        """The same when only a `share` of what is behind it still counts."""
        if not (self.excess or self.scale):
            # Most keys are quiet on most days.
            return self
        return Dispersion(round(self.excess * share, _DIGITS), round(self.scale * share, _DIGITS))

    def factor(self, prior_spans: float, prior: float) -> float:
        """The estimate of f; the `prior` counts as much as `prior_spans` spans."""
        estimate = (self.excess + prior_spans * prior) / (self.scale + prior_spans)
        return min(_LARGEST * prior, max(_SMALLEST * prior, estimate))


def of_count(observed: float, expected: float) -> Dispersion:
    """What a span says, of which the mean was expected to be `expected`."""
    weight = 1 / (1 + expected) ** 2
    deviation = observed - expected
    return Dispersion((deviation * deviation - observed) * weight, expected * expected * weight)


def of_parts(observed: int, squares: int, evenness: float) -> Dispersion:
    """What the parts of a span say with `observed` in all; `squares` is the sum of theirs.

    Given their sum, the numbers of the parts are by chance multinomial, whatever was expected: so
    this is right from the first span on. `evenness` is the chance e that two are of the same part:
    of n, n (n - 1) e pairs are by chance, and (1 + f) / (1 + e f) times as many with a factor f.
    """
    pairs = observed * (observed - 1) * evenness
    weight = 1 / (1 + observed * evenness) ** 2
    return Dispersion((squares - observed - pairs) * weight, pairs * (1 - evenness) * weight)


def together(*factors: float) -> float:
    """The factor of a number that varies for reasons that have nothing to do with one another."""
    return prod(1 + factor for factor in factors) - 1
