from hypothesis import given
from hypothesis import strategies as st

from stream.windows.buckets import Bucket
from stream.windows.cells import MinuteCell
from stream.windows.past import MINUTES_AN_HOUR, Hour, Past, Sums
from stream.windows.rhythm import HOURS_A_DAY

BEGIN = 480_000


def minute(number: int) -> int:
    return BEGIN * MINUTES_AN_HOUR + number


def cell(*texts: str, documents: int = 1) -> MinuteCell:
    return MinuteCell(Bucket(documents, len(texts)), list(texts), fresh=len(texts))


def hours(sums: Sums, count: int, **each: int) -> Sums:
    for number in range(count):
        texts = each.get("texts", 0)
        bucket = Bucket(each.get("documents", texts), texts)
        sums.add(Hour(BEGIN + number, bucket, texts, texts * texts))
    return sums


@given(st.lists(st.integers(0, 400), max_size=40), st.integers(1, 20))
def test_time_passes_alike_in_one_step_and_in_many(minutes: list[int], step: int) -> None:
    past = Past(until=BEGIN)
    for number in sorted(set(minutes)):
        past = past.with_minute(minute(number), cell(f"text {number}"))
    steps = past
    for hour in range(BEGIN, BEGIN + 40, step):
        steps = steps.later(hour)
    assert steps.later(BEGIN + 40) == past.later(BEGIN + 40)


def test_a_past_that_goes_on_is_not_changed() -> None:
    past = Past(until=BEGIN).with_minute(minute(0), cell("a"))
    past.later(BEGIN + 30)
    assert past == Past(until=BEGIN).with_minute(minute(0), cell("a"))


def test_half_of_what_was_said_counts_after_ten_days() -> None:
    sums = hours(hours(Sums(), 1, texts=8), 10 * HOURS_A_DAY)
    assert 3.5 < sums.texts < 4.5


def test_text_that_comes_back_within_a_day_counts_once() -> None:
    past = Past(until=BEGIN)
    for number in (0, 300, 900):
        past = past.with_minute(minute(number), cell("again and again"))
    assert past.recent_texts == 1


def test_text_that_comes_back_after_days_counts_again() -> None:
    past = Past(until=BEGIN)
    for number in (0, 3_000):
        past = past.with_minute(minute(number), cell("again and again"))
    assert past.recent_texts == 2


def test_bursts_within_an_hour_spread_more_than_the_same_texts_evenly() -> None:
    even, bursty = Sums(), Sums()
    for number in range(400):
        even.add(Hour(BEGIN + number, Bucket(12, 12), 12, squares=12))
        bursty.add(Hour(BEGIN + number, Bucket(12, 12), 12, squares=144))
    assert even.bursts.factor(10) < 0.5 < bursty.bursts.factor(10)


def test_silence_lowers_the_level() -> None:
    past = Past(until=BEGIN).with_minute(minute(0), cell("a", "b"))
    soon, late = past.later(BEGIN + 5), past.later(BEGIN + 500)
    assert late.level_before(late.until, 0.0).rate < soon.level_before(soon.until, 0.0).rate


def test_level_holds_the_hours_before_and_none_since() -> None:
    past = Past(until=BEGIN)
    for number in (0, 60, 120):
        past = past.with_minute(minute(number), cell(f"text {number}", documents=4))
    level = past.level_before(BEGIN + 2, exposure=2.0)
    assert (level.texts, level.documents, level.hours) == (2, 8, 2.0)


def test_what_is_heard_of_a_busy_key_is_bounded() -> None:
    past = Past(until=BEGIN)
    for number in range(50):
        past = past.with_minute(minute(number), cell(*(f"{number} {n}" for n in range(500))))
    assert len(past.heard) < 500
