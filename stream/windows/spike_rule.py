"""The spike rule: is what was said of a key more negative than its own past makes plausible?

Seven horizons are judged, from a burst of minutes to a slide of three days. Of each there are two
chances. That of so many distinct negative texts, where one has just come, is of a negative binomial
distribution: its mean follows from the key's level and the rhythm of its week, its variance from
how much the numbers of this key vary, and from how little may be known of its level. That of so
large a share of negative documents is of a beta-binomial distribution. Both together must be
small, and that of the share not large: more is said on a loud day, and one text of one is a share
of all.

A company with a quiet month behind it, and six negative texts in five minutes:

>>> month = Level(texts=20, negative=20, documents=200, hours=500)
>>> quiet = Usual(level=month, expected=month.rate / 12, count_spread=1.0, share_spread=0.08)
>>> verdict = judge(Content(texts=6, negative=6, documents=7), quiet)
>>> round(verdict.expected, 4), verdict.chance < 1e-9
(0.0035, True)
>>> score(verdict.chance) > 80
True

Many documents, of which no larger share is negative than usual, are no spike:

>>> judge(Content(texts=12, negative=12, documents=120), quiet).chance
1.0
"""

from math import ceil, log, log10, sqrt
from typing import Literal

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field

from schemas.window import Size
from stream.windows.past import Level
from stream.windows.tail_probabilities import (
    MIN_TAIL,
    beta_binomial_tail,
    likely_count,
    negative_binomial_tail,
)

# The rule's name in alerts, part of their ids.
RULE: Literal["negative-spike"] = "negative-spike"

# Minutes of each horizon: bursts, an hour, part of a day, a day, and a slow slide.
HORIZONS: dict[Size, int] = {
    "2m": 2,
    "5m": 5,
    "15m": 15,
    "1h": 60,
    "4h": 240,
    "24h": 1440,
    "72h": 4320,
}

# A count that is likelier is not looked at more closely.
_PLAUSIBLE = 0.05
# Of a count that is no accident, the largest chance of its share: a loud day that is no more
# negative than others is no alarm.
_LARGEST_SHARE_CHANCE = 0.2
# Texts that must be usual for a share to be an alarm by itself: of the few of some minutes all may
# be negative for once. And how far it may make its count less plausible.
_FEWEST_USUAL = 8.0
_SHARE_POWER = 4
# Of a share only so many times as many documents of a text count as are usual: 500 about one
# company make a market no more negative than fifty.
_MAX_COPIES = 2.0


class SpikeRule(BaseModel):
    """When a key alerts; each field is the setting `PETREL_SPIKE_<NAME>`. Times are in minutes."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False, hide_input_in_errors=True)

    smallest: int = Field(
        default=3,
        ge=1,
        description="number of distinct negative texts below which nothing is a spike",
    )
    history: int = Field(default=360, ge=0, description="minutes of history before a key may alert")
    calm: int = Field(
        default=10, ge=1, description="minutes without a spike after which an alert resolves"
    )
    cool_down: int = Field(
        default=30, ge=0, description="minutes after a resolve before the key may alert again"
    )
    critical: int = Field(
        default=80, ge=0, le=100, description="score (0 to 100) from which an alert is critical"
    )


class Content(Struct, frozen=True):
    """What a window holds: distinct negative texts, and the documents that a share is taken of."""

    texts: int
    negative: int
    documents: int


class Usual(Struct, frozen=True):
    """What a key's past makes plausible for a window.

    expected: distinct negative texts. count_spread: the variance of their number is m + s m^2.
    share_spread: that of a share is as if it were drawn anew with each 1 / s documents. is_of_days:
    whether the window is of a day or more.
    """

    level: Level
    expected: float
    count_spread: float
    share_spread: float
    is_of_days: bool = False


class Verdict(Struct, frozen=True):
    """The chances of a window, given the past: of its count, its share, and of both together."""

    count_chance: float
    share_chance: float
    chance: float
    expected: float
    share: float


def judge(content: Content, usual: Usual) -> Verdict:
    """Judge a window that holds `content`."""
    return _verdict(content, usual, _count_chance(content, usual))


def judge_closely(rule: SpikeRule, content: Content, usual: Usual) -> Verdict | None:
    """The same if the window holds texts enough for a spike; most do not, and this is quick."""
    if content.texts < rule.smallest or content.texts <= usual.expected:
        return None
    count = _count_chance(content, usual)
    return _verdict(content, usual, count) if count <= _PLAUSIBLE else None


def plausible_texts(expected: float, count_spread: float) -> int:
    """So many texts are no window to be looked at closely, where `expected` or more are usual."""
    others = likely_count(*_others_of(expected, count_spread), chance=_PLAUSIBLE)
    return max(int(expected), 1 + others)


def _verdict(content: Content, usual: Usual, count: float) -> Verdict:
    share = _share_chance(content, usual)
    chance = 1.0
    if share <= _LARGEST_SHARE_CHANCE:
        chance = (_both_alike if usual.is_of_days else _both)(count, share)
    if usual.expected >= _FEWEST_USUAL:
        chance = min(chance, max(share, count**_SHARE_POWER))
    return Verdict(
        count_chance=count,
        share_chance=share,
        # Each horizon is a chance for an accident; they overlap, so that it is no larger than this.
        chance=min(1.0, chance * len(HORIZONS)),
        expected=usual.expected,
        share=usual.level.share,
    )


def _both(count: float, share: float) -> float:
    """The chance of a count and of a share that is half as surprising, since it follows from it.

    Good, On the Weighted Combination of Significance Tests (1955), with weights of 1 and 1/2.
    """
    product = max(count * sqrt(share), MIN_TAIL)
    return product * (2 - product)


def _both_alike(count: float, share: float) -> float:
    """The chance of a count and of a share of days, in which neither follows from the other.

    Fisher, Statistical Methods for Research Workers (1932), 21.1.
    """
    product = max(count * share, MIN_TAIL)
    return product * (1 - log(product))


def score(chance: float) -> int:
    """0 to 100: a chance of 1e-4 scores 54, 1e-6 scores 68, 1e-9 scores 82, 1e-15 scores 94."""
    return round(100 * (1 - 10 ** (log10(chance) / 12)))


def _count_chance(content: Content, usual: Usual) -> float:
    return negative_binomial_tail(
        content.texts - 1, *_others_of(usual.expected, usual.count_spread)
    )


def _others_of(expected: float, count_spread: float) -> tuple[float, float]:
    """The shape and the `p` of the number of texts beside one."""
    shape = 1 / count_spread
    # A window is looked at because a negative text came. Where one came, others are likelier: of a
    # gamma mixture the number of the others is as if the shape were one more.
    return shape + 1, shape / (shape + expected)


def _share_chance(content: Content, usual: Usual) -> float:
    level = usual.level
    copies = _MAX_COPIES * (level.negative + 1) / (level.texts + 1)
    negative = min(content.negative, ceil(content.texts * copies))
    documents = content.documents - content.negative + negative
    weight = 1 / (usual.share_spread + 1 / (level.documents + 4))
    return beta_binomial_tail(negative, documents, level.share * weight, (1 - level.share) * weight)
