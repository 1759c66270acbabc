"""Where documents count whose keys are beyond a cap."""

from stream.counting.updates import Update, moved_to_other


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
