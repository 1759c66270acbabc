"""What documents add to keys: those of a second at once, and those beyond a cap elsewhere."""

from hypothesis import given
from hypothesis import strategies as st

from stream.counting.updates import Update, by_second, each_alone, moved_to_other
from stream.windows.cells import merged

_negative = st.builds(
    Update,
    partition=st.integers(0, 1),
    offset=st.integers(0, 9),
    second=st.integers(0, 2),
    negative=st.just(1),
    positive=st.just(0),
    sentiment=st.integers(-100, 0),
    distinct_text=st.sampled_from("abc"),
    evidence=st.tuples(st.sampled_from([0.5, 0.9]), st.sampled_from("xyz"), st.just("{}")),
)
_others = st.builds(
    Update,
    partition=st.integers(0, 1),
    offset=st.integers(0, 9),
    second=st.integers(0, 2),
    negative=st.just(0),
    positive=st.integers(0, 1),
    sentiment=st.integers(0, 100),
)


def update(offset: int) -> Update:
    return Update(0, offset, 60, 0, 0, 0)


def test_refused_keys_count_for_the_others_of_their_kind() -> None:
    updates = {"source:a": [update(1)], "source:b": [update(2)], "all:all": [update(1), update(2)]}

    moved = moved_to_other(updates, {"source:a", "source:b"})

    assert moved.keys() == {"source:~other", "all:all"}
    assert sorted(one.offset for one in moved["source:~other"]) == [1, 2]


def test_document_with_two_refused_entities_counts_once_for_the_others() -> None:
    updates = {"entity:a": [update(1)], "entity:b": [update(1)]}

    assert moved_to_other(updates, {"entity:a", "entity:b"}) == {"entity:~other": [update(1)]}


@given(st.lists(_negative | _others))
def test_documents_of_a_second_add_together_what_each_adds_alone(updates: list[Update]) -> None:
    together, alone = by_second(updates), each_alone(updates)

    assert {(one.partition, one.second) for one in together} == {
        (one.partition, one.second) for one in alone
    }
    assert len(together) == len({(one.partition, one.second) for one in together})
    assert merged(one.cell for one in together) == merged(one.cell for one in alone)


def test_documents_of_a_second_say_which_they_are() -> None:
    (found,) = by_second([update(4), update(2), update(7)])

    assert (found.first, found.last) == (2, 7)
