"""A whole worker: ready when it has what it needs, unhealthy when its model hangs, then gone."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import orjson
import pytest

from petrel.embedded import HOST, free_port
from stream.kafka import Producer, ensure_topics
from stream.records import Outgoing
from stream.settings import Settings, environment, load
from stream.supervisor import Supervisor

# Each starts a worker, which loads torch; two wait until it has hung for long enough.
pytestmark = pytest.mark.timeout(120)

# A worker whose model never answers, and one whose event loop stops, both with little patience.
HANGS = """
import asyncio, time
from bundle.classifier import Classifier
from stream import kafka, log, worker
from stream.settings import load
from stream.watchlist.watchlist import Watchlist

class Model(Classifier):
    def predict(self, batch):
        {model}

class Hanging(worker.Worker):
    async def on_started(self):
        await super().on_started()
        {loop}

worker.STALL_SECONDS, worker._WATCH_INTERVAL_SECONDS = 10.0, 0.2
settings = load()
log.set_up("INFO", "text")
partitions = asyncio.run(kafka.ensure_topics(settings))
worker.run(Hanging(settings, Model.load(settings.model, 1), Watchlist.empty(), partitions))
"""


@pytest.fixture
def settings(embedded_kafka: str, worker: dict[str, object]) -> Settings:
    kafka = {"kafka_bootstrap": embedded_kafka, "kafka_idempotence": False, "partitions": 2}
    return load(**worker, **kafka, health_port=free_port())


@contextmanager
def hanging(
    settings: Settings, log: Path, *, model: str = "pass", loop: str = "pass"
) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-c", HANGS.format(model=model, loop=loop)]
    with log.open("wb") as sink:
        process = subprocess.Popen(command, env=os.environ | environment(settings), stderr=sink)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def response(settings: Settings, path: str, status: int) -> object:
    """What is answered once it is answered with `status`."""
    url = f"http://{HOST}:{settings.health_port}{path}"
    async with aiohttp.ClientSession() as client, asyncio.timeout(100):
        while True:
            try:
                async with client.get(url) as response:
                    if response.status == status:
                        return await response.json()
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.1)


async def send(settings: Settings) -> None:
    await ensure_topics(settings)
    value = orjson.dumps({"text": "Acme opens a plant"})
    async with Producer(settings) as producer:
        await producer.send_all([Outgoing(settings.input_topics[0], None, value)])


def test_a_worker_is_ready_when_redis_answers_and_partitions_came(
    settings: Settings, tmp_path: Path
) -> None:
    asyncio.run(ensure_topics(settings))

    with Supervisor(1, environment(settings), tmp_path / "workers.log"):
        ready = asyncio.run(response(settings, "/readyz", 200))
        healthy = asyncio.run(response(settings, "/healthz", 200))

    assert ready == {"ready": True, "missing": []}
    assert healthy == {"healthy": True, "complaint": None}


def test_a_worker_whose_model_hangs_says_so_and_ends(settings: Settings, tmp_path: Path) -> None:
    log = tmp_path / "log"
    asyncio.run(send(settings))

    with hanging(settings, log, model="time.sleep(600)") as process:
        unhealthy = asyncio.run(response(settings, "/healthz", 503))
        status = process.wait(60)

    complaint = "records are held and none was acknowledged for 5 s"
    assert unhealthy == {"healthy": False, "complaint": complaint}
    assert status == 70
    assert "stopped: TimeoutError: records are held and none was acknowledged" in log.read_text()


def test_a_worker_whose_event_loop_hangs_ends(settings: Settings, tmp_path: Path) -> None:
    log = tmp_path / "log"
    loop = "asyncio.get_running_loop().call_later(2, time.sleep, 600)"

    with hanging(settings, log, loop=loop) as process:
        status = process.wait(120)

    assert status == 1
    assert "Timeout" in log.read_text()
