import asyncio
import signal
from pathlib import Path

import pytest

from stream.kafka import Admin, read_to_end
from stream.settings import Settings, load
from tests.commands import petrel, start


@pytest.fixture
def settings(embedded_kafka: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("PETREL_KAFKA_BOOTSTRAP", embedded_kafka)
    monkeypatch.setenv("PETREL_KAFKA_IDEMPOTENCE", "false")
    return load()


async def values(settings: Settings, topic: str) -> list[bytes | None]:
    return sorted([record.value async for record in read_to_end(settings, topic)])


def test_a_file_is_fed_and_what_cannot_be_read_is_reported(
    settings: Settings, unique: str, tmp_path: Path
) -> None:
    path = tmp_path / "day.csv"
    path.write_text("id,text\n1,a\nbroken\n2,b\n")
    done = petrel("feed", unique, str(path), "--create")
    assert done.exit_code == 1
    assert done.stdout == f"fed 2 documents to {unique}\n"
    assert "not fed: day.csv, line 3: a row must have 2 cells, one a column" in done.stderr
    assert "rows that were not fed: 1" in done.stderr


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("feed", (__file__,)),
        ("poll", ("http://localhost:1/", "--state", "/dev/null/state", "--once")),
        ("serve", ("--port", "0")),
    ],
)
def test_a_misspelt_topic_is_not_created(
    settings: Settings, unique: str, tmp_path: Path, command: str, arguments: tuple[str, ...]
) -> None:
    path = tmp_path / "day.txt"
    path.write_text("one\n")
    petrel("feed", unique, str(path), "--create")
    done = petrel(command, f"{unique}x", *arguments)
    assert done.exit_code == 1
    assert f"there is no Kafka topic {unique}x; did you mean {unique}?" in done.stderr
    assert "--create" in done.stderr
    assert f"{unique}x" not in asyncio.run(_names(settings))


async def _names(settings: Settings) -> set[str]:
    async with Admin(settings) as admin:
        return await admin.names()


async def test_bytes_arrive_untouched(settings: Settings, unique: str, tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    lines = [b'{"id" : "1"}', b"\xff\x00", b"{bad"]
    path.write_bytes(b"\n".join(lines))
    with start("feed", unique, str(path), "--create") as process:
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert await values(settings, unique) == sorted(lines)


def test_a_namespace_has_topics_of_its_own(
    settings: Settings, unique: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "day.txt"
    path.write_text("one\n")
    monkeypatch.setenv("PETREL_NAMESPACE", "replay-1")

    done = petrel("feed", unique, str(path), "--create")

    assert done.stdout == f"fed 1 documents to replay-1.{unique}\n"
    assert asyncio.run(values(settings, f"replay-1.{unique}")) == [b'{"text":"one"}']


async def test_more_than_what_is_on_the_way_at_once_arrives(
    settings: Settings, unique: str, tmp_path: Path
) -> None:
    path = tmp_path / "day.txt"
    path.write_text("".join(f"{number:05}\n" for number in range(5_000)))
    with start("feed", unique, str(path), "--create") as process:
        process.communicate(timeout=60)
    expected = [f'{{"text":"{number:05}"}}'.encode() for number in range(5_000)]
    assert await values(settings, unique) == expected


async def test_a_line_is_sent_before_the_next_comes_and_ctrl_c_ends_cleanly(
    settings: Settings, unique: str
) -> None:
    async with Admin(settings) as admin:
        await admin.ensure({unique: {}})
    with start("feed", unique) as process:
        assert process.stdin is not None
        process.stdin.write(b"one\n")
        process.stdin.flush()
        while not await values(settings, unique):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 128 + signal.SIGINT
        output, errors = process.communicate()
    assert (output.decode(), errors) == (f"fed 1 documents to {unique}\n", b"")


def test_a_record_too_large_for_kafka_is_told_and_the_others_are_fed(
    kafka: str, unique: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PETREL_KAFKA_BOOTSTRAP", kafka)
    path = tmp_path / "day.txt"
    # One partition: what comes after the large record has the same number to wait for.
    monkeypatch.setenv("PETREL_PARTITIONS", "1")
    path.write_text("one\n" + "x" * 2_000_000 + "\ntwo\n")
    done = petrel("feed", unique, str(path), "--create")
    assert done.stdout == f"fed 2 documents to {unique}\n"
    assert "not fed: a record of 2000011 bytes is too large for Kafka" in done.stderr
    assert done.exit_code == 1
