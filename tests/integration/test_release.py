"""A week that was held back is judged in pieces, in a thread, to what it would come to at once."""

import threading
from collections import defaultdict
from collections.abc import Sequence
from random import Random
from unittest.mock import patch

from schemas.codec import encode
from stream.counting.judging import alert_judge
from stream.counting.judging.alert_judge import AlertJudge
from stream.counting.judging.alert_store import AlertStore
from stream.counting.judging.stored_key import JudgedKey, StoredKey, judge_stored
from stream.counting.store import BatchUpdate, SourceProgress
from stream.counting.updates import Update
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.buckets import Bucket
from stream.windows.cells import Cell, EvidenceRow, merged
from stream.windows.checks import DueKey
from stream.windows.key_evaluation import Evaluator, judge_key
from stream.windows.spike_rule import SpikeRule
from tests.integration.counting import KEY, SECOND, Stores, stores, transitions, update

WEEK = 7 * 86_400
# After all alerts have resolved.
END = SECOND + WEEK + 86_400
RULE, BUDGET = SpikeRule(), AlarmBudget(1e9, largest=1e-2)
BATCH = 500


def week() -> list[Update]:
    """A document every ten minutes, and now and then twenty within one that are all negative."""
    rng, posts = Random(0), list[tuple[int, bool]]()
    for start in range(SECOND, SECOND + WEEK, 600):
        is_burst = rng.random() < 0.05
        count = 20 if is_burst else 1
        posts += [(start + rng.randrange(60), is_burst or rng.random() < 0.1) for _ in range(count)]
    return [
        update(number, at, negative=negative) for number, (at, negative) in enumerate(sorted(posts))
    ]


def at_once(updates: Sequence[Update]) -> list[bytes]:
    seconds = defaultdict[int, list[Cell]](list)
    for one in updates:
        texts = [str(one.distinct_text)] if one.distinct_text else []
        evidence = [one.evidence] if isinstance(one.evidence, EvidenceRow) else []
        bucket = Bucket(1, one.negative, one.positive, one.sentiment)
        seconds[one.second].append(Cell(bucket, texts, evidence))
    cells = {second: merged(some) for second, some in seconds.items()}
    return [encode(alert) for alert in judge_key(RULE, BUDGET, KEY, cells, END)]


async def count(redis: Stores, updates: Sequence[Update]) -> None:
    """Count all, and then let the horizon come."""
    await redis.sources.announce(["t/0"], now=0)
    for start in range(0, len(updates), BATCH):
        batch = {KEY: updates[start : start + BATCH]}
        await redis.counts.apply(BatchUpdate({0: (start, start + BATCH)}, batch, {}))
    await redis.advance(SourceProgress(1000 * END, len(updates)))
    await redis.counts.follow([redis.shard], await redis.sources.move_horizon())


class WatchedStore(AlertStore):
    """Remembers how many minutes, and bytes, each piece reads."""

    def __init__(self, redis: Stores) -> None:
        super().__init__(redis.redis, redis.keys)
        self.minutes: list[int] = []
        self.sizes: list[int] = []

    async def read(self, due: Sequence[DueKey]) -> list[StoredKey]:
        stored = await super().read(due)
        minutes = [minute for one in stored for minute in one.pending.values()]
        self.minutes.append(len(minutes))
        self.sizes.append(sum(len(cell) for minute in minutes for cell in minute.values()))
        return stored


async def release(redis: Stores, store: AlertStore) -> list[bytes]:
    """Judge until nothing is due; gives all alerts."""
    judge = AlertJudge(store, RULE, BUDGET)
    while await judge.judge([redis.shard], 1000 * END):
        pass
    return await transitions(redis)


async def test_it_comes_to_what_judging_all_at_once_comes_to(redis_url: str) -> None:
    updates = week()
    async with stores(redis_url) as redis:
        await count(redis, updates)
        alerts = await release(redis, redis.alerts)
        left = [name async for name in redis.redis.scan_iter(match="*pending:*")]
        held = await redis.redis.hkeys(redis.keys.detection(KEY))

    assert alerts == at_once(updates)
    assert len(alerts) > 20
    assert (left, held) == ([], [b"state"])


async def test_each_piece_reads_a_few_minutes(redis_url: str) -> None:
    async with stores(redis_url) as redis:
        await count(redis, week())
        store = WatchedStore(redis)
        await release(redis, store)

    assert max(store.minutes) <= alert_judge._MAX_MINUTES
    assert len(store.minutes) >= WEEK // 600 / alert_judge._MAX_MINUTES
    # A document takes less than half a kilobyte here.
    assert max(store.sizes) < 512 * 20 * alert_judge._MAX_MINUTES


async def test_keys_are_judged_off_the_event_loop(redis_url: str) -> None:
    threads = set[int]()

    def judge_seen(stored: StoredKey, evaluator: Evaluator) -> JudgedKey:
        threads.add(threading.get_ident())
        return judge_stored(stored, evaluator)

    async with stores(redis_url) as redis:
        await count(redis, week())
        with patch.object(alert_judge, "judge_stored", judge_seen):
            await release(redis, redis.alerts)

    assert threads
    assert threading.get_ident() not in threads
