import asyncio
from pathlib import Path

import orjson
import pytest
from msgspec.structs import replace

from schemas import ScoredDocument, encode
from stream.kafka import Admin, Producer
from stream.records import Outgoing
from stream.settings import Settings, load
from tests.commands import petrel
from tests.records import SCORED

DOCUMENTS = [
    replace(SCORED, id="n1", title="Acme", text="falls"),
    replace(SCORED, id="n2", text="Bolt rises"),
]


@pytest.fixture
def settings(
    embedded_kafka: str, unique: str, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    monkeypatch.setenv("PETREL_KAFKA_BOOTSTRAP", embedded_kafka)
    monkeypatch.setenv("PETREL_KAFKA_IDEMPOTENCE", "false")
    monkeypatch.setenv("PETREL_NAMESPACE", unique)
    monkeypatch.setenv("PETREL_MODEL", str(bundle))
    return load()


def send(settings: Settings, topic: str, *records: tuple[bytes, bytes | None]) -> None:
    async def run() -> None:
        async with Admin(settings) as admin:
            await admin.ensure({topic: {}})
        async with Producer(settings) as producer:
            await producer.send_all(Outgoing(topic, key, value, 0) for key, value in records)

    asyncio.run(run())


def rows(path: Path) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def score(settings: Settings, *documents: ScoredDocument) -> None:
    beat = (b"news.raw.v1/0", None)
    send(settings, settings.topics.scored, beat, *((d.id.encode(), encode(d)) for d in documents))


def test_corrections_are_saved_with_what_the_model_read(settings: Settings, tmp_path: Path) -> None:
    score(settings, *DOCUMENTS)
    petrel("feedback", "give", "n1", "--sentiment", "negative")
    petrel("feedback", "give", "n2", "--topic", "macro")

    done = petrel("feedback", "save", str(tmp_path / "f.jsonl"))

    assert done.exit_code == 0, done.output
    assert sorted(rows(tmp_path / "f.jsonl"), key=str) == [
        {"id": "n1", "text": "Acme\nfalls", "sentiment": "negative", "topics": None},
        {"id": "n2", "text": "Bolt rises", "sentiment": None, "topics": ["macro"]},
    ]


def test_last_correction_counts_and_a_wrong_one_does_not(
    settings: Settings, tmp_path: Path
) -> None:
    score(settings, *DOCUMENTS)
    petrel("feedback", "give", "n1", "--sentiment", "positive")
    petrel("feedback", "give", "n1", "--sentiment", "neutral")
    send(settings, settings.topics.feedback, (b"n2", b"{"), (b"n9", b'{"id":"n9","topics":[]}'))

    done = petrel("feedback", "save", str(tmp_path / "f.jsonl"))

    assert [row["sentiment"] for row in rows(tmp_path / "f.jsonl")] == ["neutral"]
    assert "not a correction: " in done.stderr
    assert "1 corrections are of documents that Kafka does not have" in done.stderr


def test_a_second_correction_leaves_what_it_does_not_say(
    settings: Settings, tmp_path: Path
) -> None:
    score(settings, *DOCUMENTS)
    petrel("feedback", "give", "n1", "--sentiment", "negative")
    done = petrel("feedback", "give", "n1", "--topic", "deals", "--topic", "macro")
    assert done.stdout.endswith(": negative, deals, macro\n")

    petrel("feedback", "save", str(tmp_path / "f.jsonl"))

    (row,) = rows(tmp_path / "f.jsonl")
    assert (row["sentiment"], row["topics"]) == ("negative", ["deals", "macro"])


def test_a_document_that_was_not_scored_cannot_be_corrected(settings: Settings) -> None:
    score(settings, *DOCUMENTS)
    done = petrel("feedback", "give", "n17", "--sentiment", "negative")
    assert (done.exit_code, "has no document with the id 'n17'" in done.stderr) == (1, True)


def test_a_topic_that_the_model_does_not_know_is_refused(settings: Settings) -> None:
    done = petrel("feedback", "give", "n1", "--topic", "earnigns")
    assert done.exit_code == 2
    assert "not 'earnigns'; did you mean earnings?" in done.stderr


def test_correction_can_be_taken_back(settings: Settings, tmp_path: Path) -> None:
    score(settings, *DOCUMENTS)
    petrel("feedback", "give", "n1", "--sentiment", "positive")
    # A tombstone goes where the key went.
    send_back(settings, b"n1")

    done = petrel("feedback", "save", str(tmp_path / "f.jsonl"))

    assert done.exit_code == 1
    assert "no correction is in force" in done.stderr


def send_back(settings: Settings, key: bytes) -> None:
    async def run() -> None:
        async with Producer(settings) as producer:
            await producer.send_all([Outgoing(settings.topics.feedback, key, None)])

    asyncio.run(run())


def test_nothing_is_there_yet(settings: Settings, tmp_path: Path) -> None:
    done = petrel("feedback", "save", str(tmp_path / "f.jsonl"))
    assert done.exit_code == 1
    assert f"there is no Kafka topic {settings.topics.feedback}" in done.stderr
