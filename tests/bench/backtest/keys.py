"""What detection takes for each key: bytes of its state, and microseconds of a step."""

import time
import tracemalloc
from collections import defaultdict
from collections.abc import Iterator
from random import Random
from statistics import mean

import msgspec
from msgspec import Struct

from schemas.alert import Evidence
from schemas.codec import encode
from schemas.times import from_millis
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.alert_states import KeyState
from stream.windows.buckets import SECOND, SECONDS_A_MINUTE, Bucket
from stream.windows.cells import Cell, EvidenceRow, MinuteCell
from stream.windows.key_evaluation import SECONDS_A_DAY, Evaluator
from stream.windows.spike_rule import SpikeRule
from tests.bench.harness import Figures, finish

# Keys, and the days that they are spoken of: about as many documents each time.
_DAYS = {10: 365, 1_000: 60, 100_000: 1}

# Documents a day: one key in a hundred is busy, nine are not quiet.
_BUSY, _MIDDLING, _QUIET = 100.0, 10.0, 0.2
_NEGATIVE = 0.2

# The first minute of a day.
_FIRST = 29_000_160
# States of which it is measured what they take in memory: each is held twice meanwhile.
_MEASURED = 1_000


class _Cost(Struct):
    """Of all keys: documents, seconds of CPU; of each key its state, and bytes of its minutes."""

    documents: int = 0
    seconds: float = 0.0
    states: list[bytes] = []
    minutes: list[int] = []


def bench() -> None:
    """Judge the documents of 10, 1,000 and 100,000 keys minute by minute, as they come."""
    columns = [
        "keys", "days", "documents", "us a step", "state as stored, mean", "largest",
        "minutes stored with it, mean", "state in memory, mean",
    ]  # fmt: skip
    rows = [_row(count, days) for count, days in _DAYS.items()]
    title = "a key that is judged, in bytes; a step is a document with the minute it is in"
    finish("state", {}, [Figures(title, columns, rows)])


def _row(count: int, days: int) -> list[str | float]:
    cost = _Cost()
    for number in range(count):
        _judge(cost, number, days)
    sizes = [len(state) for state in cost.states]
    return [
        f"{count:,}", days, cost.documents, round(1e6 * cost.seconds / cost.documents, 1),
        round(mean(sizes)), max(sizes), round(mean(cost.minutes)), round(_memory(cost.states)),
    ]  # fmt: skip


def _judge(cost: _Cost, number: int, days: int) -> None:
    rng = Random(number)
    evaluator = Evaluator(SpikeRule(), AlarmBudget(0.5), f"entity:{number}")
    steps = _steps(rng, number, days)
    stored: dict[int, MinuteCell] = {}
    state: KeyState | None = None
    for minute, seconds in steps.items():
        began = time.process_time()
        judgement = evaluator.judge(seconds, (minute + 1) * SECONDS_A_MINUTE)
        cost.seconds += time.process_time() - began
        cost.documents += len(seconds)
        state, stored = judgement.state, stored | judgement.completed
        for over in judgement.expired:
            del stored[over]
    if state is not None:
        cost.states.append(msgspec.json.encode(state))
        cost.minutes.append(sum(len(msgspec.msgpack.encode(cell)) for cell in stored.values()))


def _steps(rng: Random, number: int, days: int) -> dict[int, dict[int, Cell]]:
    steps: defaultdict[int, dict[int, Cell]] = defaultdict(dict)
    for offset, second in enumerate(_seconds(rng, number, days)):
        minute, _ = divmod(second, SECONDS_A_MINUTE)
        steps[minute][second] = _cell(rng, second, offset)
    return steps


def _cell(rng: Random, second: int, offset: int) -> Cell:
    if rng.random() > _NEGATIVE:
        return Cell(Bucket(1, 0, 0, 5))
    story = f"{rng.getrandbits(64):016x}"
    shown = Evidence(
        id=str(offset),
        text="x" * 120,
        negative=0.9,
        published_at=from_millis(second * SECOND),
        source="wire",
    )
    row = EvidenceRow(0.9, story, 0, encode(shown).decode())
    return Cell(Bucket(1, 1, 0, -80), [story], [row])


def _seconds(rng: Random, number: int, days: int) -> Iterator[int]:
    """When a key is spoken of."""
    a_day = _BUSY if number % 100 == 0 else _MIDDLING if number % 11 == 1 else _QUIET
    at, end = 0.0, float(days * SECONDS_A_DAY)
    while (at := at + rng.expovariate(a_day / SECONDS_A_DAY)) < end:
        yield _FIRST * SECONDS_A_MINUTE + int(at)


def _memory(states: list[bytes]) -> float:
    """Bytes that a state takes in memory, the mean of some of `states`."""
    some = states[:: -(-len(states) // _MEASURED)]
    tracemalloc.start()
    held = [msgspec.json.decode(state, type=KeyState) for state in some]
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken / len(held)
