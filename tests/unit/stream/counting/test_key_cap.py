"""What becomes of keys that are beyond a cap."""

from stream.counting.key_cap import AdmittedKeys, KeyLimits, moved_to_other
from stream.counting.updates import Update

DAY = 86_400


def update(offset: int) -> Update:
    return Update(0, offset, 60, 0, 0, 0)


def test_limit_of_a_shard_is_its_part_rounded_up() -> None:
    assert KeyLimits(new=65, total=640).of_shard(64) == KeyLimits(new=2, total=10)


def test_refused_keys_count_for_the_others_of_their_kind() -> None:
    updates = {"source:a": [update(1)], "source:b": [update(2)], "all:all": [update(1), update(2)]}

    moved = moved_to_other(updates, {"source:a", "source:b"})

    assert moved.keys() == {"source:~other", "all:all"}
    assert sorted(one.offset for one in moved["source:~other"]) == [1, 2]


def test_document_with_two_refused_entities_counts_once_for_the_others() -> None:
    updates = {"entity:a": [update(1)], "entity:b": [update(1)]}

    assert moved_to_other(updates, {"entity:a", "entity:b"}) == {"entity:~other": [update(1)]}


def test_keys_are_asked_for_again_once_a_day() -> None:
    keys = AdmittedKeys()
    keys.add({"source:a": DAY})

    assert keys.unknown({"source:a": 2 * DAY - 1, "source:b": DAY}) == {"source:b": DAY}
    assert keys.unknown({"source:a": 2 * DAY}) == {"source:a": 2 * DAY}
