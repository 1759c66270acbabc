"""A replay leaves nothing behind, however it ends; what an older one left can be removed."""

import asyncio
import signal
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import redis

from petrel.embedded import free_port
from stream.kafka import Admin
from stream.settings import load
from tests.commands import petrel, start

# Each starts a worker, which loads torch and joins a group before it reads.
pytestmark = pytest.mark.timeout(90)

ROW = '{"text": "Acme opens a plant", "published_at": "2026-03-17T12:%02d:00Z"}\n'


@pytest.fixture
def environment(embedded_kafka: str, redis_url: str, bundle: Path) -> dict[str, str]:
    return {
        "PETREL_KAFKA_BOOTSTRAP": embedded_kafka,
        "PETREL_KAFKA_IDEMPOTENCE": "false",
        "PETREL_REDIS_URL": redis_url,
        "PETREL_MODEL": str(bundle),
        "PETREL_PARTITIONS": "1",
    }


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(ROW % minute for minute in range(60)))
    return path


def topics_of_replays(environment: Mapping[str, str]) -> set[str]:
    async def names() -> set[str]:
        async with Admin(load(kafka_bootstrap=environment["PETREL_KAFKA_BOOTSTRAP"])) as admin:
            return {name for name in await admin.names() if name.startswith("replay-")}

    return asyncio.run(names())


def keys_of_replays(environment: Mapping[str, str]) -> list[bytes]:
    with redis.Redis.from_url(environment["PETREL_REDIS_URL"]) as client:
        return list(client.keys("petrel:*:replay-*"))


def test_without_kafka_one_sentence_says_so(environment: dict[str, str], rows: Path) -> None:
    away = f"localhost:{free_port()}"
    with start("replay", str(rows), **environment | {"PETREL_KAFKA_BOOTSTRAP": away}) as process:
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, b"")
    assert errors.startswith(f"Error: no Kafka broker answers at {away} (PETREL_KAFKA_B".encode())
    assert errors.count(b"\n") == 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_replay_that_is_interrupted_leaves_nothing(
    environment: dict[str, str], rows: Path, how: signal.Signals
) -> None:
    before = topics_of_replays(environment)
    with start("replay", str(rows), "--speed", "real", **environment) as process:
        while not topics_of_replays(environment) - before or not keys_of_replays(environment):
            assert process.poll() is None
            time.sleep(0.2)
        process.send_signal(how)
        process.wait(60)

    assert process.returncode == 1
    assert topics_of_replays(environment) == before
    assert keys_of_replays(environment) == []


def test_what_an_older_replay_left_is_removed(
    environment: dict[str, str], rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    before = topics_of_replays(environment)
    petrel("replay", str(rows), "--keep")
    (namespace,) = {name.partition(".")[0] for name in topics_of_replays(environment) - before}

    removed = petrel("replay", "--clean", namespace)
    again = petrel("replay", "--clean", namespace)

    assert removed.output.startswith("removed 6 Kafka topics and ")
    assert again.output == f"removed 0 Kafka topics and 0 Redis keys of {namespace}\n"
    assert topics_of_replays(environment) == before
    assert keys_of_replays(environment) == []


def test_only_a_replay_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    done = petrel("replay", "--clean", "live")

    assert done.exit_code == 1
    assert "the namespace of a replay begins with 'replay-'; it is 'live'" in done.output


def test_there_must_be_something_to_replay() -> None:
    done = petrel("replay")

    assert done.exit_code == 2
    assert "name what to replay" in done.output


def test_dead_letters_outlive_a_replay_and_are_read_by_the_hint_it_prints(
    environment: dict[str, str], rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    rows.write_text('{"text": "https://t.co/a1"}\n{"text": "https://t.co/b2", "id": 7}\n')
    done = petrel("replay", str(rows), "--rate", "1")
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (1, "Error: no document was scored")
    assert "  2 × `text` must hold more than white space" in done.stdout
    (hint,) = [line for line in done.stdout.splitlines() if "dead letters: " in line]
    variable, _, *command = hint.split("dead letters: ")[1].split()

    monkeypatch.setenv(*variable.split("=", 1))
    listed = petrel(*command)

    assert "2 of 2 dead letters" in listed.stdout
    monkeypatch.delenv("PETREL_NAMESPACE")
    assert petrel("replay", "--clean", variable.split("=")[1]).exit_code == 0
