from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Label, encode
from stream.progress.source_clock import SourceClock
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.alert_states import KeyState, OpenAlert
from stream.windows.buckets import (
    HOPS,
    MAX_SIZE,
    SECOND,
    SECONDS_A_MINUTE,
    SIZES,
    Bucket,
)
from stream.windows.cells import Cell, merged
from stream.windows.key_evaluation import (
    FORGOTTEN_DAYS,
    MAX_ALERT_EVIDENCE,
    Evaluator,
    judge_key,
    next_check,
)
from stream.windows.past import Past
from stream.windows.spike_rule import SpikeRule
from tests.keys import (
    NAME,
    START,
    Key,
    Post,
    burst,
    bursty,
    calm,
    closed_key,
    naive_windows,
)

EVENING = START + 8 * 60
FAR = START + 100_000

# So easily alarmed that a handful of documents goes through the whole life of an alert.
NERVOUS = SpikeRule(smallest=2, history=0, calm=3, cool_down=2, critical=20)
ANY = AlarmBudget(1e9, largest=0.5)


# What closing emits does not depend on when, or how often, it is done.


class Arrival(NamedTuple):
    """A document in the log of a source partition, and whether the key is closed after it.

    It comes `step` seconds after the one before; its timestamp says that it came `behind` that.
    """

    partition: int
    step: int
    behind: int
    text: str
    label: Label
    closes: bool
    negative: float


ARRIVALS = st.lists(
    st.builds(
        Arrival,
        partition=st.integers(0, 1),
        step=st.sampled_from([0, 0, 1, 1, 5, 20, 60, 200, 4_200, 90_000]),
        behind=st.sampled_from([0, 0, 0, 1, 40, 300, 100_000]),
        text=st.sampled_from("abcdefgh"),
        label=st.sampled_from(["negative", "negative", "neutral", "positive"]),
        closes=st.booleans(),
        negative=st.sampled_from([0.7, 0.8, 0.9]),
    ),
    max_size=60,
)


