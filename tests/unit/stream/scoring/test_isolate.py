from collections.abc import Sequence

import torch
from hypothesis import given
from hypothesis import strategies as st

from stream.scoring.isolate import isolate


def double(items: Sequence[int]) -> list[int]:
    for item in items:
        if item < 0:
            raise ValueError(f"{item} is negative")
    return [2 * item for item in items]


@given(st.lists(st.integers(-3, 20)))
def test_only_items_that_fail_alone_fail(items: list[int]) -> None:
    results = isolate(double, items)

    assert [isinstance(result, ValueError) for result in results] == [item < 0 for item in items]
    assert [r for r in results if isinstance(r, int)] == [2 * item for item in items if item >= 0]


def test_what_is_too_large_for_the_device_is_split_until_it_fits() -> None:
    sizes: list[int] = []

    def run(items: Sequence[int]) -> Sequence[int]:
        if sum(items) > 10:
            raise torch.OutOfMemoryError("out of memory")
        sizes.append(len(items))
        return items

    results = isolate(run, [3, 3, 3, 3, 99, 3, 3, 3])

    assert [r for r in results if isinstance(r, int)] == [3] * 7
    assert isinstance(results[4], torch.OutOfMemoryError)
    assert max(sizes) == 2


def test_a_whole_batch_is_tried_once_when_nothing_fails() -> None:
    calls: list[int] = []

    def count(items: Sequence[int]) -> Sequence[int]:
        calls.append(len(items))
        return items

    isolate(count, [1, 2, 3])

    assert calls == [3]
