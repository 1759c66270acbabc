import sys
from datetime import UTC, datetime
from pathlib import Path
from ssl import SSLError
from typing import Any

import msgspec
import orjson
import pytest
from aiokafka.errors import KafkaTimeoutError
from msgspec.structs import replace
from redis.exceptions import ConnectionError as RedisConnectionError

from schemas import decode
from sources.files.file_format import FileFormat
from sources.mapping.source_mapping import SourceMapping
from stream import kafka, supervisor
from stream.clients.replay import runner
from stream.clients.replay.alert_feed import OnAlert
from stream.clients.replay.options import ReplayOptions
from stream.clients.replay.summary import Reason, ReplaySummary
from stream.counting import redis_client
from stream.settings import Settings, SettingsError, load
from stream.supervisor import WorkersFailed
from tests.alerts import alert
from tests.commands import petrel

OURS = (
    *("worker", "feed", "poll", "serve", "replay", "alerts", "dlq", "shadow", "feedback"),
    *("scored", "windows", "config"),
)

SUMMARY = ReplaySummary(
    namespace="replay-1",
    topic="documents.v1",
    documents=5,
    scored=3,
    repeats=1,
    dead_letters=1,
    reasons=[Reason(1, "there is neither a text nor a title in {'id': 7}")],
    missing=1,
    stale=0,
    unread=0,
    windows=7,
    alerts=[alert()],
    worker_failures=2,
    seconds=1.5,
)


class Replays:
    """Stands for `replay`: keeps what it was asked, gives a summary or raises."""

    def __init__(self) -> None:
        self.settings = load()
        self.options = ReplayOptions(source="", workers=1)
        self.outcome: ReplaySummary | Exception = SUMMARY

    def __call__(
        self, settings: Settings, options: ReplayOptions, _: Any, tell: OnAlert | None
    ) -> ReplaySummary:
        self.settings, self.options = settings, options
        if tell:
            tell(SUMMARY.alerts[0])
            tell(SUMMARY.alerts[0])
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def unread_model(folder: Path) -> Path:
    """`folder` with what a model's has at least: enough for what does not load it."""
    (folder / "config.json").write_text("{}")
    return folder


@pytest.fixture
def replays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Replays:
    stand_in = Replays()
    monkeypatch.setenv("PETREL_MODEL", str(unread_model(tmp_path)))
    monkeypatch.setattr(runner, "replay", stand_in)
    return stand_in


@pytest.mark.parametrize(
    "arguments",
    [
        *((name,) for name in OURS),
        ("dlq", "list"),
        ("dlq", "redrive"),
        ("feedback", "give"),
        ("feedback", "save"),
        ("watchlist", "check"),
    ],
)
def test_every_help_has_an_example(arguments: tuple[str, ...]) -> None:
    done = petrel(*arguments, "--help")
    assert done.exit_code == 0
    assert (
        f"petrel {' '.join(arguments)} " in done.stdout.split("\n\n", 1)[1] or "config" in arguments
    )


def test_config_shows_every_setting_with_secrets_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PETREL_REDIS_URL", "redis://:hunter2@cache:1/0")
    monkeypatch.setenv("PETREL_STALE", "60")
    done = petrel("config")
    assert "PETREL_STALE=60.0\n" in done.stdout
    assert "PETREL_REDIS_URL=redis://:********@cache:1/0\n" in done.stdout
    assert "hunter2" not in done.output


def test_config_as_json_describes_each_setting() -> None:
    first = orjson.loads(petrel("config", "--json").stdout)[0]
    assert first["name"] == "PETREL_KAFKA_BOOTSTRAP"
    assert first["value"] == "localhost:9092"
    assert first["meaning"].startswith("Kafka brokers")


def test_config_names_what_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PETREL_STLE", "60")
    done = petrel("config")
    assert done.stderr == "warning: PETREL_STLE is no setting; did you mean PETREL_STALE?\n"


def test_a_setting_that_breaks_its_rule_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PETREL_STALE", "soon")
    done = petrel("config")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: PETREL_STALE: ")


def test_the_worker_says_what_is_wrong_with_the_bundle(tmp_path: Path) -> None:
    done = petrel("worker", "--model", str(tmp_path))
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {tmp_path} is not a bundle")