def run(
    arrivals: Iterable[Arrival], *, stepwise: bool, key: Key | None = None
) -> tuple[Key, list[Post]]:
    """Feed the key as the aggregate agent would; gives it, and all that was counted."""
    key, counted, now = key or Key(NERVOUS, ANY), [], [START * 60, START * 60]
    clocks = [SourceClock(START * 60 * SECOND, 0, 10**12) for _ in range(2)]
    for one in arrivals:
        now[one.partition] += one.step
        stamp = (now[one.partition] - one.behind) * SECOND
        time = clocks[one.partition].place(stamp, stamp)
        assert time is not None
        minute, second = divmod(time // SECOND, SECONDS_A_MINUTE)
        counted.append(Post(minute, one.text, one.label, second, negative=one.negative))
        key.add(counted[-1:])
        if stepwise and one.closes:
            horizon = min(clock.watermark for clock in clocks) // SECOND
            key.judge(horizon)
            key.close(horizon // SECONDS_A_MINUTE)
    key.close(FAR)
    return key, counted


@given(ARRIVALS)
def test_steps_emit_what_closing_once_emits(arrivals: list[Arrival]) -> None:
    once, _ = run(arrivals, stepwise=False)
    steps, _ = run(arrivals, stepwise=True)
    assert steps.emitted() == once.emitted()


PIECES = st.builds(
    partial(Key, NERVOUS, ANY),
    checks=st.sampled_from([1, 2, 3, 7, 64]),
    minutes=st.sampled_from([1, 2, 3, 64]),
    restarts=st.booleans(),
)


@given(ARRIVALS, PIECES, st.booleans())
def test_pieces_come_to_what_judging_at_once_comes_to(
    arrivals: list[Arrival], key: Key, stepwise: bool
) -> None:
    _, counted = run(arrivals, stepwise=stepwise, key=key)
    seconds = defaultdict(list)
    for post in counted:
        seconds[post.time].append(post.cell)
    cells = {second: merged(some) for second, some in seconds.items()}
    at_once = judge_key(NERVOUS, ANY, NAME, cells, FAR * 60)
    assert key.emitted()[1] == [encode(alert) for alert in at_once]


@given(ARRIVALS, st.sampled_from([1, 2, 7]))
def test_a_piece_has_no_more_minutes_than_it_may(arrivals: list[Arrival], most: int) -> None:
    key, _ = run(arrivals, stepwise=False, key=Key(NERVOUS, ANY, minutes=most))
    assert max((len(piece.minutes) for piece in key.pieces), default=0) <= most


@given(ARRIVALS, st.booleans())
def test_a_silent_key_keeps_only_its_state(arrivals: list[Arrival], stepwise: bool) -> None:
    key, _ = run(arrivals, stepwise=stepwise)
    assert (key.minutes, key.pending, key.checks) == ({}, {}, {})


@given(ARRIVALS)
def test_it_does_not_matter_which_partition_is_read_first(arrivals: list[Arrival]) -> None:
    mixed, _ = run(arrivals, stepwise=True)
    in_turn, _ = run(sorted(arrivals, key=lambda one: one.partition), stepwise=True)
    assert in_turn.emitted() == mixed.emitted()


@given(ARRIVALS)
def test_windows_hold_the_naive_sum(arrivals: list[Arrival]) -> None:
    key, counted = run(arrivals, stepwise=True)
    assert key.emitted()[0] == naive_windows(counted, HOPS)


def first_of_minute(posts: Iterable[Post]) -> Iterable[Post]:
    """The negative posts, one of each text and minute."""
    negative = (post for post in posts if post.label == "negative")
    return {(post.minute, post.text): post for post in negative}.values()


def is_news(post: Post, counted: Sequence[Post]) -> bool:
    """Whether its text did not come in a minute before, since this hour of yesterday was over."""
    since = (post.minute // 60 - 23) * 60
    return all(
        one.text != post.text or one.label != "negative"
        for one in counted
        if since <= one.minute < post.minute
    )


@given(ARRIVALS)
def test_an_alert_holds_what_came_before_it_in_its_window(arrivals: list[Arrival]) -> None:
    key, counted = run(arrivals, stepwise=True)
    for alert in key.alerts:
        start, end = alert.window.start.timestamp(), alert.at.timestamp()
        inside = [post for post in counted if start <= post.time < end]
        assert alert.window.documents == len(inside)
        assert alert.distinct == sum(is_news(post, counted) for post in first_of_minute(inside))


@given(ARRIVALS)
def test_an_alert_shows_documents_of_its_window(arrivals: list[Arrival]) -> None:
    key, _ = run(arrivals, stepwise=True)
    for alert in key.alerts:
        for shown in alert.documents:
            assert alert.window.start <= shown.published_at < alert.at


@given(ARRIVALS)
def test_transitions_of_an_alert_are_in_order(arrivals: list[Arrival]) -> None:
    key, _ = run(arrivals, stepwise=True)
    after = {"open": {"escalate", "resolve"}, "escalate": {"resolve"}, "resolve": {"open"}}
    found = key.transitions()
    assert found[:1] in ([], ["open"])
    assert found[-1:] in ([], ["resolve"])
    assert all(later in after[earlier] for earlier, later in pairwise(found))


@pytest.mark.parametrize("seed", range(3))
def test_a_busy_week_closed_minute_by_minute_or_at_once(seed: int) -> None:
    posts = sorted(bursty(seed, days=3))
    once = closed_key(posts, until=START + 10_000, key=Key(budget=ANY))
    steps = Key(budget=ANY)
    for post in posts:
        steps.close(post.minute)
        steps.add([post])
    steps.close(START + 10_000)
    assert once.alerts
    assert steps.emitted() == once.emitted()


def test_what_the_past_holds_does_not_depend_on_what_has_expired() -> None:
    repeated = [Post(START + i, "again and again") for i in range(90)]
    later = [Post(START + 3_000, "at last", "neutral")]
    steps = closed_key(repeated, until=START + 89 + MAX_SIZE + 2)
    steps.add(later)
    steps.close(FAR)
    assert steps.past == closed_key(repeated, later, until=FAR).past


def test_text_that_goes_round_for_hours_counts_once_in_the_past() -> None:
    repeated = [Post(START + i, "again and again") for i in range(180)]
    key = closed_key(repeated, [Post(START + 600, "at last", "neutral")], until=FAR)
    assert key.past.recent_texts == 1


# How early an alert is.


def test_alert_comes_at_the_end_of_the_second_that_tips_it() -> None:
    tipping = [Post(EVENING, f"bad {second}", second=second) for second in (3, 9, 17)]
    key = Key(budget=ANY)
    key.add(calm(8) + tipping)
    key.judge(EVENING * 60 + 18)
    assert [alert.at.second for alert in key.alerts] == [18]
    assert key.alerts[0].window.end == key.alerts[0].at


def test_nothing_is_judged_before_its_second_is_over() -> None:
    tipping = [Post(EVENING, f"bad {second}", second=second) for second in (3, 9, 17)]
    key = Key(budget=ANY)
    key.add(calm(8) + tipping)
    key.judge(EVENING * 60 + 17)
    assert not key.alerts


# A key begins anew when nothing was heard of it for long.


def test_document_of_1970_gives_a_key_no_history() -> None:
    long_ago = [Post(0, "a date that a producer did not set", "neutral")]
    key = closed_key(long_ago, burst(START, 45, 25), until=START + 600)
    assert not key.alerts


def test_open_history_lasts_as_long_as_the_store_keeps_the_key() -> None:
    before = [Post(START - FORGOTTEN_DAYS * 1440 + 1, "long ago", "neutral")]
    key = closed_key(before, burst(START, 45, 25), until=START + 600)
    assert key.transitions()[:1] == ["open"]


# The life of an alert.


def test_trouble_opens_escalates_and_resolves_one_alert() -> None:
    key = closed_key(calm(8), burst(EVENING, 45, 25), until=EVENING + 600)
    assert key.transitions() == ["open", "escalate", "resolve"]
    assert len({alert.alert for alert in key.alerts}) == 1
    assert len({alert.id for alert in key.alerts}) == 3


def test_alert_opens_within_the_first_ten_negatives() -> None:
    key = closed_key(calm(8), burst(EVENING, 45, 25), until=EVENING + 600)
    assert key.alerts[0].distinct <= 10


def test_alert_resolves_within_two_hours_of_the_last_word() -> None:
    key = closed_key(calm(8), burst(EVENING, 45, 25), until=EVENING + 600)
    opened, resolved = key.alerts[0].at, key.alerts[-1].at
    assert 25 * 60 < (resolved - opened).total_seconds() <= 120 * 60


def test_sparse_key_alerts_on_a_dozen_negatives() -> None:
    daily = [Post(START + 1440 * day, f"daily {day}", "neutral") for day in range(30)]
    noon = START + 30 * 1440 + 720
    key = closed_key(daily, burst(noon, 12, 60), until=noon + 600)
    assert key.transitions()[0] == "open"
    assert key.transitions()[-1] == "resolve"
    assert key.transitions().count("open") == 1


def test_second_wave_soon_after_the_first_is_the_same_alert() -> None:
    waves = [
        burst(EVENING, 45, 25),
        [p._replace(text=f"2 {p.text}") for p in burst(EVENING + 50, 45, 25)],
    ]
    key = closed_key(calm(8), *waves, until=EVENING + 600)
    assert key.transitions().count("open") == 1


def test_alert_shows_the_most_negative_documents_of_its_window() -> None:
    key = closed_key(calm(8), burst(EVENING, 45, 25), until=EVENING + 600)
    shown = [evidence.id for evidence in key.alerts[1].documents]
    assert shown == sorted(shown)
    assert len(shown) == MAX_ALERT_EVIDENCE
    assert all(name.startswith("burst") for name in shown)


def test_alert_on_a_slide_shows_a_document_of_each_of_its_days() -> None:
    past = [Post(START + 480 * n, f"{n}", "neutral" if n % 4 else "negative") for n in range(60)]
    slide = [Post(START + 20 * 1440 + 240 * n, f"slide {n}") for n in range(24)]

    opened = closed_key(past, slide, until=START + 24 * 1440).alerts[0]

    assert opened.window.size == "72h"
    assert len({one.published_at.date() for one in opened.documents}) == 3


def test_alert_shows_a_story_once_however_often_it_comes_back() -> None:
    news = [*burst(EVENING, 45, 25), *(Post(EVENING + n, "burst 0") for n in range(25))]
    shown = [one.id for one in closed_key(calm(8), news, until=EVENING + 600).alerts[1].documents]
    assert shown.count("burst 0") == 1
    assert len(shown) == MAX_ALERT_EVIDENCE


def test_alert_says_how_often_a_story_came_in_its_window() -> None:
    # It came twice the day before.
    copies = [Post(EVENING + 5, "again", second=n // 3, seen=2 + n) for n in range(112)]
    news = [*copies, *burst(EVENING + 5, 45, 25)]

    opened = closed_key(calm(8), news, until=EVENING + 600).alerts[0]

    assert sorted(one.copies for one in opened.documents) == [1, 1, 1, 1, 112]
    assert "5 stories" in opened.reason
    assert "; one story, 112 copies; first shown: wire " in opened.reason


def test_alert_explains_each_transition() -> None:
    key = closed_key(calm(8), burst(EVENING, 45, 25), until=EVENING + 600)

    assert [one.reason.split(maxsplit=1)[0] for one in key.alerts] == ["4", "Worse", "Over"]


def test_alert_gives_the_baseline_of_the_key() -> None:
    baseline = closed_key(calm(8), burst(EVENING, 45, 25), until=EVENING + 600).alerts[0].baseline
    assert baseline.hours == pytest.approx(7, abs=0.2)
    assert baseline.documents == pytest.approx(28, abs=1)
    assert baseline.count_p_value <= 2e-4


# What is no alert.


def test_young_key_does_not_alert() -> None:
    young = START + 2 * 60
    assert not closed_key(calm(2), burst(young, 45, 25), until=young + 240).alerts


def test_burst_of_neutral_documents_never_alerts() -> None:
    assert not closed_key(calm(8), burst(EVENING, 500, 25, "neutral"), until=EVENING + 600).alerts


def test_good_news_never_alerts() -> None:
    assert not closed_key(calm(8), burst(EVENING, 500, 25, "positive"), until=EVENING + 600).alerts


def test_one_text_repeated_never_alerts() -> None:
    copies = [post._replace(text="the same") for post in burst(EVENING, 500, 60)]
    assert not closed_key(calm(8), copies, until=EVENING + 600).alerts


def test_as_many_negatives_as_ever_never_alert() -> None:
    steady = [
        Post(START + 3 * i, str(i), "negative" if i % 4 == 0 else "neutral") for i in range(3_360)
    ]
    assert not closed_key(steady, until=START + 7 * 1440).alerts


def test_copies_of_one_text_do_not_make_what_follows_look_usual() -> None:
    copies = [post._replace(text="the same") for post in burst(START + 3 * 1_440, 1_000, 600)]
    news = burst(START + 5 * 1_440, 12, 60)
    key = closed_key(calm(24 * 5), copies, news, until=START + 6 * 1_440)
    assert "open" in key.transitions()


def test_false_alarms_of_bursty_keys_are_rare() -> None:
    keys = [closed_key(bursty(seed, days=20), until=START + 22 * 1440) for seed in range(6)]
    assert sum(key.transitions().count("open") for key in keys) <= 1


def counted_of(key: str, texts: Iterable[tuple[int, str]]) -> int:
    """How many of these negative texts, by minute, count as distinct of a key."""
    seconds = {
        minute * SECONDS_A_MINUTE: Cell(Bucket(1, 1, 0, -90), [text]) for minute, text in texts
    }
    end = max(seconds) + 120 * SECONDS_A_MINUTE
    state = Evaluator(SpikeRule(), ANY, key).judge(seconds, end).state
    assert state
    return state.past.recent_texts


def test_stories_of_a_company_that_come_back_within_a_day_are_no_news() -> None:
    texts = [(EVENING + 400 * n + m, f"story {m}") for n in range(2) for m in range(3)]
    assert counted_of("entity:acme", texts) == 3


def test_companies_that_are_named_again_after_an_hour_count_again() -> None:
    texts = [(EVENING + 400 * n + m, f"company {m}") for n in range(2) for m in range(3)]
    assert counted_of("all:all", texts) == 6


# What is left to do, and what is kept.


def test_open_alert_is_due_again_although_nothing_is_said() -> None:
    evening = EVENING * SECONDS_A_MINUTE
    alert = OpenAlert("a1", evening, "warning", 60, evening, "1h")
    state = KeyState(
        first=0,
        latest=evening,
        judged=evening + 2,
        absorbed=START,
        past=Past.from_hour(START // 60),
        alert=alert,
    )
    assert next_check(state) == evening + SECONDS_A_MINUTE


def test_detection_keeps_an_hour_and_the_seconds_of_the_minute_that_is_not_over() -> None:
    key = Key()
    key.add(Post(START + i, str(i), "negative", 30) for i in range(2_000))
    key.judge((START + 1_999) * 60 + 45)
    assert len(key.minutes) == SIZES["1h"] - 1
    assert list(key.pending) == [START + 1_999]


def test_minutes_that_nothing_follows_go_when_they_leave_the_longest_window() -> None:
    key = Key()
    key.add([Post(START, "a"), Post(START + 9, "b", "neutral")])
    key.judge((START + 68) * 60 + 59)
    assert list(key.minutes) == [START, START + 9]
    key.judge((START + 69) * 60)
    assert key.minutes == {}


def test_minutes_stay_while_an_alert_is_open_that_they_are_in() -> None:
    key = Key(NERVOUS, ANY)
    key.add(Post(START, text) for text in "abc")
    key.judge((START + 59) * 60)
    assert (key.transitions()[:1], list(key.minutes)) == (["open"], [START])


def test_seconds_are_not_held_by_the_evaluator() -> None:
    evaluator = Evaluator(NERVOUS, ANY, NAME)
    posts = [Post(START, str(second), second=second) for second in range(60)]
    before = evaluator.held_bytes
    evaluator.judge({post.time: post.cell for post in posts}, START * 60 + 59)
    assert evaluator.held_bytes == before
