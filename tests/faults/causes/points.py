"""Failure points: a worker kills itself right after a step. The product knows nothing of them."""

import os
import signal
from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer

from stream.counting.judging.alert_store import AlertStore
from stream.counting.store import Store
from stream.kafka import Producer
from stream.records import Outgoing
from stream.scoring.pipeline import ScoringPipeline
from stream.scoring.predictor import Predictor
from stream.settings import load


class Point(NamedTuple):
    """SIGKILL when a worker passes `step` for the `nth` time.

    `token` is a file that is there until it has happened: it happens once, at one worker.
    """

    step: str
    nth: int
    token: Path


class _Countdown:
    """Kills this process at the `nth` call."""

    def __init__(self, point: Point) -> None:
        self._left = point.nth
        self._token = point.token

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0 and self._is_first():
            os.kill(os.getpid(), signal.SIGKILL)

    def _is_first(self) -> bool:
        try:
            self._token.unlink()
        except FileNotFoundError:
            return False
        return True


def arm(point: Point) -> None:
    """Make this process, which is to become a worker, die at `point`."""
    _STEPS[point.step](_Countdown(point))


def _after(owner: type, name: str) -> Callable[[_Countdown], None]:
    original: Callable[..., Any] = getattr(owner, name)

    def put(passed: _Countdown) -> None:
        @wraps(original)
        def work(*args: Any) -> Any:
            result = original(*args)
            passed()
            return result

        setattr(owner, name, work)

    return put


def _after_awaiting(owner: type, name: str) -> Callable[[_Countdown], None]:
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)

    def put(passed: _Countdown) -> None:
        @wraps(original)
        async def work(*args: Any) -> Any:
            result = await original(*args)
            passed()
            return result

        setattr(owner, name, work)

    return put


def _after_producing(which: str) -> Callable[[_Countdown], None]:
    """When Kafka has acknowledged records of one of our Kafka topics: scored, windows or alerts."""
    original = Producer.send_all

    def put(passed: _Countdown) -> None:
        topic = getattr(load().topics, which)

        async def send_all(self: Producer, records: Iterable[Outgoing]) -> None:
            sent = list(records)
            await original(self, sent)
            if any(record.topic == topic for record in sent):
                passed()

        setattr(Producer, "send_all", send_all)  # noqa: B010 - mypy knows a method when it sees one

    return put


_STEPS: dict[str, Callable[[_Countdown], None]] = {
    "fetched": _after_awaiting(ScoringPipeline, "put"),
    "tokenised": _after(Predictor, "prepare"),
    "inferred": _after(Predictor, "predict"),
    "scored produced": _after_producing("scored"),
    "Redis written": _after_awaiting(Store, "apply"),
    "judged": _after_awaiting(AlertStore, "write"),
    "window produced": _after_producing("windows"),
    "alert produced": _after_producing("alerts"),
    "offset committed": _after_awaiting(AIOKafkaConsumer, "commit"),
}
