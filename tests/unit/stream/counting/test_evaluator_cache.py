"""Evaluators are used again while nothing has changed, and within a bound of memory."""

from stream.counting.judging.evaluator_cache import EvaluatorCache
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.cells import MinuteCell
from stream.windows.key_evaluation import Evaluator
from stream.windows.spike_rule import SpikeRule

PLENTY = 10**9


def evaluator(texts: int = 0) -> Evaluator:
    cell = MinuteCell(texts=[str(n) for n in range(texts)])
    return Evaluator(SpikeRule(), AlarmBudget(1), "all:all", None, {1: cell} if texts else None)


def test_an_evaluator_is_found_by_the_state_it_was_stored_with() -> None:
    cache, one = EvaluatorCache(PLENTY), evaluator()
    cache.put("all:all", b"{1}", one)

    assert cache.take("all:all", b"{1}") is one


def test_one_that_belongs_to_another_state_is_dropped() -> None:
    cache = EvaluatorCache(PLENTY)
    cache.put("all:all", b"{1}", evaluator())

    assert cache.take("all:all", b"{2}") is None
    assert cache.take("all:all", b"{1}") is None


def test_one_that_is_taken_must_be_put_back() -> None:
    cache = EvaluatorCache(PLENTY)
    cache.put("all:all", b"{1}", evaluator())
    cache.take("all:all", b"{1}")

    assert cache.take("all:all", b"{1}") is None


def test_the_ones_used_last_stay_within_the_bound() -> None:
    size = evaluator(9).held_bytes
    cache = EvaluatorCache(2 * size)
    for key in ("a", "b", "c"):
        cache.put(key, b"", evaluator(9))

    assert [bool(cache.take(key, b"")) for key in ("a", "b", "c")] == [False, True, True]


def test_what_is_taken_out_makes_room() -> None:
    size = evaluator(9).held_bytes
    cache = EvaluatorCache(2 * size)
    for key in ("a", "b"):
        cache.put(key, b"", evaluator(9))
    cache.take("b", b"")
    cache.put("c", b"", evaluator(9))

    assert cache.take("a", b"")


def test_what_is_larger_than_the_bound_is_not_kept() -> None:
    cache = EvaluatorCache(evaluator().held_bytes)
    cache.put("a", b"", evaluator(99))

    assert cache.take("a", b"") is None


def test_a_key_without_minutes_takes_room_too() -> None:
    assert evaluator().held_bytes > 0
