import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.counting.store import _shared_calls


@pytest.mark.parametrize(
    ("counting", "max_moved", "calls"),
    [
        ({1, 3}, 9, [(1, [0, 2, 4, 5]), (3, [])]),
        ({1, 3}, 2, [(1, [0, 2]), (3, [4, 5])]),
        ({1}, 2, [(1, [0, 2]), (5, [3, 4])]),
        (set(), 9, [(5, [0, 1, 2, 3, 4])]),
        ({1}, 0, [(1, []), (5, []), (4, []), (3, []), (2, []), (0, [])]),
    ],
)
def test_shards_without_counts_go_with_the_calls_of_others(
    counting: set[int], max_moved: int, calls: list[tuple[int, list[int]]]
) -> None:
    assert _shared_calls(range(6), counting, max_moved) == calls


@given(st.integers(1, 64), st.sets(st.integers(0, 63)), st.integers(0, 70))
def test_each_shard_is_in_one_call_of_bounded_size(
    shards: int, counting: set[int], max_moved: int
) -> None:
    counting = {one for one in counting if one < shards}

    calls = _shared_calls(range(shards), counting, max_moved)

    assert sorted(one for shard, moved in calls for one in (shard, *moved)) == [*range(shards)]
    assert all(len(moved) <= max_moved for _, moved in calls)
    assert counting <= {shard for shard, _ in calls}
