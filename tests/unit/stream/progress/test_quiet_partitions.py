from stream.progress.quiet_partitions import QuietPartitions


def assigned(offset: int = 5) -> QuietPartitions[str]:
    quiet: QuietPartitions[str] = QuietPartitions()
    quiet.assigned({"news/0": offset})
    return quiet


def find(quiet: QuietPartitions[str], fetched: int | None, position: int, end: int) -> list[str]:
    given = {} if fetched is None else {"news/0": fetched}
    return quiet.find(given, {"news/0": position}, {"news/0": end})


def test_partition_that_is_read_and_processed_to_its_end_is_quiet() -> None:
    quiet = assigned()
    quiet.processed("news/0", 5)
    assert find(quiet, fetched=6, position=6, end=6) == ["news/0"]


def test_partition_without_a_record_since_it_was_assigned_is_quiet() -> None:
    assert find(assigned(), fetched=None, position=5, end=5) == ["news/0"]


def test_partition_that_is_not_read_to_its_end_is_not_quiet() -> None:
    assert find(assigned(), fetched=None, position=5, end=6) == []


def test_partition_with_a_record_in_flight_is_not_quiet() -> None:
    quiet = assigned()
    quiet.processed("news/0", 5)
    assert find(quiet, fetched=7, position=7, end=7) == []


def test_offsets_without_a_record_are_not_waited_for() -> None:
    quiet = assigned()
    quiet.processed("news/0", 5)
    assert find(quiet, fetched=6, position=8, end=8) == ["news/0"]


def test_partition_that_was_revoked_is_not_quiet() -> None:
    quiet = assigned()
    quiet.revoked(["news/0"])
    quiet.processed("news/0", 5)
    assert find(quiet, fetched=6, position=6, end=6) == []
