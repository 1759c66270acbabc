"""Which windows of a key are looked at."""

from collections.abc import Iterator

import pytest

from schemas.window import Size
from stream.windows.buckets import SECONDS_A_MINUTE, Bucket
from stream.windows.cells import MinuteCell
from stream.windows.horizons import Horizons, Place
from stream.windows.past import MINUTES_AN_HOUR, Past
from stream.windows.recent_minutes import SHORT
from stream.windows.rhythm import HOURS_A_DAY
from stream.windows.spike_rule import HORIZONS, Content, SpikeRule, judge_closely

# The first hour of a day.
BEGIN = 480_000
DAYS = 12


def past_until(hour: int) -> Past:
    """That of a key with more texts in the afternoon, and most at five."""
    past = Past.from_hour(BEGIN)
    for at in range(BEGIN, hour):
        count = at % HOURS_A_DAY // 6 + (9 if at % HOURS_A_DAY == 17 else 0)
        if count:
            cell = MinuteCell(Bucket(2 * count, count), fresh=count)
            minute = at * MINUTES_AN_HOUR + 7
            past = past.later(at).with_minutes(at, [(minute, cell)], remembered=False)
    return past.later(hour - 1)


def passed_over(horizons: Horizons, recent: int) -> Iterator[tuple[Size, int]]:
    """The windows that are not looked at with so many recent texts, and all of their texts."""
    many = dict(horizons.with_many(dict.fromkeys(SHORT, recent), smallest=1))
    for size in HORIZONS:
        if horizons.has(size) and size not in many:
            yield size, recent + horizons.texts_of(size)


@pytest.mark.parametrize("hour", [1, 3, 16, 17, 18, 23])
def test_no_window_is_passed_over_that_would_be_judged_closely(hour: int) -> None:
    end = BEGIN + DAYS * HOURS_A_DAY + hour
    past, minutes = past_until(end), range(end * MINUTES_AN_HOUR, (end + 1) * MINUTES_AN_HOUR)
    for minute in minutes[::7]:
        horizons = Horizons(past, Place.of(minute, 0))
        for recent in range(40):
            for size, texts in passed_over(horizons, recent):
                for at in (minute * SECONDS_A_MINUTE + 1, (minute + 1) * SECONDS_A_MINUTE):
                    usual = horizons.usual(horizons.of(size), at)
                    content = Content(texts, texts, texts)
                    assert judge_closely(SpikeRule(smallest=1), content, usual) is None


def test_windows_with_many_more_texts_than_usual_are_looked_at() -> None:
    end = BEGIN + DAYS * HOURS_A_DAY
    horizons = Horizons(past_until(end), Place.of(end * MINUTES_AN_HOUR + 30, 0))
    assert dict(horizons.with_many(dict.fromkeys(SHORT, 400), smallest=1)).keys() == HORIZONS.keys()
