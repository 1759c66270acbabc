"""Which windows of a key are emitted, when, and what is left of it."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from stream.windows.buckets import HOPS, MAX_SIZE, Size
from stream.windows.window_closing import Hops
from tests.keys import START, Key, Post, naive_windows

HOUR = 60
FAR = START + 6 * MAX_SIZE
# A few hours in which a key is busy, and days in which it is not.
MINUTES = st.integers(START, START + 200) | st.integers(START, START + 3 * MAX_SIZE)
POSTS = st.lists(
    st.builds(Post, MINUTES, st.just("a"), st.just("neutral"), st.just(0)), max_size=12
)
CHOICES: dict[Size, list[int]] = {"5m": [1, 5], "1h": [1, 5, 12, 60], "24h": [60, 120, 1440]}
ANY_HOPS = st.fixed_dictionaries({size: st.sampled_from(some) for size, some in CHOICES.items()})


def closed(posts: Sequence[Post], hops: Hops, steps: Sequence[int] = (), hours: int = 1) -> Key:
    """A key that counts each post before its minute is closed, which is in `steps` and at last."""
    key, waiting = Key(hops=hops, hours=hours), sorted(posts, key=lambda post: post.minute)
    for until in [*sorted(steps), FAR]:
        key.add(post for post in waiting if post.minute < until)
        waiting = [post for post in waiting if post.minute >= until]
        key.close(until)
    return key


@given(POSTS, ANY_HOPS)
def test_windows_are_those_of_the_rule(posts: list[Post], hops: Hops) -> None:
    assert closed(posts, hops).emitted()[0] == naive_windows(posts, hops)


@given(POSTS, ANY_HOPS, st.lists(st.integers(START, FAR), max_size=6))
def test_closing_in_steps_emits_what_closing_at_once_does(
    posts: list[Post], hops: Hops, steps: list[int]
) -> None:
    assert closed(posts, hops, steps).emitted() == closed(posts, hops).emitted()


@given(POSTS, ANY_HOPS, st.lists(st.integers(START, FAR), max_size=3), st.integers(2, 64))
def test_many_hours_closed_at_once_are_those_closed_one_by_one(
    posts: list[Post], hops: Hops, steps: list[int], hours: int
) -> None:
    one, other = closed(posts, hops, steps, hours), closed(posts, hops, steps)

    assert one.emitted() == other.emitted()
    assert (one.timer, one.buckets, one.hours) == (None, {}, {})


@given(POSTS, ANY_HOPS)
def test_nothing_is_left_of_a_key_that_has_fallen_silent(posts: list[Post], hops: Hops) -> None:
    key = closed(posts, hops)

    assert (key.timer, key.buckets, key.hours) == (None, {}, {})


def test_a_document_is_in_one_window_of_each_size_and_then_the_key_is_silent() -> None:
    key = closed([Post(START + 7, "a", "neutral")], HOPS)

    found = [(one.size, one.documents, one.end.minute) for one in key.windows.values()]
    assert found == [("5m", 1, 8), ("1h", 1, 10), ("24h", 1, 0), ("24h", 0, 0)]


def test_of_a_busy_day_two_hours_of_minutes_are_held() -> None:
    key = Key()
    key.add(Post(START + i, "a", "neutral") for i in range(MAX_SIZE))
    key.close(START + MAX_SIZE)

    assert min(key.buckets) == START + MAX_SIZE - HOUR
    assert len(key.hours) == MAX_SIZE // HOUR


def test_quiet_key_waits_for_its_day_to_end() -> None:
    key = Key()
    key.add([Post(START + 7, "a", "neutral")])
    key.close(START + HOUR)

    assert key.timer == START + HOUR + MAX_SIZE
