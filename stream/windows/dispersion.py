"""How much more than chance the numbers of a key vary, learnt from what was said and expected.

The variance of a count with mean m is m + f m^2, that of a negative binomial distribution of shape
1 / f. The estimate of f is one of moments (Breslow, Extra-Poisson variation in log-linear models,
1984), each span weighed by what it says of f, and shrunk to what is usual of all keys while a key
is young.

>>> calm, bursty = Dispersion(), Dispersion()
>>> for hour in range(500):
...     calm.add(observed=10 + hour % 2, expected=10.5)
...     bursty.add(observed=105 * (hour % 10 == 0), expected=10.5)
>>> calm.factor(48) < 0.1, bursty.factor(48) > 5
(True, True)
"""

from msgspec import Struct

# What is assumed of a key of which little is known: a variance of m + m^2, that of bursty news.
PRIOR_FACTOR = 1.0

# Bounds of an estimate, as multiples of what is assumed. Below, a key that was calm for weeks would
# alert on the least change of its feed; above, on nothing.
_SMALLEST, _LARGEST = 0.02, 8.0

# Digits that are kept of a sum.
_DIGITS = 4


class Dispersion(Struct, array_like=True):
    """Sums over spans: the excess of their squared deviations, and what makes it with f = 1."""

    excess: float = 0.0
    scale: float = 0.0

    def add(
        self, *, observed: float, expected: float, squares: float | None = None, spans: int = 1
    ) -> None:
        """Take in `spans`, of which `observed` is the sum and `squares` that of the squares.

        `expected` is the mean of each.
        """
        weight = 1 / (1 + expected) ** 2
        scale = spans * expected * expected * weight
        self.scale += scale
        if observed:
            squares = observed * observed if squares is None else squares
            self.excess += (squares - (2 * expected + 1) * observed) * weight
        self.excess += scale

    def decay(self, kept: float) -> None:
        """Let only the share `kept` of what is behind it still count."""
        self.excess = round(self.excess * kept, _DIGITS)
        self.scale = round(self.scale * kept, _DIGITS)

    def factor(self, prior_spans: float, prior: float = PRIOR_FACTOR) -> float:
        """The estimate of f; the `prior` counts as much as `prior_spans` spans."""
        estimate = (self.excess + prior_spans * prior) / (self.scale + prior_spans)
        return min(_LARGEST * prior, max(_SMALLEST * prior, estimate))
