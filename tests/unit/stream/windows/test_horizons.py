"""What is usual of the windows of a key, and which of them are looked at."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import pytest

from schemas.window import Size
from stream.windows.buckets import SECONDS_A_MINUTE, Bucket
from stream.windows.cells import MinuteCell
from stream.windows.horizons import Horizons, Place
from stream.windows.outage import Outage
from stream.windows.past import MINUTES_AN_HOUR, Past
from stream.windows.recent_minutes import LONGEST, SHORT
from stream.windows.rhythm import HOURS_A_DAY
from stream.windows.spike_rule import HORIZONS, Content, SpikeRule, judge_closely

# The first hour of a day.
BEGIN = 480_000
DAYS = 12

NEVER = Outage()

# Half an hour into the second hour behind them.
NOW = ((BEGIN + DAYS * HOURS_A_DAY) * MINUTES_AN_HOUR + 90) * SECONDS_A_MINUTE


def past_until(hour: int) -> Past:
    """That of a key with more texts in the afternoon, and most at five."""
    past = Past.from_hour(BEGIN)
    for at in range(BEGIN, hour):
        count = at % HOURS_A_DAY // 6 + (9 if at % HOURS_A_DAY == 17 else 0)
        if count:
            cell = MinuteCell(Bucket(2 * count, count), fresh=count)
            minute = at * MINUTES_AN_HOUR + 7
            past = past.later(at).with_minutes(at, [(minute, cell)])
    return past.later(hour - 1)


class Window(NamedTuple):
    """A window that is not looked at: its texts, and those of the last hour before it."""

    size: Size
    texts: int
    before: int


def passed_over(horizons: Horizons, recent: int, before: int) -> Iterator[Window]:
    """The windows that are not looked at with so many recent texts, and so many before them."""
    texts: dict[Size, int] = dict.fromkeys(SHORT, recent) | {LONGEST: recent + before}
    many = {size for size, *_ in horizons.candidates(texts, smallest=1)}
    for size in HORIZONS:
        if horizons.has(size) and size not in many:
            is_short = size in SHORT and size != LONGEST
            held = recent if is_short else recent + before + horizons.texts_of(size)
            yield Window(size, held, before if is_short else 0)


@pytest.mark.parametrize("before", [0, 4, 40])
@pytest.mark.parametrize("hour", [1, 3, 16, 17, 18, 23])
def test_no_window_is_passed_over_that_would_be_judged_closely(hour: int, before: int) -> None:
    end = BEGIN + DAYS * HOURS_A_DAY + hour
    past, minutes = past_until(end), range(end * MINUTES_AN_HOUR, (end + 1) * MINUTES_AN_HOUR)
    for minute in minutes[::7]:
        horizons = Horizons(past, Place.of(minute, 0, NEVER))
        for recent in range(40):
            for window in passed_over(horizons, recent, before):
                for at in (minute * SECONDS_A_MINUTE + 1, (minute + 1) * SECONDS_A_MINUTE):
                    usual = horizons.usual(horizons.of(window.size), at, window.before)
                    content = Content(window.texts, window.texts, window.texts)
                    assert judge_closely(SpikeRule(smallest=1), content, usual) is None


def test_windows_candidates_more_texts_than_usual_are_looked_at() -> None:
    end = BEGIN + DAYS * HOURS_A_DAY
    horizons = Horizons(past_until(end), Place.of(end * MINUTES_AN_HOUR + 30, 0, NEVER))
    many = horizons.candidates(dict.fromkeys(SHORT, 400), smallest=1)
    assert {size for size, *_ in many} == HORIZONS.keys()


def horizons(outage: Outage = NEVER) -> Horizons:
    """Those of a key with six negative texts of twelve documents an hour, after twelve days."""
    past = Past.from_hour(BEGIN)
    for hour in range(BEGIN, BEGIN + DAYS * HOURS_A_DAY):
        minutes = [
            (hour * MINUTES_AN_HOUR + 10 * i, MinuteCell(Bucket(2, 1), fresh=1)) for i in range(6)
        ]
        past = past.later(hour).with_minutes(hour, minutes)
    return Horizons(past, Place.of(NOW // SECONDS_A_MINUTE, 0, outage))


def test_after_a_loud_hour_more_is_expected_and_known_better() -> None:
    some = horizons()
    usual = [some.usual(some.of("5m"), NOW, before) for before in (0, 6, 30)]
    for fewer, more in pairwise(usual):
        assert more.expected > fewer.expected
        assert more.count_spread < fewer.count_spread


def test_after_an_hour_as_ever_as_much_is_expected_as_ever() -> None:
    some = horizons()
    assert some.usual(some.of("5m"), NOW, before=5).expected == pytest.approx(0.5, rel=0.1)


def test_last_hour_says_nothing_of_what_is_usual_of_itself() -> None:
    some = horizons()
    assert some.usual(some.of("1h"), NOW, before=0) == some.usual(some.of("1h"), NOW, before=30)


def test_shares_vary_more_within_minutes_than_within_an_hour() -> None:
    spreads = [horizons().of(size).share_spread for size in ("2m", "5m", "15m", "1h")]
    assert spreads == sorted(spreads, reverse=True)
    assert spreads[0] > spreads[-1]


def test_hour_after_an_outage_is_expected_to_hold_the_one_before() -> None:
    back = NOW - 600
    down, ever = horizons(Outage(back - 10_800, back)), horizons()
    late, usual = (one.usual(one.of("1h"), NOW).expected for one in (down, ever))
    assert late == pytest.approx(usual * 70 / 60, rel=0.05)
