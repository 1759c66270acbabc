from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas import Evidence, decode, encode
from stream.windows.buckets import Bucket
from stream.windows.cells import DayEvidence, MinuteCell
from stream.windows.past import MINUTES_AN_HOUR, Hour, Past, Spans, Sums, Variation
from stream.windows.rhythm import HOURS_A_DAY
from tests.keys import Post

BEGIN = 480_000
DAY = HOURS_A_DAY * MINUTES_AN_HOUR


def minute(number: int) -> int:
    return BEGIN * MINUTES_AN_HOUR + number


def cell(*texts: str, documents: int = 1) -> MinuteCell:
    return MinuteCell(Bucket(documents, len(texts)), list(texts), fresh=len(texts))


def with_minute(past: Past, number: int, cell: MinuteCell) -> Past:
    at = minute(number)
    return past.with_minutes(at // MINUTES_AN_HOUR, [(at, cell)])


@given(st.lists(st.integers(0, 5_000), max_size=40), st.integers(1, 40))
def test_time_passes_alike_in_one_step_and_in_many(minutes: list[int], step: int) -> None:
    past = Past.from_hour(BEGIN, of_company=True)
    for number in sorted(set(minutes)):
        past = with_minute(past, number, cell(f"text {number}"))
    steps = past
    for hour in range(BEGIN, BEGIN + 200, step):
        steps = steps.later(hour)
    assert steps.later(BEGIN + 200) == past.later(BEGIN + 200)


def test_a_past_that_goes_on_is_not_changed() -> None:
    past = with_minute(Past.from_hour(BEGIN, of_company=True), 0, cell("a"))
    past.later(BEGIN + 300)
    assert past == with_minute(Past.from_hour(BEGIN, of_company=True), 0, cell("a"))


def test_half_of_what_was_said_counts_after_ten_days() -> None:
    sums = Sums().with_day([Hour(BEGIN, Bucket(8, 8), 8)], 24.0, of_company=True)
    for _ in range(9):
        sums = sums.with_day([], 24.0, of_company=True)
    assert 3.5 < sums.texts < 4.5


def test_bursts_within_an_hour_spread_more_than_the_same_texts_evenly() -> None:
    even, bursty = (
        Hour(BEGIN, Bucket(60, 60), 60, tuple(Spans(one) for one in squares))
        for squares in ((120, 300, 900), (3_600, 3_600, 3_600))
    )
    day = range(BEGIN, BEGIN + HOURS_A_DAY)
    learnt = [
        Variation().with_day([replace(hour, hour=at) for at in day], day.start, day.stop)
        for hour in (even, bursty)
    ]
    for calm, burst in zip(*(one.bursts for one in learnt), strict=True):
        assert calm.factor(10, prior=1.0) < 0.5 < burst.factor(10, prior=1.0)


def test_hours_of_a_day_that_differ_spread_more_than_alike_ones() -> None:
    day = range(BEGIN, BEGIN + HOURS_A_DAY)
    alike = [Hour(at, Bucket(6, 6), 6) for at in day]
    unlike = [Hour(at, Bucket(12, 12), 12) for at in day if at % 2]
    steady, moody = (
        Variation().with_day(some, day.start, day.stop).hourly.factor(1, prior=1.0)
        for some in (alike, unlike)
    )
    assert steady < 0.5 < moody


def test_silence_lowers_the_level() -> None:
    past = with_minute(Past.from_hour(BEGIN, of_company=True), 0, cell("a", "b"))
    soon, late = past.later(BEGIN + 100), past.later(BEGIN + 500)
    assert late.level_before(late.until, 0.0).rate < soon.level_before(soon.until, 0.0).rate


def test_level_holds_the_hours_before_and_none_since() -> None:
    past = Past.from_hour(BEGIN, of_company=True)
    for number in (0, 60, 120):
        past = with_minute(past, number, cell(f"text {number}", documents=4))
    level = past.level_before(BEGIN + 2, exposure=2.0)
    assert (level.texts, level.documents, level.hours) == (2, 8, 2.0)


def test_what_is_heard_of_a_busy_key_is_bounded() -> None:
    past = Past.from_hour(BEGIN, of_company=True)
    for number in range(50):
        past = with_minute(past, number, cell(*(f"{number} {n}" for n in range(500))))
    assert len(past.heard) < 500


def shown(*rows: tuple[int, str, float]) -> list[str]:
    """Whose documents are shown after these, each with its minute, story and chance."""
    past = Past.from_hour(BEGIN, of_company=True)
    for number, story, negative in rows:
        post = Post(minute(number), story, negative=negative)
        past = with_minute(past, number, replace(cell(story), evidence=post.cell.evidence))
    return [one.document.id for one in past.shown]


def test_of_each_of_three_days_the_most_negative_document_is_shown() -> None:
    days = [
        (DAY * day + n, f"{day} {n}", 0.9 - abs(n - 1) / 10) for day in range(5) for n in (0, 1, 2)
    ]
    assert shown(*days) == ["2 1", "3 1", "4 1"]


def test_of_documents_alike_the_last_is_shown() -> None:
    assert shown((0, "first", 0.9), (1, "last", 0.9)) == ["last"]


def test_a_story_is_shown_of_one_day() -> None:
    assert shown((0, "a", 0.9), (DAY, "a", 0.99), (DAY + 1, "b", 0.7)) == ["a", "b"]


def test_what_is_shown_of_a_day_stays_small() -> None:
    row = Post(minute(0), "x").cell.evidence[0]
    record = encode(replace(decode(row.record.encode(), Evidence), text="跌" * 280, url="y" * 200))

    found = DayEvidence.of(minute(0), replace(row, record=record.decode())).document

    assert (found.text, found.url) == ("跌" * 33, None)


def test_copies_of_a_companys_story_do_not_make_a_share_usual() -> None:
    of_copies, of_one = Hour(BEGIN, Bucket(60, 50), 1), Hour(BEGIN, Bucket(11, 1), 1)
    often, once = (Sums().with_day([hour], 24.0, of_company=True) for hour in (of_copies, of_one))
    assert often == once


def test_shares_of_hours_that_differ_even_out_in_a_day() -> None:
    hours = [Hour(BEGIN + place, Bucket(20, 20 * (place % 2))) for place in range(HOURS_A_DAY)]
    sums = Sums(negative=5_000, documents=10_000).with_day(hours, 24.0, of_company=False)
    assert sums.day_shares.factor(1, prior=0.1) < 0.1 < sums.shares.factor(1, prior=0.1)
