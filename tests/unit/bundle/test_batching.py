import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundle.batching import fitting, pack, padded, padded_rows
from bundle.text import read
from bundle.tokens import Tokens

LENGTHS = st.lists(st.integers(1, 200), max_size=60)


def text(length: int) -> Tokens:
    return Tokens([7] * length, read(""), [])


@given(LENGTHS, st.integers(1, 500))
def test_every_text_is_in_one_group(lengths: list[int], budget: int) -> None:
    groups = list(pack(lengths, budget))

    assert sorted(position for group in groups for position in group) == list(range(len(lengths)))


@given(LENGTHS, st.integers(1, 500))
def test_a_padded_group_keeps_the_budget(lengths: list[int], budget: int) -> None:
    for group in pack(lengths, budget):
        assert len(group) == 1 or len(group) * padded(lengths[group[0]]) <= budget


@given(LENGTHS, st.integers(1, 500))
def test_texts_of_a_group_are_padded_alike(lengths: list[int], budget: int) -> None:
    for group in pack(lengths, budget):
        assert len({padded(lengths[at]) for at in group}) == 1


@given(st.integers(1, 10_000))
def test_little_is_padded(length: int) -> None:
    assert 0 <= padded(length) - length < max(4, length / 4)


def test_there_are_few_lengths() -> None:
    assert sorted({padded(length) for length in range(1, 129)}) == [
        *range(4, 33, 4),
        40,
        48,
        56,
        64,
        80,
        96,
        112,
        128,
    ]


def test_the_longest_come_first() -> None:
    assert list(pack([3, 98, 4, 100], 250)) == [[1, 3], [0, 2]]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_a_text_is_padded_alike_whatever_shares_its_batch(lengths: list[int]) -> None:
    for group in pack(lengths, 1000):
        ids, mask = padded_rows([text(lengths[at]) for at in group], 0, None)

        assert {len(row) for row in ids + mask} == {padded(lengths[at]) for at in group}


def test_no_text_is_padded_beyond_what_the_model_takes() -> None:
    ids, mask = padded_rows([text(5), text(6)], 0, 6)

    assert ids == [[7, 7, 7, 7, 7, 0], [7, 7, 7, 7, 7, 7]]
    assert mask == [[1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1]]


@pytest.mark.parametrize(
    ("lengths", "budget", "expected"),
    [
        ([5, 5, 5], 16, 2),
        ([5, 5, 5], 24, 3),
        ([99, 5], 16, 1),
        ([0, 99, 5], 16, 1),
        ([0, 0, 0], 0, 3),
    ],
)
def test_the_first_texts_that_fit(lengths: list[int], budget: int, expected: int) -> None:
    assert fitting(lengths, budget) == expected
