"""Counts placed documents by key and second, and judges the keys, as workers do."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from schemas.alert import Alert
from stream.backtest.key_admission import KeyAdmission
from stream.backtest.time_order import Placed
from stream.counting.updates import (
    Update,
    keys_of,
    made_by_sender,
    moved_to_other,
    updates_of,
)
from stream.counting.window_counter import counting_rules
from stream.settings import Settings
from stream.windows.alert_states import KeyState
from stream.windows.buckets import SECOND, SECONDS_A_MINUTE
from stream.windows.cells import Cell, merged
from stream.windows.key_evaluation import FORGOTTEN_DAYS, Evaluator
from stream.windows.window_closing import end_of_all

# Documents that are counted before the keys are judged: all of a key that came meanwhile is judged
# at once, which costs less than one by one. Bounds what is in memory.
_BATCH = 2_000

_FORGOTTEN_SECONDS = FORGOTTEN_DAYS * 86_400


class Backtest:
    """All keys, under `settings`."""

    def __init__(self, settings: Settings) -> None:
        rules = counting_rules(settings)
        self._kinds = rules.kinds
        self._hops = settings.hops
        self._admission = KeyAdmission(rules.limits, settings.shards)
        self._counts = KeyCounts()
        self._judges = Judges(settings)

    def alerts(self, placed: Iterable[Placed]) -> Iterator[Alert]:
        """The alerts of documents that come in order of time, by their own times and ids.

        All is judged to the end, as of a replay: until alerts that are open have resolved.
        """
        second = None
        for number, one in enumerate(placed, 1):
            second = one.second
            if number % _BATCH == 0:
                yield from self._judge(second // SECONDS_A_MINUTE * SECONDS_A_MINUTE)
            self._count(number, one)
        if second is not None:
            yield from self._judge(end_of_all(second * SECOND, self._hops) // SECOND)

    def _count(self, number: int, placed: Placed) -> None:
        second, document = placed
        keys = keys_of(document, self._kinds)
        updates = updates_of(document, keys, (0, number), second)
        made = made_by_sender(document).intersection(keys)
        if made and (refused := self._admission.refused(dict.fromkeys(made, second))):
            moved = moved_to_other({key: [one] for key, one in updates}, refused)
            updates = ((key, one) for key, (one, *_) in moved.items())
        self._counts.add(second, updates)

    def _judge(self, until: int) -> list[Alert]:
        alerts = self._judges.judge(self._counts.take_before(until), until)
        return sorted(alerts, key=lambda alert: (alert.at, alert.id))


class KeyCounts:
    """What each key has of each second, as far as it is not judged."""

    def __init__(self) -> None:
        self._keys: defaultdict[str, defaultdict[int, list[Cell]]] = _no_keys()

    def add(self, second: int, updates: Iterable[tuple[str, Update]]) -> None:
        """Count what a document of `second` adds to keys."""
        update = None
        for key, one in updates:
            # Most add the same to several keys.
            if one is not update:
                update, cell = one, one.cell
            self._keys[key][second].append(cell)

    def take_before(self, until: int) -> dict[str, dict[int, Cell]]:
        """The seconds before `until`, by key; those from it on are held."""
        keys, self._keys = self._keys, _no_keys()
        found = {}
        for key, seconds in keys.items():
            cells = {at: one[0] if len(one) == 1 else merged(one) for at, one in seconds.items()}
            found[key] = {at: cell for at, cell in cells.items() if at < until}
            for at in cells.keys() - found[key].keys():
                self._keys[key][at].append(cells[at])
        return found


def _no_keys() -> defaultdict[str, defaultdict[int, list[Cell]]]:
    return defaultdict(lambda: defaultdict(list))


class Judges:
    """The evaluators of all keys; of those that are silent only the state."""

    def __init__(self, settings: Settings) -> None:
        self._rule = settings.spike
        self._awake: dict[str, Evaluator] = {}
        self._asleep: dict[str, tuple[int, KeyState | None]] = {}

    def judge(self, seconds: dict[str, dict[int, Cell]], until: int) -> list[Alert]:
        """Judge the keys of `seconds`, and others that are awake, until the second `until`."""
        alerts = []
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
        return Evaluator(self._rule, key, state)

    def _forget(self, until: int) -> None:
        oldest = until - _FORGOTTEN_SECONDS
        gone = [key for key, (judged, _) in self._asleep.items() if judged < oldest]
        for key in gone:
            del self._asleep[key]
