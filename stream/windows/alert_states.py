"""The life of an alert: open, escalate, resolve. Values in, values out; times in minutes."""

from hashlib import sha256
from math import log10

from msgspec import Struct

from schemas.alert import Severity, Transition
from stream.windows.buckets import Size
from stream.windows.spike_rule import Past, Verdict


class Rules(Struct, frozen=True, kw_only=True):
    """When a key alerts.

    Chosen on synthetic keys (see `tests/keys.py`): of 300 days of a bursty key with 20 documents
    an hour, a quarter of them negative, two raise an alert. How improbable the number must be is
    what keeps those out; the share keeps out a loud day that is no more negative than others.

    count_p_value, share_p_value: the largest tail probabilities that still count as a spike.
    smallest: distinct negative texts below which nothing is a spike.
    history: minutes of history before a key may alert.
    calm: minutes without a spike after which an alert resolves.
    cool_down: minutes after a resolve before the key may alert again.
    critical: the score from which an alert is critical.
    half_life: minutes in which the past loses half of its weight.
    """

    count_p_value: float = 1e-8
    share_p_value: float = 5e-2
    smallest: int = 3
    history: int = 360
    calm: int = 10
    cool_down: int = 30
    critical: int = 80
    half_life: float = 7 * 1440.0


class OpenAlert(Struct, frozen=True):
    """An alert that has not resolved: when it opened, its worst so far, and its last spike."""

    id: str
    opened: int
    severity: Severity
    score: int
    last_spike: int


class KeyState(Struct, frozen=True):
    """What detection remembers of a key.

    `evaluated`: the last minute judged; a minute is judged once. `absorbed`: buckets before it
    are in the past. `first`: the key's first minute.
    """

    first: int
    evaluated: int
    absorbed: int
    past: Past = Past()
    alert: OpenAlert | None = None
    quiet_until: int = 0


class Spike(Struct, frozen=True):
    """The most telling window at one minute: its size, its numbers and the verdict on them."""

    size: Size
    texts: int
    verdict: Verdict
    score: int
    fresh: bool


class Step(Struct, frozen=True):
    """What one evaluation came to: the alert that is open now, and the transition it made.

    `about` is the alert that made the transition; after a resolve it is open no more.
    """

    alert: OpenAlert | None
    quiet_until: int
    transition: Transition | None = None
    about: OpenAlert | None = None


def is_spike(rules: Rules, texts: int, verdict: Verdict) -> bool:
    """Whether a window is more negative, in number and in share, than plausible."""
    return (
        texts >= rules.smallest
        and verdict.count_p_value <= rules.count_p_value
        and verdict.share_p_value <= rules.share_p_value
    )


def score(verdict: Verdict) -> int:
    """0 to 100: a tail of 1e-4 scores 37, 1e-8 scores 60, 1e-14 scores 80, 1e-20 scores 90."""
    return round(100 * (1 - 10 ** (log10(verdict.count_p_value) / 20)))


def step(rules: Rules, key: str, state: KeyState, minute: int, spike: Spike | None) -> Step:
    """The transition, if any, of `key` at `minute`, given its spike there, if any."""
    if state.alert is None:
        return _maybe_open(rules, key, state, minute, spike)
    if spike is not None:
        return _continue(rules, state.alert, state.quiet_until, minute, spike)
    if minute - state.alert.last_spike >= rules.calm:
        return Step(None, minute + rules.cool_down, "resolve", state.alert)
    return Step(state.alert, state.quiet_until)


def transition_id(alert: str, minute: int, transition: Transition) -> str:
    """The id of one transition: the same whenever, and however often, it is worked out."""
    return _digest(alert, str(minute), transition)


def _maybe_open(rules: Rules, key: str, state: KeyState, minute: int, spike: Spike | None) -> Step:
    young = minute - state.first < rules.history
    if spike is None or not spike.fresh or young or minute < state.quiet_until:
        return Step(None, state.quiet_until)
    opened = OpenAlert(
        id=_digest("negative-spike", key, str(minute)),
        opened=minute,
        severity=_severity(rules, spike.score),
        score=spike.score,
        last_spike=minute,
    )
    return Step(opened, state.quiet_until, "open", opened)


def _continue(rules: Rules, alert: OpenAlert, quiet_until: int, minute: int, spike: Spike) -> Step:
    worst = max(alert.score, spike.score)
    severity = _severity(rules, worst)
    now = OpenAlert(alert.id, alert.opened, severity, worst, minute)
    if severity != alert.severity:
        return Step(now, quiet_until, "escalate", now)
    return Step(now, quiet_until)


def _severity(rules: Rules, points: int) -> Severity:
    return "critical" if points >= rules.critical else "warning"


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:20]