@pytest.mark.parametrize("number", ["1", "2"])
def test_the_worker_says_what_is_wrong_with_the_watch_list(tmp_path: Path, number: str) -> None:
    path = tmp_path / "none.yaml"
    done = petrel("worker", "--workers", number, "--watchlist", str(path))
    assert done.exit_code == 1
    assert f"watch list {path}: cannot be read" in done.stderr
    assert "(--watchlist, PETREL_WATCHLIST)" in done.stderr


@pytest.mark.parametrize("number", ["1", "2"])
def test_the_worker_says_what_is_wrong_with_the_mappings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    path = tmp_path / "none.yaml"
    monkeypatch.setenv("PETREL_SOURCES", str(path))
    done = petrel("worker", "--workers", number)
    rule = f"Error: {path}: No such file or directory (PETREL_SOURCES)\n"
    assert (done.exit_code, done.stderr) == (1, rule)


@pytest.mark.parametrize(
    "command", [("worker",), ("worker", "--workers", "2"), ("replay", "a.csv")]
)
def test_a_model_that_is_not_there_is_told_before_workers_start(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    done = petrel(*command, "--model", str(tmp_path / "none"))
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {tmp_path / 'none'} is not a bundle: there is no such")


def test_many_workers_get_the_settings_of_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, dict[str, str]]] = []

    async def ensure_topics(settings: Settings) -> dict[str, int]:
        return {}

    async def await_redis(settings: Settings) -> None:
        pass

    monkeypatch.setattr(kafka, "ensure_topics", ensure_topics)
    monkeypatch.setattr(redis_client, "await_redis", await_redis)
    unread_model(tmp_path)
    monkeypatch.setattr(supervisor, "supervise", lambda *arguments: asked.append(arguments))
    done = petrel(
        "worker", "--workers", "3", "--model", str(tmp_path), "--input", "a", "--input", "b"
    )
    assert done.exit_code == 0
    (count, environment) = asked[0]
    assert count == 3
    assert environment["PETREL_MODEL"] == str(tmp_path)
    assert environment["PETREL_INPUTS"] == "a,b"


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (("poll", "t"), "Missing argument 'URL...'"),
        (("poll", "t", "file:///etc/passwd"), "http or https"),
        (("poll", "t", "http://a/", "--interval", "29"), "30<=x<=86400"),
        (("serve", "t", "--port", "65536"), "0<=x<=65535"),
    ],
)
def test_what_cannot_be_polled_or_served_is_refused(arguments: tuple[str, ...], rule: str) -> None:
    done = petrel(*arguments)
    assert done.exit_code == 2
    assert rule in done.stderr


def test_without_the_extra_a_poll_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "feedparser", None)
    done = petrel("poll", "t", "http://a/", "--state", str(tmp_path / "state.json"))
    assert done.exit_code == 1
    assert done.stderr == (
        "Error: polling feeds needs the package feedparser: pip install 'petrel[rss]'\n"
    )


def test_replay_takes_its_options(replays: Replays, tmp_path: Path) -> None:
    log = tmp_path / "log"
    petrel(
        *("replay", "kafka:a", "--field", "id=nr", "--timezone", "UTC", "--rate", "5"),
        *("--from", "2026-03-17T00:00:00Z"),
        *("--until", "2026-03-18T00:00:00+08:00", "--speed", "60", "--workers", "2"),
        *("--encoding", "gb18030", "--delimiter", "tab", "--no-header", "--records", "a.b"),
        *("--partitions", "8", "--model", str(log.parent), "--keep", "--log", str(log)),
        *("--output", str(tmp_path), "--format", "parquet"),
    )
    assert replays.options == ReplayOptions(
        source="kafka:a",
        mapping=SourceMapping(fields={"id": "nr"}, timezone="UTC", records="a.b"),
        rate=5.0,
        file_format=FileFormat(encoding="gb18030", delimiter="\t", header=False, records="a.b"),
        start=datetime(2026, 3, 17, tzinfo=UTC),
        end=datetime(2026, 3, 17, 16, tzinfo=UTC),
        speed=60.0,
        workers=2,
        keep=True,
        log=log,
        output=tmp_path,
        output_format="parquet",
    )
    assert (replays.settings.partitions, replays.settings.model) == (8, log.parent)


def test_replay_goes_as_fast_as_it_can_and_its_log_is_gone(replays: Replays) -> None:
    petrel("replay", "day.csv")
    assert replays.options.speed is None
    assert replays.options.log is not None
    assert not replays.options.log.parent.exists()


