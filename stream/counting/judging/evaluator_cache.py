"""The evaluators of the keys that were judged lately, to be used again."""

from collections import OrderedDict

from stream.windows.key_evaluation import Evaluator


class EvaluatorCache:
    """Those used last, of which the minutes that they hold take at most `max_bytes` of memory.

    One belongs to the state of its key, as it was stored: another worker that has judged the key
    meanwhile, or a store that lost its latest writes, holds another.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held_bytes = 0
        self._entries: OrderedDict[str, tuple[bytes, Evaluator, int]] = OrderedDict()

    def take(self, key: str, state: bytes) -> Evaluator | None:
        """The evaluator of `key` if it belongs to `state`; it is in the cache no more."""
        found, evaluator, held = self._entries.pop(key, (b"", None, 0))
        self._held_bytes -= held
        return evaluator if found == state else None

    def put(self, key: str, state: bytes, evaluator: Evaluator) -> None:
        """Keep `evaluator`, whose last judgement was stored with `state`."""
        self._entries[key] = (state, evaluator, evaluator.held_bytes)
        self._held_bytes += evaluator.held_bytes
        while self._held_bytes > self._max_bytes:
            _, (_, _, held) = self._entries.popitem(last=False)
            self._held_bytes -= held
