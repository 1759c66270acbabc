"""What becomes of keys that are beyond a cap."""

from stream.windows.key_cap import AdmittedKeys, KeyLimits

DAY = 86_400


def test_limit_of_a_shard_is_its_part_rounded_up() -> None:
    assert KeyLimits(new=65, total=640).of_shard(64) == KeyLimits(new=2, total=10)


def test_keys_are_asked_for_again_once_a_day() -> None:
    keys = AdmittedKeys()
    keys.add({"source:a": DAY})

    assert keys.unknown({"source:a": 2 * DAY - 1, "source:b": DAY}) == {"source:b": DAY}
    assert keys.unknown({"source:a": 2 * DAY}) == {"source:a": 2 * DAY}
