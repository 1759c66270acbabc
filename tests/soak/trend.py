"""Whether what was sampled is flat or grows: values in, a verdict out."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import linear_regression, median
from typing import Literal, NamedTuple, get_args

from msgspec import Struct

Measure = Literal["resident_mb", "descriptors", "redis_mb", "redis_keys", "lag"]

# The part of a run that fills what fills up: allocators, the longest window, what expires.
WARM_UP = 0.25


class Bound(NamedTuple):
    """How much more than at first is still flat: a share of it, and at least `slack`."""

    share: float
    slack: float = 0.0


class Sample(Struct, frozen=True):
    """What was measured `at` seconds from the start, by measure and by whose it is."""

    at: float
    values: Mapping[Measure, Mapping[str, float]]


class Series(NamedTuple):
    """One measure of one process or server over time, in seconds."""

    measure: Measure
    owner: str
    at: list[float]
    values: list[float]


class Trend(NamedTuple):
    """Medians of the first and the last quarter after the warm-up, and the slope between."""

    first: float
    last: float
    per_hour: float
    flat: bool


def bounds(rate: float) -> dict[Measure, Bound]:
    """What is flat at `rate` documents a second.

    Of memory 5 %: allocators wander by half of that, and what leaks with each document passes it
    in an hour: 5 % of 600 MB over the 100 documents a second of a worker are 150 bytes for each.
    Descriptors: no share, as one an hour is a leak already; pools of connections breathe by two.
    The lag: what comes within a second.
    """
    return {
        "resident_mb": Bound(0.05),
        "descriptors": Bound(0.0, 2.0),
        "redis_mb": Bound(0.05),
        "redis_keys": Bound(0.05),
        "lag": Bound(0.05, rate),
    }


def series(samples: Sequence[Sample]) -> Iterator[Series]:
    """Every series in `samples`; one that begins late holds only what there is of it."""
    for measure in get_args(Measure):
        for owner in dict.fromkeys(o for one in samples for o in one.values.get(measure, ())):
            rows = [
                (one.at, one.values[measure][owner])
                for one in samples
                if owner in one.values.get(measure, ())
            ]
            yield Series(measure, owner, [at for at, _ in rows], [value for _, value in rows])


def judge(found: Series, seconds: float, bound: Bound) -> Trend:
    """The trend of a series of a run of `seconds`.

    Raises:
        ValueError: a quarter of what follows the warm-up holds no sample.
    """
    begin = WARM_UP * seconds
    quarter = (seconds - begin) / 4
    rows = [(at, value) for at, value in zip(found.at, found.values, strict=True) if at >= begin]
    early = [value for at, value in rows if at < begin + quarter]
    late = [value for at, value in rows if at >= seconds - quarter]
    if not early or not late:
        raise ValueError(
            f"{found.measure} of {found.owner or 'all'} needs samples from {begin:g} s to"
            f" {seconds:g} s, its first and last quarter included; there are {len(rows)}"
        )
    first, last = median(early), median(late)
    slope = linear_regression(*zip(*rows, strict=True)).slope
    upper_bound = first + max(bound.share * first, bound.slack)
    return Trend(first, last, slope * 3600, last <= upper_bound)
