"""Counts placed documents by key and second, as workers do."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from stream.backtest.key_admission import KeyAdmission
from stream.backtest.time_order import Placed
from stream.counting.updates import Update, keys_of, made_by_sender, moved_to_other, updates_of
from stream.counting.window_counter import counting_rules
from stream.settings import Settings
from stream.windows.buckets import SECOND, SECONDS_A_MINUTE
from stream.windows.cells import Cell, merged
from stream.windows.window_closing import end_of_all

# Documents that are counted before the keys are judged: all of a key that came meanwhile is judged
# at once, which costs less than one by one. Bounds what is in memory.
_BATCH = 2_000


class Counted(NamedTuple):
    """What each key has of each second before `until`, and not in the batch before it."""

    until: int
    seconds: dict[str, dict[int, Cell]]


def counted(placed: Iterable[Placed], settings: Settings) -> Iterator[Counted]:
    """Count documents that come in order of time, in batches that end with a minute.

    The last one ends as a replay does: where alerts that are open have resolved.
    """
    counter, second = _Counter(settings), None
    for number, one in enumerate(placed, 1):
        second = one.second
        if number % _BATCH == 0:
            until = second // SECONDS_A_MINUTE * SECONDS_A_MINUTE
            yield Counted(until, counter.take_before(until))
        counter.count(number, one)
    if second is not None:
        until = end_of_all(second * SECOND, settings.hops) // SECOND
        yield Counted(until, counter.take_before(until))


class _Counter:
    def __init__(self, settings: Settings) -> None:
        rules = counting_rules(settings)
        self._kinds, self._weights = rules.kinds, rules.weights
        self._admission = KeyAdmission(rules.limits, settings.shards)
        self._keys = _no_keys()

    def count(self, number: int, placed: Placed) -> None:
        """Count a document, the one of that `number`."""
        second, document = placed
        keys = keys_of(document, self._kinds)
        is_heard = self._weights.is_heard(document)
        updates = updates_of(document, keys, (0, number), second, is_heard=is_heard)
        made = made_by_sender(document).intersection(keys)
        if made and (refused := self._admission.refused(dict.fromkeys(made, second))):
            moved = moved_to_other({key: [one] for key, one in updates}, refused)
            updates = ((key, one) for key, (one, *_) in moved.items())
        self._add(second, updates)

    def _add(self, second: int, updates: Iterable[tuple[str, Update]]) -> None:
        update = None
        for key, one in updates:
            # Most add the same to several keys.
            if one is not update:
                update, cell = one, one.cell
            self._keys[key][second].append(cell)

    def take_before(self, until: int) -> dict[str, dict[int, Cell]]:
        """The seconds before `until`, by key; those from it on are held."""
        keys, self._keys = self._keys, _no_keys()
        found: dict[str, dict[int, Cell]] = {}
        for key, seconds in keys.items():
            found[key] = cells = {}
            for at, some in seconds.items():
                if at < until:
                    cells[at] = some[0] if len(some) == 1 else merged(some)
                else:
                    self._keys[key][at] = some
        return found


def _no_keys() -> defaultdict[str, defaultdict[int, list[Cell]]]:
    return defaultdict(lambda: defaultdict(list))
