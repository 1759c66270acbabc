"""The spike rule: is this window more negative than the key's own past makes plausible?

Two tail probabilities, each with the past as prior. The count of negative texts is
gamma-Poisson (Gelman et al., Bayesian Data Analysis, 3rd ed., 2.6): with `a` negative texts seen
in `b` minutes, a window of `w` minutes holds a negative-binomial number. The negative share is
beta-binomial. News comes in bursts, so the past never counts for more than a capped number of
observations: a long history must not make the prior so sharp that ordinary burstiness looks
impossible.

A company with a quiet week behind it, and six negative texts in five minutes:

>>> rule = SpikeRule()
>>> week = Past(texts=14, negative=14, documents=140, minutes=7 * 1440)
>>> verdict = judge(week, texts=6, negative=6, documents=7, minutes=5)
>>> round(verdict.expected, 3), verdict.count_p_value < rule.count_p_value
(0.007, True)
>>> is_spike(rule, 6, verdict), score(verdict)
(True, 82)

Two such texts are none, however improbable:

>>> is_spike(rule, 2, verdict)
False
"""

from math import log, log10
from typing import Literal

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field

from stream.windows.buckets import Size
from stream.windows.tail_probabilities import beta_binomial_tail, negative_binomial_tail

# The rule's name in alerts, part of their ids.
RULE: Literal["negative-spike"] = "negative-spike"

# Only short windows: a day-long one holds the first hours of the spike itself.
SPIKE_SIZES: tuple[Size, ...] = ("5m", "1h")

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

# Minutes in which the past loses half of its weight: a week.
HALF_LIFE = 7 * 1440.0


class SpikeRule(BaseModel):
    """When a key alerts; each field is the setting `PETREL_SPIKE_<NAME>`. Times are in minutes.

    Chosen on synthetic keys (see `tests/keys.py`): of 300 days of a bursty key with 20 documents
    an hour, a quarter of them negative, two raise an alert. How improbable the number must be is
    what keeps those out; the share keeps out a loud day that is no more negative than others.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False, hide_input_in_errors=True)

    smallest: int = Field(
        default=3,
        ge=1,
        description="number of distinct negative texts below which nothing is a spike",
    )
    history: int = Field(default=360, ge=0, description="minutes of history before a key may alert")
    count_p_value: float = Field(
        default=1e-8,
        gt=0,
        lt=1,
        description="largest chance (0 to 1) of so many negative texts that is a spike",
    )
    share_p_value: float = Field(
        default=5e-2,
        gt=0,
        lt=1,
        description="largest chance (0 to 1) of so large a negative share that is a spike",
    )
    calm: int = Field(
        default=10, ge=1, description="minutes without a spike after which an alert resolves"
    )
    cool_down: int = Field(
        default=30, ge=0, description="minutes after a resolve before the key may alert again"
    )
    critical: int = Field(
        default=80, ge=0, le=100, description="score (0 to 100) from which an alert is critical"
    )


class Past(Struct, frozen=True):
    """A key's decayed history: distinct negative texts, negative and all documents, minutes."""

    texts: float = 0.0
    negative: float = 0.0
    documents: float = 0.0
    minutes: float = 0.0

    def later(self, minutes: float) -> "Past":
        """The same past after `minutes` without documents, which count as exposure.

        Both decay, so that it makes no difference in how many steps the time passes.
        """
        kept = 0.5 ** (minutes / HALF_LIFE)
        exposure = (1 - kept) * HALF_LIFE / log(2)
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


def may_be_spike(rule: SpikeRule, past: Past, texts: int, minutes: float) -> bool:
    """Whether a window of `minutes` holds texts enough for a spike; most do not."""
    return texts >= rule.smallest and _count_tail(past, texts, minutes) <= rule.count_p_value


def judge(past: Past, *, texts: int, negative: int, documents: int, minutes: float) -> Verdict:
    """Judge a window of `minutes` against the key's past.

    It holds `texts` distinct negative texts; `negative` of its `documents` are negative.
    """
    shape, rate = _gamma(past)
    against, others = _beta(past)
    return Verdict(
        count_p_value=_count_tail(past, texts, minutes),
        share_p_value=beta_binomial_tail(negative, documents, against, others),
        expected=shape / rate * minutes,
        share=against / (against + others),
    )


def is_spike(rule: SpikeRule, texts: int, verdict: Verdict) -> bool:
    """Whether a window is more negative, in number and in share, than plausible."""
    return (
        texts >= rule.smallest
        and verdict.count_p_value <= rule.count_p_value
        and verdict.share_p_value <= rule.share_p_value
    )


def score(verdict: Verdict) -> int:
    """0 to 100: a tail of 1e-4 scores 37, 1e-8 scores 60, 1e-14 scores 80, 1e-20 scores 90."""
    return round(100 * (1 - 10 ** (log10(verdict.count_p_value) / 20)))


def _count_tail(past: Past, texts: int, minutes: float) -> float:
    shape, rate = _gamma(past)
    return negative_binomial_tail(texts, shape, rate / (rate + minutes))


def _gamma(past: Past) -> tuple[float, float]:
    shape, rate = past.texts + PRIOR_NEGATIVE, past.minutes + PRIOR_MINUTES
    weight = min(1.0, CAP_NEGATIVE / shape)
    return shape * weight, rate * weight


def _beta(past: Past) -> tuple[float, float]:
    against = past.negative + PRIOR_SHARE_NEGATIVE
    others = past.documents - past.negative + PRIOR_SHARE_OTHER
    weight = min(1.0, CAP_DOCUMENTS / (against + others))
    return against * weight, others * weight
