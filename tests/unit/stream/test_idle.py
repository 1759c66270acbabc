from stream.idle import IdleWatch


def watch() -> IdleWatch[str]:
    watch: IdleWatch[str] = IdleWatch(after=10)
    watch.assigned({"a": 5}, now=0)
    return watch


def test_read_to_its_end_and_silent_is_quiet() -> None:
    assert watch().quiet({"a": 5}, now=10) == ["a"]


def test_silent_for_too_short_is_not_quiet() -> None:
    assert watch().quiet({"a": 5}, now=9) == []


def test_slow_is_not_quiet() -> None:
    assert watch().quiet({"a": 6}, now=100) == []


def test_a_record_done_starts_the_silence_anew() -> None:
    one = watch()
    one.done("a", 5, now=8)

    assert one.quiet({"a": 6}, now=17) == []
    assert one.quiet({"a": 6}, now=18) == ["a"]


def test_a_partition_that_went_away_is_not_ours_to_call_quiet() -> None:
    one = watch()
    one.revoked(["a"])

    assert one.quiet({"a": 5}, now=100) == []
