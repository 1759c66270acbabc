"""A whole worker whose model is slow, broken, or breaks: nothing is lost, nothing blamed."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from schemas import ScoredDocument, decode
from stream.kafka import Producer, ensure_topics, read_to_end
from stream.records import Outgoing
from stream.settings import Settings, environment, load

# Each starts a worker, which loads torch.
pytestmark = pytest.mark.timeout(120)

# `petrel worker` with another model, and with little patience.
WORKER = """
import time
from bundle.classifier import Classifier
from petrel.cli import main
from stream import worker

worker.STALL_SECONDS, worker._WATCH_INTERVAL_SECONDS = 8.0, 0.2
original, calls = Classifier.predict, []

def fail():
    raise RuntimeError("the device is lost")

def predict(self, batch):
    {model}
    return original(self, batch)

Classifier.predict = predict
main(["worker"])
"""

# Sixteen seconds for all; four or five for what it is given at a time.
SLOW = "time.sleep(0.4 * len(batch))"
BROKEN = "fail()"
# It still reads the trial text when the worker starts.
BREAKS = "calls.append(1); len(calls) == 1 or fail()"
COUNT = 40
SENT = sorted(f"d{number}" for number in range(COUNT))


@pytest.fixture
def settings(embedded_kafka: str, worker: dict[str, object]) -> Settings:
    return load(**worker, kafka_bootstrap=embedded_kafka, kafka_idempotence=False, partitions=2)


@contextmanager
def working(settings: Settings, log: Path, model: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-c", WORKER.format(model=model)]
    with log.open("wb") as sink:
        process = subprocess.Popen(command, env=os.environ | environment(settings), stderr=sink)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def send(settings: Settings) -> None:
    await ensure_topics(settings)
    async with Producer(settings) as producer:
        await producer.send_all(
            Outgoing(
                settings.input_topics[0],
                None,
                orjson.dumps({"id": f"d{number}", "text": f"Acme opens plant {number}"}),
                number % 2,
            )
            for number in range(COUNT)
        )


async def scored(settings: Settings) -> list[str]:
    found = read_to_end(settings, settings.topics.scored)
    return [decode(one.value, ScoredDocument).id async for one in found if one.value]


async def dead(settings: Settings) -> int:
    found = read_to_end(settings, f"{settings.input_topics[0]}.dlq")
    return len([one async for one in found])


async def all_scored(settings: Settings) -> list[str]:
    """What is scored, once it is as much as was sent."""
    while len(found := await scored(settings)) < COUNT:  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(0.5)
    return sorted(found)


def test_a_slow_model_scores_a_backlog_without_a_restart(
    settings: Settings, tmp_path: Path
) -> None:
    asyncio.run(send(settings))

    with working(settings, tmp_path / "log", SLOW) as process:
        found = asyncio.run(all_scored(settings))
        assert process.poll() is None

    assert found == SENT
    assert "stopped" not in (tmp_path / "log").read_text()


def test_a_broken_model_takes_no_record(settings: Settings, tmp_path: Path) -> None:
    asyncio.run(send(settings))

    with working(settings, tmp_path / "log", BROKEN) as process:
        status = process.wait(60)

    said = (tmp_path / "log").read_text()
    assert status == 1
    assert re.search(
        "^Error: the model .* is broken: it fails on a trial text: Runtime", said, re.MULTILINE
    )
    assert "Traceback" not in said
    assert asyncio.run(dead(settings)) == 0


def test_a_model_that_breaks_ends_the_worker_and_the_next_one_goes_on_where_it_was(
    settings: Settings, tmp_path: Path
) -> None:
    asyncio.run(send(settings))

    with working(settings, tmp_path / "log", BREAKS) as process:
        status = process.wait(60)
    with working(settings, tmp_path / "other", "pass"):
        found = asyncio.run(all_scored(settings))

    said = (tmp_path / "log").read_text()
    assert status == 70
    assert "stopped: BrokenModel: the model " in said
    assert "Traceback" not in said
    assert found == SENT
    assert asyncio.run(dead(settings)) == 0
