import pytest

from schemas.window import Size
from stream.windows import alert_states
from stream.windows.alert_states import KeyState, OpenAlert, Spike
from stream.windows.past import Past
from stream.windows.spike_rule import SpikeRule, Verdict

RULE = SpikeRule(history=360, calm=10, cool_down=30, critical=80)
KEY = "entity:acme"
MINUTE = 60
NOTHING = Past.from_hour(0)
OLD = KeyState(first=0, latest=0, judged=0, absorbed=0, past=NOTHING)
NOW = 1_000 * MINUTE


def spike(score: int = 60, fresh: bool = True, size: Size = "5m") -> Spike:
    return Spike(size, 6, Verdict(1e-8, 1e-4, 1e-8, 0.1, 0.1), score, fresh)


def opened(score: int = 60, last_spike: int = NOW) -> KeyState:
    severity = alert_states._severity(RULE, score)
    alert = OpenAlert("a1", NOW, severity, score, last_spike, "1h")
    return KeyState(first=0, latest=NOW, judged=NOW, absorbed=0, past=NOTHING, alert=alert)


def test_spike_opens_an_alert() -> None:
    step = alert_states.step(RULE, KEY, OLD, NOW, spike(60))
    assert step.transition == "open"
    assert step.alert is not None
    assert (step.alert.opened, step.alert.severity, step.alert.score) == (NOW, "warning", 60)


def test_high_score_opens_critical() -> None:
    step = alert_states.step(RULE, KEY, OLD, NOW, spike(80))
    assert step.alert is not None
    assert step.alert.severity == "critical"


def test_no_spike_opens_nothing() -> None:
    step = alert_states.step(RULE, KEY, OLD, NOW, None)
    assert (step.alert, step.transition) == (None, None)


@pytest.mark.parametrize(("minute", "opens"), [(359, False), (360, True)])
def test_young_key_does_not_alert(minute: int, opens: bool) -> None:
    step = alert_states.step(RULE, KEY, OLD, minute * MINUTE, spike())
    assert (step.transition == "open") is opens


def test_young_key_that_would_have_alerted_says_from_when_on_it_may() -> None:
    step = alert_states.step(RULE, KEY, OLD, 359 * MINUTE, spike())
    assert step.learning_until == 360 * MINUTE


@pytest.mark.parametrize("found", [None, spike(fresh=False)])
def test_young_key_that_would_not_have_alerted_says_nothing(found: Spike | None) -> None:
    assert alert_states.step(RULE, KEY, OLD, 359 * MINUTE, found).learning_until is None


def test_spike_without_a_new_negative_does_not_open() -> None:
    assert alert_states.step(RULE, KEY, OLD, NOW, spike(fresh=False)).transition is None


def test_open_alert_is_not_opened_again() -> None:
    step = alert_states.step(RULE, KEY, opened(), NOW + 1, spike(60))
    assert step.transition is None
    assert step.alert is not None
    assert step.alert.last_spike == NOW + 1


def test_worse_spike_escalates() -> None:
    step = alert_states.step(RULE, KEY, opened(60), NOW + 1, spike(85))
    assert step.transition == "escalate"
    assert step.alert is not None
    assert (step.alert.severity, step.alert.score) == ("critical", 85)


@pytest.mark.parametrize("score", [60, 85, 99])
def test_critical_alert_neither_escalates_again_nor_calms_down(score: int) -> None:
    step = alert_states.step(RULE, KEY, opened(85), NOW + 1, spike(score))
    assert step.transition is None
    assert step.alert is not None
    assert step.alert.severity == "critical"


@pytest.mark.parametrize(("minutes", "transition"), [(9, None), (10, "resolve")])
def test_alert_resolves_when_calm(minutes: int, transition: str | None) -> None:
    step = alert_states.step(RULE, KEY, opened(), NOW + minutes * MINUTE, None)
    assert step.transition == transition


def test_resolve_tells_which_alert() -> None:
    step = alert_states.step(RULE, KEY, opened(), NOW + 10 * MINUTE, None)
    assert step.alert is None
    assert step.about is not None
    assert step.about.id == "a1"


@pytest.mark.parametrize(("minutes", "opens"), [(39, False), (40, True)])
def test_key_cools_down_after_a_resolve(minutes: int, opens: bool) -> None:
    resolved = NOW + 10 * MINUTE
    quiet_until = alert_states.step(RULE, KEY, opened(), resolved, None).quiet_until
    state = KeyState(
        first=0, latest=NOW, judged=resolved, absorbed=0, past=NOTHING, quiet_until=quiet_until
    )
    step = alert_states.step(RULE, KEY, state, NOW + minutes * MINUTE, spike())
    assert (step.transition == "open") is opens


def test_alert_of_a_slide_goes_on_as_long_as_its_days_do() -> None:
    step = alert_states.step(RULE, KEY, OLD, NOW, spike(size="72h"))
    assert step.alert is not None
    assert step.alert.size == "72h"


def test_alert_of_a_burst_goes_on_as_long_as_its_hour_does() -> None:
    step = alert_states.step(RULE, KEY, OLD, NOW, spike(size="5m"))
    assert step.alert is not None
    assert step.alert.size == "1h"


def test_ids_are_stable() -> None:
    step = alert_states.step(RULE, KEY, OLD, NOW, spike())
    assert step.alert is not None
    assert step.alert.id == "f14a0f01386d4868ac93"
    assert alert_states.transition_id(step.alert.id, NOW, "open") == "fc51c993d65a1a00a130"


def test_ids_differ_by_key_time_and_transition() -> None:
    ids = {
        step.alert.id
        for key in ("entity:acme", "entity:globex")
        for at in (NOW, NOW + 1)
        if (step := alert_states.step(RULE, key, OLD, at, spike())).alert
    }
    transitions = {alert_states.transition_id("a1", NOW, name) for name in ("open", "resolve")}
    assert len(ids) == 4
    assert len(transitions) == 2
