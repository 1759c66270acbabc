"""Judging the keys that are due.

Keys are judged in steps that are bounded, and in a thread: a week that was held back is judged at a
steady rate, while the event loop goes on. Alerts are written in the same call as the state that
they follow from; `alert_publisher` sends them.
"""

import asyncio
from collections.abc import Mapping, Sequence

from stream.counting.judging.alert_store import AlertStore
from stream.counting.judging.evaluator_cache import EvaluatorCache
from stream.counting.judging.learning_log import LearningLog
from stream.counting.judging.stored_key import JudgedKey, StoredKey, judge_stored, read_evaluator
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.buckets import SECOND
from stream.windows.key_evaluation import SECONDS_A_DAY, Evaluator
from stream.windows.spike_rule import SpikeRule

# Checks looked at in one step: the more, the more of one key is judged at once after a long wait.
_MAX_CHECKS = 256
# Minutes of keys judged in one step: bounds how long an alert, and what else is due, waits for it.
_MAX_MINUTES = 64
# Keys of which the last hour is read in one step, of at most 60 cells each: after a start, or when
# partitions have moved, it is that of all keys.
_MAX_UNKNOWN = 16
# What the last hour of the keys that were judged lately may take in memory. One key takes 5 MB at
# most: 60 minutes of 512 texts and 3 records of evidence each.
_MAX_CACHED_BYTES = 50_000_000


class AlertJudge:
    """Judges by `rule` within `budget`."""

    def __init__(self, store: AlertStore, rule: SpikeRule, budget: AlarmBudget) -> None:
        self._store = store
        self._rule = rule
        self._budget = budget
        self._day = self._judged_day = 0
        self._cache = EvaluatorCache(_MAX_CACHED_BYTES)
        self._learning_log = LearningLog()

    async def judge(self, shards: Sequence[int], horizon: int) -> int:
        """Judge some keys of `shards` that are due until `horizon`; gives how many are judged.

        `horizon` is in milliseconds from the epoch.
        """
        due = await self._store.due(shards, horizon // SECOND, _MAX_CHECKS, _MAX_MINUTES)
        if not due:
            return 0
        await self._read_tests(horizon // SECOND // SECONDS_A_DAY)
        stored = await self._store.read(due)
        known = {one.key: self._cache.take(one.key, one.state) for one in stored}
        unknown = [one for one in stored if not known[one.key]][:_MAX_UNKNOWN]
        minutes = await self._store.read_minutes(unknown) if unknown else {}
        judged = await asyncio.to_thread(self._judge, stored, known, minutes)
        written = await self._store.write(judged)
        for one, is_written in zip(judged, written, strict=True):
            if is_written:
                self._cache.put(one.key, one.state, one.evaluator)
            if is_written and one.learning_until is not None:
                self._learning_log.add(one.key, one.learning_until)
        self._learning_log.tell()
        return sum(written)

    async def forget_tests(self, judged_until: int) -> None:
        """Forget the tests that are not asked for, as all shards are judged until that second."""
        day = judged_until // SECONDS_A_DAY
        if day > self._judged_day:
            await self._store.forget_tests(day)
            self._judged_day = day

    async def _read_tests(self, day: int) -> None:
        """Read the tests of the days before `day`, which are complete once the horizon is in it."""
        if day != self._day:
            self._budget.tests = await self._store.tests()
            self._day = day

    def _judge(
        self,
        stored: Sequence[StoredKey],
        known: Mapping[str, Evaluator | None],
        minutes: Mapping[str, Sequence[bytes | None]],
    ) -> list[JudgedKey]:
        """Judge each key that has an evaluator in `known`, or of which `minutes` holds some."""
        judged = []
        for one in stored:
            evaluator = known[one.key]
            if evaluator is None and one.key in minutes:
                evaluator = read_evaluator(self._rule, self._budget, one, minutes[one.key])
            if evaluator:
                judged.append(judge_stored(one, evaluator))
        return judged
