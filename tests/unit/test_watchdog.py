from stream.watchdog import Watchdog


def test_nothing_held_is_not_stuck() -> None:
    assert not Watchdog(10).stuck(now=1000)


def test_held_for_longer_than_patience_lasts_is_stuck() -> None:
    dog = Watchdog(10)
    dog.taken(now=100)

    assert not dog.stuck(now=110)
    assert dog.stuck(now=111)


def test_any_progress_starts_the_patience_anew() -> None:
    dog = Watchdog(10)
    dog.taken(now=100)
    dog.taken(now=101)
    dog.done(now=109)

    assert not dog.stuck(now=119)


def test_a_worker_that_rested_is_not_stuck_when_work_comes() -> None:
    dog = Watchdog(10)
    dog.taken(now=0)
    dog.done(now=1)
    dog.taken(now=500)

    assert not dog.stuck(now=505)