def test_replay_keeps_the_log_when_workers_fail(replays: Replays) -> None:
    replays.outcome = WorkersFailed("workers failed 6 times")
    done = petrel("replay", "day.csv")
    assert done.stderr.endswith("Error: workers failed 6 times\n")
    assert replays.options.log is not None
    assert replays.options.log.parent.exists()
    replays.options.log.parent.rmdir()


def test_replay_ends_with_a_summary_and_names_what_is_missing(replays: Replays) -> None:
    done = petrel("replay", "day.csv", "--keep")
    assert done.stdout.startswith("2026-03-17 12:02:00Z  OPEN      critical 91  entity corvane-air")
    assert done.stdout.endswith(
        "5 documents of day.csv in 1.5 s\n"
        "  3 scored, 1 dead letters, 1 missing; 1 repeats, 0 stale\n"
        "  7 windows, 1 alerts\n"
        "  workers failed 2 times and were started again\n"
        "  1 × there is neither a text nor a title in {'id': 7}\n"
        "  dead letters: PETREL_NAMESPACE=replay-1 petrel dlq list documents.v1\n"
        "  kept: PETREL_NAMESPACE=replay-1 petrel alerts\n"
        "  all gone with: petrel replay --clean replay-1\n"
    )
    assert done.exit_code == 1
    assert done.stderr == "Error: 1 documents are missing\n"


def test_a_replay_of_which_nothing_was_scored_fails(replays: Replays) -> None:
    replays.outcome = msgspec.structs.replace(SUMMARY, scored=0, missing=0)

    done = petrel("replay", "day.csv")

    assert (done.exit_code, done.stderr) == (1, "Error: no document was scored\n")


def test_replay_fails_when_rows_cannot_be_read(replays: Replays) -> None:
    replays.outcome = replace(SUMMARY, missing=0, unread=3)
    done = petrel("replay", "day.csv")
    assert (done.exit_code, done.stderr) == (1, "Error: rows that were not replayed: 3\n")
    assert "  3 rows of the file could not be read\n" in done.stdout


def test_replay_shows_an_alert_once_as_it_comes_or_at_the_end(replays: Replays) -> None:
    replays.outcome = replace(SUMMARY, alerts=[alert(), alert(id="t2")])
    done = petrel("replay", "day.csv")
    assert done.stdout.count("OPEN  ") == 2


def test_replay_as_json_is_the_summary(replays: Replays) -> None:
    assert decode(petrel("replay", "day.csv", "--json").stdout_bytes, ReplaySummary) == SUMMARY


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RedisConnectionError("refused"), "Redis (PETREL_REDIS_URL): refused"),
        (KafkaTimeoutError(), "Kafka (PETREL_KAFKA_BOOTSTRAP): KafkaTimeoutError"),
        (SSLError(1, "no certificate"), "PETREL_KAFKA_KEY_FILE): no certificate"),
        (
            FileNotFoundError(2, "No such file or directory", "a/b"),
            "a/b: No such file or directory",
        ),
        (TimeoutError(), "no answer in time (TimeoutError)"),
        (SettingsError("rule"), "rule"),
    ],
)
def test_an_expected_error_is_a_sentence(replays: Replays, error: Exception, sentence: str) -> None:
    replays.outcome = error
    done = petrel("replay", "day.csv")
    assert done.stderr.startswith("Error: ")
    assert done.stderr.endswith(f"{sentence}\n")


def test_an_unexpected_error_is_raised(replays: Replays) -> None:
    replays.outcome = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        petrel("replay", "day.csv")


def test_how_a_labelled_file_is_read_is_said_to_the_trainer(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_bytes("text;sentiment\n海燕 跌;负面\n".encode("gb18030"))
    (tmp_path / "petrel.json").write_text("{")
    task = ("evaluate", str(tmp_path), "--task", f"sentiment={path}")
    labelled = (*task, "--labels", "sentiment=负面:negative")

    assert "day.csv: not UTF-8" in petrel(*task).stderr
    done = petrel(*labelled, "--encoding", "gb18030", "--delimiter", ";")
    assert "petrel.json: " in done.stderr


def test_a_column_that_there_is_not_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_text("body,label\nAcme warns,negative\n")

    done = petrel("train", "--task", f"sentiment={path}", "--field", "text=headline")

    assert done.exit_code == 1
    assert "no column 'headline' for text; its columns are 'body', 'label'" in done.stderr


def test_the_starter_corpus_is_not_read_in_another_way() -> None:
    done = petrel("train", "--encoding", "gb18030")
    assert done.exit_code == 1
    assert "of no use without a --task" in done.stderr
