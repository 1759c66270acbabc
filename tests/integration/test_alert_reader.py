import asyncio
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from schemas import Alert, AnyAlert, encode
from stream.kafka import Admin, Producer
from stream.records import Outgoing
from stream.settings import Settings
from tests.alerts import AT, alert, group
from tests.commands import petrel, start


def send(settings: Settings, *values: bytes | AnyAlert) -> None:
    """Put alerts, or what is none, on the Kafka topic of alerts, spread over its partitions."""
    asyncio.run(_send(settings, values))


async def _send(settings: Settings, values: tuple[bytes | AnyAlert, ...]) -> None:
    topic = settings.topics.alerts
    async with Admin(settings) as admin:
        await admin.ensure({topic: {}})
    async with Producer(settings) as producer:
        await producer.send_all(
            Outgoing(topic, None, one if isinstance(one, bytes) else encode(one), number % 4)
            for number, one in enumerate(values)
        )


def later(minutes: int, **fields: str) -> Alert:
    return alert(id=f"t{minutes}", at=AT + timedelta(minutes=minutes), **fields)


def test_alerts_come_by_their_time_and_repeats_once(settings: Settings) -> None:
    send(settings, later(9, transition="resolve"), later(1), later(5), later(1))
    done = petrel("alerts")
    heads = [line for line in done.stdout.splitlines() if line.startswith("2026")]
    assert [line[11:26] for line in heads] == [
        "12:03:00Z  OPEN",
        "12:07:00Z  OPEN",
        "12:11:00Z  RESO",
    ]
    assert done.exit_code == 0


def test_a_group_is_shown_among_the_others(settings: Settings) -> None:
    send(settings, later(1), group("corvane-air", "acme"), later(2))
    done = petrel("alerts")
    assert "warning 70  group of 2 companies\n" in done.stdout
    assert done.stdout.count("OPEN") == 3
    assert done.stderr == ""


def test_companies_of_the_watch_list_are_named(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "list.yaml").write_text("entities: [{id: corvane-air, names: [Corvane Airways]}]")
    monkeypatch.setenv("PETREL_WATCHLIST", str(tmp_path / "list.yaml"))
    send(settings, later(1), later(2, kind="topic"))
    done = petrel("alerts")
    assert "entity corvane-air (Corvane Air" in done.stdout
    assert "topic corvane-air\n" in done.stdout


def test_json_is_what_kafka_has_repeats_included(settings: Settings) -> None:
    send(settings, later(1), later(1))
    done = petrel("alerts", "--json")
    assert done.stdout_bytes == (encode(later(1)) + b"\n") * 2


def test_since_leaves_out_what_is_older(settings: Settings) -> None:
    send(settings, later(1), later(5))
    done = petrel("alerts", "--json", "--since", "2026-03-17T12:05:00Z")
    assert done.stdout_bytes == encode(later(5)) + b"\n"


def test_what_is_no_alert_is_logged_and_skipped(settings: Settings) -> None:
    send(settings, b"{}", later(1))
    done = petrel("alerts", "--json")
    assert len(done.stdout.splitlines()) == 1
    assert f"not of the type Alert: {settings.topics.alerts} 0:0" in done.stderr


def test_there_may_be_no_alerts_yet(settings: Settings) -> None:
    done = petrel("alerts")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "no alerts yet" in done.stderr


def test_an_empty_kafka_topic_of_alerts_is_told(settings: Settings) -> None:
    send(settings)
    done = petrel("alerts")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "no alerts yet\n")


def test_follow_waits_for_the_first_alert_and_the_next(settings: Settings) -> None:
    with start("alerts", "--follow", "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert b"no alerts yet" in process.stderr.readline()
        send(settings, later(1))
        assert process.stdout.readline() == encode(later(1)) + b"\n"
        send(settings, later(2))
        assert process.stdout.readline() == encode(later(2)) + b"\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert process.stderr.read() == b""


def test_a_reader_that_has_enough_is_no_error(settings: Settings) -> None:
    send(settings, *map(later, range(300)))
    with start("alerts", "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


def test_a_kafka_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PETREL_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    done = petrel("alerts")
    assert done.exit_code == 1
    assert "no Kafka broker answers at 127.0.0.1:1" in done.stderr
