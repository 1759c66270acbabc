"""What hinders a worker: small batches, slow parts, a full disk. The product knows of none."""

import asyncio
import os
import resource
import subprocess
import time
from collections.abc import Iterable, Sequence

import stream.counting.window_counter
import stream.scoring.pipeline
from stream.kafka import Producer
from stream.records import Outgoing
from stream.scoring.predictor import Predictor
from stream.scoring.stages import ClassifiedDocument, Rejected, TokenisedDocument
from stream.settings import load


def bound_batches(limit: int) -> None:
    """Let a batch hold `limit` records, and a queue two batches."""
    for module in (stream.scoring.pipeline, stream.counting.window_counter):
        vars(module).update(MAX_BATCH=limit, QUEUE_CAPACITY=2 * limit)


def slow_model(seconds: float, times: int) -> None:
    """Let the model work for `seconds` on each of its first batches."""
    original, left = Predictor.predict, iter(range(times))

    def predict(
        self: Predictor, documents: Sequence[TokenisedDocument]
    ) -> list[ClassifiedDocument | Rejected]:
        if next(left, None) is not None:
            time.sleep(seconds)
        return original(self, documents)

    setattr(Predictor, "predict", predict)  # noqa: B010 - mypy knows a method when it sees one


def slow_alerts(seconds: float, times: int) -> None:
    """Let Kafka take `seconds` over each of the first batches of alerts."""
    original, left, topic = Producer.send_all, iter(range(times)), load().topics.alerts

    async def send_all(self: Producer, records: Iterable[Outgoing]) -> None:
        sent = list(records)
        is_alert = any(record.topic == topic for record in sent)
        if is_alert and next(left, None) is not None:
            await asyncio.sleep(seconds)
        await original(self, sent)

    setattr(Producer, "send_all", send_all)  # noqa: B010 - mypy knows a method when it sees one


def fill_disk() -> None:
    """Let no file take a byte from this process; its log goes on by way of another one."""
    log = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    assert log.stdin is not None
    for stream_of_ours in (1, 2):
        os.dup2(log.stdin.fileno(), stream_of_ours)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
