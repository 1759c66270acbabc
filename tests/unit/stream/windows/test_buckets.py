import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.times import isoformat
from stream.windows.buckets import (
    SIZES,
    Bucket,
    Buckets,
    Size,
    next_change,
    split_key,
    window,
    window_ends,
)

MINUTES = st.integers(10_000, 13_000)
SMALL = st.integers(0, 9)
BUCKET = st.builds(Bucket, SMALL, SMALL, SMALL, SMALL)


@given(st.dictionaries(MINUTES, BUCKET), MINUTES, MINUTES)
def test_sum_between_is_the_naive_sum(buckets: dict[int, Bucket], start: int, end: int) -> None:
    inside = [bucket for minute, bucket in buckets.items() if start <= minute < end]
    expected = sum(inside, start=Bucket())
    assert start > end or Buckets(buckets).between(start, end) == expected


def holds(minutes: set[int], size: int, end: int) -> set[int]:
    return {minute for minute in minutes if end - size <= minute < end}


@given(st.sets(st.integers(10_000, 10_100), max_size=8))
def test_changes_are_where_the_content_differs(minutes: set[int]) -> None:
    expected = {}
    for end in range(10_001, 12_000):
        sizes = [
            size
            for size, length in SIZES.items()
            if holds(minutes, length, end) != holds(minutes, length, end - 1)
        ]
        if sizes:
            expected[end] = sizes
    found = window_ends(minutes, 10_000, 11_999)
    assert found == expected
    assert list(found) == sorted(found)


@given(st.sets(MINUTES, max_size=8), MINUTES, st.lists(st.integers(0, 900)))
def test_changes_in_steps_are_changes_at_once(
    minutes: set[int], after: int, steps: list[int]
) -> None:
    found: dict[int, list[Size]] = {}
    at = after
    for step in steps:
        found |= window_ends(minutes, at, at + step)
        at += step
    assert found == window_ends(minutes, after, at)


@given(st.sets(MINUTES, max_size=8), MINUTES)
def test_next_change_is_the_first_of_changes(minutes: set[int], after: int) -> None:
    assert next_change(minutes, after) == min(window_ends(minutes, after, 20_000), default=None)


HOUR = (29_000_160 * 60 - 3_600, 29_000_160 * 60)


def test_window_gives_counts_and_mean_sentiment() -> None:
    content = Bucket(documents=3, negative=1, positive=1, sentiment=-100)
    record = window("entity", "acme", "1h", *HOUR, content)
    assert (record.documents, record.negative, record.neutral, record.positive) == (3, 1, 1, 1)
    assert record.sentiment == -0.3333


def test_window_ends_where_it_says() -> None:
    record = window("entity", "acme", "1h", *HOUR, Bucket())
    assert isoformat(record.start) == "2025-02-19T23:00:00.000Z"
    assert isoformat(record.end) == "2025-02-20T00:00:00.000Z"


def test_empty_window_is_neither_good_nor_bad() -> None:
    assert window("all", "all", "1h", *HOUR, Bucket()).sentiment == 0


def test_split_key_keeps_colons_of_the_subject() -> None:
    assert split_key("source:https://wire") == ("source", "https://wire")


def test_split_key_refuses_an_unknown_kind() -> None:
    with pytest.raises(ValueError, match="'author'"):
        split_key("author:ann")
