"""The life of an alert: open, escalate, resolve. Values in, values out; times in seconds."""

from hashlib import sha256

from msgspec import Struct

from schemas.alert import Severity, Transition
from schemas.window import Size
from stream.windows.buckets import SECONDS_A_MINUTE
from stream.windows.outage import Outage
from stream.windows.past import Past
from stream.windows.spike_rule import HORIZONS, RULE, SpikeRule, Verdict

# An alert goes on for as long as this window, or the one that opened it, is a spike.
_SHORTEST: Size = "1h"


class OpenAlert(Struct, frozen=True):
    """An alert that has not resolved: when it opened, its worst so far, and its last spike.

    size: the longest window that is looked at to see whether it goes on. That of a burst is over
    when the hour is; that of a slide when the days are.
    """

    id: str
    opened: int
    severity: Severity
    score: int
    last_spike: int
    size: Size


class KeyState(Struct):
    """What detection remembers of a key. Times are in seconds from the epoch.

    first, latest: when its first and its latest document came. judged: all that came before it is
    judged, and a time is judged once. absorbed: the minute before which all is in the past.
    """

    first: int
    latest: int
    judged: int
    absorbed: int
    past: Past
    alert: OpenAlert | None = None
    quiet_until: int = 0
    outage: Outage = Outage()


class Spike(Struct, frozen=True):
    """The least plausible window at one time: its size, its numbers and the verdict on them.

    `fresh`: a negative text came in the last second of it.
    """

    size: Size
    texts: int
    verdict: Verdict
    score: int
    fresh: bool


class Step(Struct, frozen=True):
    """What one evaluation came to: the alert that is open now, and the transition it made.

    `about` is the alert that made the transition; after a resolve it is open no more.
    `learning_until` is set where one would have opened, had the key not to learn until then.
    """

    alert: OpenAlert | None
    quiet_until: int
    transition: Transition | None = None
    about: OpenAlert | None = None
    learning_until: int | None = None


def step(rule: SpikeRule, key: str, state: KeyState, at: int, spike: Spike | None) -> Step:
    """The transition, if any, of `key` at the second `at`, given its spike there, if any."""
    if state.alert is None:
        return _maybe_open(rule, key, state, at, spike)
    if spike is not None:
        return _continue(rule, state.alert, state.quiet_until, at, spike)
    if at - state.alert.last_spike >= rule.calm * SECONDS_A_MINUTE:
        return Step(None, at + rule.cool_down * SECONDS_A_MINUTE, "resolve", state.alert)
    return Step(state.alert, state.quiet_until)


def transition_id(alert: str, at: int, transition: Transition) -> str:
    """The id of one transition: the same whenever, and however often, it is worked out."""
    return digest(alert, str(at), transition)


def digest(*parts: str) -> str:
    """An id that is the same whenever, and wherever, it is worked out of the same parts."""
    return sha256("\n".join(parts).encode()).hexdigest()[:20]


def learning_until(rule: SpikeRule, state: KeyState) -> int:
    """The second from which on a key may alert: what is usual of it is not known before."""
    return state.first + rule.history * SECONDS_A_MINUTE


def _maybe_open(rule: SpikeRule, key: str, state: KeyState, at: int, spike: Spike | None) -> Step:
    if spike is None or not spike.fresh or at < state.quiet_until:
        return Step(None, state.quiet_until)
    if at < (learned := learning_until(rule, state)):
        return Step(None, state.quiet_until, learning_until=learned)
    opened = OpenAlert(
        id=digest(RULE, key, str(at)),
        opened=at,
        severity=_severity(rule, spike.score),
        score=spike.score,
        last_spike=at,
        size=max(_SHORTEST, spike.size, key=lambda size: HORIZONS[size]),
    )
    return Step(opened, state.quiet_until, "open", opened)


def _continue(rule: SpikeRule, alert: OpenAlert, quiet_until: int, at: int, spike: Spike) -> Step:
    worst = max(alert.score, spike.score)
    severity = _severity(rule, worst)
    now = OpenAlert(alert.id, alert.opened, severity, worst, at, alert.size)
    if severity != alert.severity:
        return Step(now, quiet_until, "escalate", now)
    return Step(now, quiet_until)


def _severity(rule: SpikeRule, points: int) -> Severity:
    return "critical" if points >= rule.critical else "warning"
