"""Two bundles on the same examples: is one better, or is it chance?"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from scipy.stats import binomtest

from bundle.heads import Head, HeadName
from trainer.heads import learner_of
from trainer.heads.decision import Decision
from trainer.heads.learner import HeadLearner, Sums

_RESAMPLES = 2_000
_SEED = 13


class Comparison(Struct, frozen=True):
    """One head of two bundles on the same examples.

    `scores` are the figures that stand for the head (see `trainer.evaluation.report.Report`),
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
    name: HeadName, head: Head, first: Sequence[Decision], second: Sequence[Decision]
) -> Comparison:
    """Compare the decisions of two bundles' heads on the same examples, in the same order.

    McNemar's test, exact (McNemar 1947), on the examples that one has right and the other wrong;
    paired bootstrap (Efron and Tibshirani 1993) of the difference of the scores.
    """
    learner = learner_of(head)
    only_first = sum(a.is_right and not b.is_right for a, b in zip(first, second, strict=True))
    only_second = sum(b.is_right and not a.is_right for a, b in zip(first, second, strict=True))
    differing = only_first + only_second
    p_value = binomtest(only_first, differing).pvalue if differing else 1.0
    return Comparison(
        head=name,
        examples=len(first),
        scores=(score(learner, first), score(learner, second)),
        interval=_interval(learner, first, second),
        only_first=only_first,
        only_second=only_second,
        p_value=float(p_value),
    )


def score(learner: HeadLearner, decided: Sequence[Decision]) -> float:
    """The figure that stands for the head: see `HeadLearner.score`."""
    return learner.score(_counts(decided).sum(0))


def _interval(
    learner: HeadLearner, first: Sequence[Decision], second: Sequence[Decision]
) -> tuple[float, float]:
    counts = _counts(first), _counts(second)
    rng = np.random.default_rng(_SEED)
    share = np.full(len(first), 1 / len(first))
    differences = []
    for _ in range(_RESAMPLES):
        times = rng.multinomial(len(first), share)
        one, two = (learner.score(np.tensordot(times, each, 1)) for each in counts)
        differences.append(two - one)
    low, high = np.quantile(differences, [0.025, 0.975])
    return float(low), float(high)


def _counts(decided: Sequence[Decision]) -> Sums:
    """The parts that `Sums` are of, (examples, 3, classes)."""
    names = sorted(
        {found[0] for decision in decided for found in decision.predicted | decision.wanted}
    )
    places = {name: position for position, name in enumerate(names)}
    counts = np.zeros((len(decided), 3, len(names)))
    for row, decision in enumerate(decided):
        parts = (decision.predicted & decision.wanted, decision.predicted, decision.wanted)
        for part, found in enumerate(parts):
            for name, _, _ in found:
                counts[row, part, places[name]] += 1
    return counts
