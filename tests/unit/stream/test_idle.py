from stream.idle import IdlePartitions


def one_partition() -> IdlePartitions[str]:
    partitions: IdlePartitions[str] = IdlePartitions(timeout=10)
    partitions.assigned({"a": 5}, now=0)
    return partitions


def test_read_to_its_end_and_without_records_is_idle() -> None:
    assert one_partition().find({"a": 5}, now=10) == ["a"]


def test_before_the_timeout_it_is_not_idle() -> None:
    assert one_partition().find({"a": 5}, now=9) == []


def test_slow_is_not_idle() -> None:
    assert one_partition().find({"a": 6}, now=100) == []


def test_a_processed_record_restarts_the_timeout() -> None:
    partitions = one_partition()
    partitions.processed("a", 5, now=8)

    assert partitions.find({"a": 6}, now=17) == []
    assert partitions.find({"a": 6}, now=18) == ["a"]


def test_a_revoked_partition_is_not_idle() -> None:
    partitions = one_partition()
    partitions.revoked(["a"])

    assert partitions.find({"a": 5}, now=100) == []
