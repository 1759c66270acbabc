"""Judges the keys of counted documents, and puts alerts together, as workers do."""

from collections import Counter
from collections.abc import Iterable, Iterator

from schemas.alert import Alert, AnyAlert
from stream.backtest.counted import counted
from stream.backtest.time_order import Placed
from stream.grouping.grouping import Grouping
from stream.settings import Settings
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.alert_states import KeyState
from stream.windows.cells import Cell
from stream.windows.key_evaluation import FORGOTTEN_DAYS, SECONDS_A_DAY, Evaluator

_FORGOTTEN_SECONDS = FORGOTTEN_DAYS * SECONDS_A_DAY


def alerts_of(placed: Iterable[Placed], settings: Settings) -> Iterator[AnyAlert]:
    """The alerts of documents that come in order of time, by their own times and ids."""
    judges, grouping = _Judges(settings), Grouping(settings.grouping)
    for until, seconds in counted(placed, settings):
        yield from grouping.publish(judges.judge(seconds, until), until)


class _Judges:
    """The evaluators of all keys; of those that are silent only the state."""

    def __init__(self, settings: Settings) -> None:
        self._rule = settings.spike
        self._budget = AlarmBudget(settings.alarms_per_day)
        self._tests = Counter[int]()
        self._awake: dict[str, Evaluator] = {}
        self._asleep: dict[str, tuple[int, KeyState | None]] = {}

    def judge(self, seconds: dict[str, dict[int, Cell]], until: int) -> list[Alert]:
        """Judge the keys of `seconds`, and others that are awake, until the second `until`."""
        alerts = []
        self._count_tests(seconds)
        for key in seconds.keys() | self._awake.keys():
            evaluator = self._awake.pop(key, None) or self._woken(key)
            judgement = evaluator.judge(seconds.get(key, {}), until)
            alerts += judgement.alerts
            if judgement.wake is not None:
                self._awake[key] = evaluator
            elif judgement.state is not None:
                self._asleep[key] = until, judgement.state
        self._forget(until)
        return alerts

    def _woken(self, key: str) -> Evaluator:
        _, state = self._asleep.pop(key, (0, None))
        return Evaluator(self._rule, self._budget, key, state)

    def _count_tests(self, seconds: dict[str, dict[int, Cell]]) -> None:
        for cells in seconds.values():
            for second, cell in cells.items():
                self._tests[second // SECONDS_A_DAY] += bool(cell.texts)
        self._budget.tests = self._tests

    def _forget(self, until: int) -> None:
        oldest = until - _FORGOTTEN_SECONDS
        gone = [key for key, (judged, _) in self._asleep.items() if judged < oldest]
        for key in gone:
            del self._asleep[key]
