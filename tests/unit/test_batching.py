from hypothesis import given
from hypothesis import strategies as st

from stream.batching import pack

LENGTHS = st.lists(st.integers(1, 200), max_size=60)


@given(LENGTHS, st.integers(1, 500))
def test_every_text_is_in_one_group(lengths: list[int], budget: int) -> None:
    groups = list(pack(lengths, budget))

    assert sorted(position for group in groups for position in group) == list(range(len(lengths)))


@given(LENGTHS, st.integers(1, 500))
def test_a_group_padded_to_its_longest_keeps_the_budget(lengths: list[int], budget: int) -> None:
    for group in pack(lengths, budget):
        assert len(group) == 1 or len(group) * max(lengths[at] for at in group) <= budget


def test_texts_of_like_length_go_together() -> None:
    assert list(pack([3, 90, 4, 100], 200)) == [[3, 1], [2, 0]]
