"""The alert: a key turned more negative than its own past makes plausible."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.codec import convert, parse
from schemas.scored import Count, Probability
from schemas.times import Time
from schemas.window import Kind, SentimentWindow

Transition = Literal["open", "escalate", "resolve"]
Severity = Literal["warning", "critical"]
Score = Annotated[int, Meta(ge=0, le=100)]


class Baseline(Struct, frozen=True, kw_only=True):
    """What the key's past made plausible for a window of this size.

    `negative` is the expected number of distinct negative texts, `share` the expected negative
    share, `documents` how much past (decayed) stands behind them. The two p-values are the
    chances, given that past, of at least this many negative texts and of at least this share.
    """

    negative: float
    share: Probability
    documents: float
    hours: float
    count_p_value: Probability
    share_p_value: Probability


class Evidence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A document that shows why: the most negative of one of the window's worst stories.

    `arrived_at` is when it could be known. `copies` says how often near the same text came in the
    window, itself counted in, as far as is known. Records of older versions have neither.
    """

    id: str
    text: str
    negative: Probability
    published_at: Time
    source: str
    arrived_at: Time | None = None
    url: str | None = None
    copies: Annotated[int, Meta(ge=1)] = 1


class Alert(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One transition of one alert, judged at the end of the second `at`.

    `window` holds what was said until then: the minute that was not over yet, and whole ones before
    it. `id` is derived from rule, key, time and transition: a repeat has the same id. `alert` is
    the same from open to resolve. `distinct` counts the negative stories that were not heard in the
    day before: all near-copies of a text are one. Of what is no company it counts the companies
    that they name, each anew when it was not named for an hour. `reason` says the numbers in a
    sentence; records of older versions have none. `notes` say what was left out so that the record
    fits in Kafka.
    """

    id: str
    alert: str
    rule: Literal["negative-spike"]
    transition: Transition
    severity: Severity
    score: Score
    kind: Kind
    subject: str
    opened_at: Time
    at: Time
    window: SentimentWindow
    distinct: Count
    baseline: Baseline
    documents: list[Evidence]
    reason: str = ""
    notes: list[str] = []


class GroupMember(Struct, frozen=True, kw_only=True):
    """The alert of a company in a group; `alert` is what its own records call it.

    `severity` and `score` are its worst so far.
    """

    alert: str
    subject: str
    severity: Severity
    score: Score
    opened_at: Time


class GroupAlert(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One transition of an alert that stands for those of many companies.

    Members have no records of their own once the group is open, but those that had opened before
    still resolve. `companies` is how many there are until `at`, and `unresolved` how many of their
    alerts are open; their alerts opened from `first` to `latest`. `members` are those with the
    highest scores, 100 at most, and `documents` the most negative of all. It escalates when a
    member is critical, and whenever the companies are twice as many as when it was told last; it
    resolves with the last of its members. Ids are those of alerts, in all else.
    """

    id: str
    alert: str
    rule: Literal["group"]
    transition: Transition
    severity: Severity
    score: Score
    kind: Literal["group"]
    subject: Literal["companies"]
    opened_at: Time
    at: Time
    first: Time
    latest: Time
    companies: Count
    unresolved: Count
    members: list[GroupMember]
    documents: list[Evidence]
    reason: str = ""
    notes: list[str] = []


AnyAlert = Alert | GroupAlert


def decode_alert(data: bytes) -> AnyAlert:
    """The alert that `data` holds, of the type that its rule says; raises `InvalidRecord`."""
    value = parse(data)
    if isinstance(value, dict) and value.get("rule") == "group":
        return convert(value, GroupAlert)
    return convert(value, Alert)
