"""Two bundles on the same examples: is one better, or is it chance?"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.stats import binomtest

from bundle.manifest import HeadName, Kind
from trainer.judging.decisions import Decision

_RESAMPLES = 2_000
_SEED = 13

# Sums over examples, (3, classes): what was said and wanted, what was said, what was wanted.
_Sums = NDArray[np.float64]


class Comparison(Struct, frozen=True):
    """One head of two bundles on the same examples.

    `scores` are the figures that stand for the head (see `trainer.judging.report.Report`),
    `interval` has the difference of the second from the first in 95 of 100 resamples. `only_first`
    and `only_second` count the examples that just one of them has quite right; `p_value` is how
    likely they are to differ at least so much if both bundles are equally good.
    """

    head: HeadName
    examples: int
    scores: tuple[float, float]
    interval: tuple[float, float]
    only_first: int
    only_second: int
    p_value: float


def compare(
    head: HeadName, kind: Kind, first: Sequence[Decision], second: Sequence[Decision]
) -> Comparison:
    """Compare the decisions of two bundles on the same examples, in the same order.

    McNemar's test, exact (McNemar 1947), on the examples that one has right and the other wrong;
    paired bootstrap (Efron and Tibshirani 1993) of the difference of the scores.
    """
    only_first = sum(a.is_right and not b.is_right for a, b in zip(first, second, strict=True))
    only_second = sum(b.is_right and not a.is_right for a, b in zip(first, second, strict=True))
    differing = only_first + only_second
    p_value = binomtest(only_first, differing).pvalue if differing else 1.0
    return Comparison(
        head=head,
        examples=len(first),
        scores=(score(kind, first), score(kind, second)),
        interval=_interval(kind, first, second),
        only_first=only_first,
        only_second=only_second,
        p_value=float(p_value),
    )


def score(kind: Kind, decided: Sequence[Decision]) -> float:
    """Macro-F1 of a single-label head, micro-F1 of another."""
    return _f1(kind, _counts(decided).sum(0))


def _interval(
    kind: Kind, first: Sequence[Decision], second: Sequence[Decision]
) -> tuple[float, float]:
    counts = _counts(first), _counts(second)
    rng = np.random.default_rng(_SEED)
    share = np.full(len(first), 1 / len(first))
    differences = []
    for _ in range(_RESAMPLES):
        times = rng.multinomial(len(first), share)
        one, two = (_f1(kind, np.tensordot(times, each, 1)) for each in counts)
        differences.append(two - one)
    low, high = np.quantile(differences, [0.025, 0.975])
    return float(low), float(high)


def _counts(decided: Sequence[Decision]) -> NDArray[np.float64]:
    """(examples, 3, classes): see `_Sums`."""
    names = sorted({found[0] for decision in decided for found in decision.said | decision.wanted})
    places = {name: position for position, name in enumerate(names)}
    counts = np.zeros((len(decided), 3, len(names)))
    for row, decision in enumerate(decided):
        parts = (decision.said & decision.wanted, decision.said, decision.wanted)
        for kind, part in enumerate(parts):
            for name, _, _ in part:
                counts[row, kind, places[name]] += 1
    return counts


def _f1(kind: Kind, sums: _Sums) -> float:
    if kind != "single":
        sums = sums.sum(-1, keepdims=True)
    hits, both = sums[0], sums[1] + sums[2]
    present = both > 0
    return float((2 * hits[present] / both[present]).mean()) if present.any() else 0.0
