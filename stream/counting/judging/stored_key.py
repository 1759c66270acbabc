"""What detection holds of a window key, from the bytes in Redis and back.

Apart from the store, so that neither decoding nor judging is done on the event loop.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec
from msgspec import Struct

from schemas.codec import encode
from stream.counting.store import KEY_TTL_SECONDS
from stream.grouping.group import second_of
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.alert_states import KeyState
from stream.windows.buckets import SECONDS_A_MINUTE
from stream.windows.cells import Cell, MinuteCell
from stream.windows.key_evaluation import Evaluator, Judgement, stored_minutes
from stream.windows.spike_rule import SpikeRule

_MINUTE = "minute:"
_VERSION = b"version"


class StoredKey(Struct, frozen=True, kw_only=True):
    """What is read of a key that is to be judged `until` a second.

    pending: the fields of each minute that may hold documents not judged.
    """

    key: str
    until: int
    state: bytes
    pending: Mapping[int, Mapping[bytes, bytes]]


class JudgedKey(Struct, frozen=True, kw_only=True):
    """A key, its state now, and what `judge.lua` is given to write it.

    minutes: those that were pending. evaluator: what may judge it further once it is written.
    learning_until: the second from which on it may alert, where it would have and may not yet.
    """

    key: str
    state: bytes
    minutes: list[int]
    arguments: list[Any]
    evaluator: Evaluator
    learning_until: int | None


def minute_fields(stored: StoredKey) -> list[str]:
    """The fields of the minutes that are over and may still be needed to judge a key."""
    return [f"{_MINUTE}{minute}" for minute in stored_minutes(_state(stored))]


def read_evaluator(
    rule: SpikeRule, budget: AlarmBudget, stored: StoredKey, minutes: Sequence[bytes | None]
) -> Evaluator:
    """An evaluator of a key, given the values of its `minute_fields`."""
    state = _state(stored)
    decode = msgspec.msgpack.Decoder(MinuteCell).decode
    stored_cells = zip(stored_minutes(state), minutes, strict=True)
    cells = {minute: decode(cell) for minute, cell in stored_cells if cell}
    return Evaluator(rule, budget, stored.key, state, cells)


def judge_stored(stored: StoredKey, evaluator: Evaluator) -> JudgedKey:
    """Judge a key by an evaluator that is as far as its state."""
    judgement = evaluator.judge(seconds_of(stored), stored.until)
    state = msgspec.json.encode(judgement.state) if judgement.state else b""
    return JudgedKey(
        key=stored.key,
        state=state,
        minutes=list(stored.pending),
        arguments=_arguments(stored, judgement, state),
        evaluator=evaluator,
        learning_until=judgement.learning_until,
    )


def _state(stored: StoredKey) -> KeyState | None:
    return msgspec.json.decode(stored.state, type=KeyState) if stored.state else None


def seconds_of(stored: StoredKey) -> dict[int, Cell]:
    """What is pending of a key, by second."""
    # Lua writes a probability of 1 as a whole number.
    decode = msgspec.msgpack.Decoder(Cell, strict=False).decode
    return {
        int(field): decode(value)
        for fields in stored.pending.values()
        for field, value in fields.items()
        if field != _VERSION
    }


def _arguments(stored: StoredKey, judgement: Judgement, state: bytes) -> list[Any]:
    drop = [f"{_MINUTE}{minute}" for minute in judgement.expired]
    cells = [
        part
        for minute, cell in judgement.completed.items()
        for part in (f"{_MINUTE}{minute}", msgspec.msgpack.encode(cell))
    ]
    return [
        KEY_TTL_SECONDS,
        stored.key,
        stored.state,
        stored.until,
        state,
        _or_empty(judgement.wake),
        *_pending(stored, judgement.check),
        len(drop),
        *drop,
        len(judgement.completed),
        *cells,
        *chain.from_iterable((second_of(one.at), encode(one)) for one in judgement.alerts),
    ]


def _pending(stored: StoredKey, check: int | None) -> list[Any]:
    """Of each pending minute: it, its version, and when it is judged next if it is not over."""
    rows = []
    for minute, fields in stored.pending.items():
        over = (minute + 1) * SECONDS_A_MINUTE <= stored.until
        rows += [minute, fields.get(_VERSION, b""), "" if over else _or_empty(check)]
    return rows


def _or_empty(second: int | None) -> int | str:
    return "" if second is None else second
