import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.times import isoformat
from stream.windows.buckets import (
    Bucket,
    Buckets,
    split_key,
    window,
)

MINUTES = st.integers(10_000, 13_000)
SMALL = st.integers(0, 9)
BUCKET = st.builds(Bucket, SMALL, SMALL, SMALL, SMALL)


@given(st.dictionaries(MINUTES, BUCKET), MINUTES, MINUTES)
def test_sum_between_is_the_naive_sum(buckets: dict[int, Bucket], start: int, end: int) -> None:
    inside = [bucket for minute, bucket in buckets.items() if start <= minute < end]
    expected = sum(inside, start=Bucket())
    assert start > end or Buckets(buckets).between(start, end) == expected


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
