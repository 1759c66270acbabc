from stream.progress.expected_sources import ENDED, Joining, expired, joining

NOW = 1_000


def test_source_that_is_expected_does_not_join() -> None:
    assert joining(["news/0"], {"news/0": NOW + 1}, NOW) == []


def test_source_that_nobody_announced_for_a_while_joins_again() -> None:
    assert joining(["news/0"], {"news/0": NOW}, NOW) == [Joining("news/0", is_new_topic=False)]


def test_partition_that_was_added_is_of_a_kafka_topic_that_is_known() -> None:
    found = joining(["news/0", "news/1"], {"news/0": NOW + 1}, NOW)
    assert found == [Joining("news/1", is_new_topic=False)]


def test_kafka_topic_that_was_added_is_new() -> None:
    found = joining(["news/0", "social/0"], {"news/0": NOW + 1}, NOW)
    assert found == [Joining("social/0", is_new_topic=True)]


def test_sources_of_others_that_nobody_announces_any_more_are_expired() -> None:
    expires = {"own/0": NOW, "gone/0": NOW, "live/0": NOW + 1, "ended/0": ENDED}
    assert expired(["own/0"], expires, NOW) == {"gone/0": NOW}
