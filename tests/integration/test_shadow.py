import asyncio
import re
import signal
from pathlib import Path
from select import select

import orjson
import pytest
from msgspec.structs import replace

from schemas import Novelty, ScoredDocument, encode
from stream.kafka import Admin, Producer
from stream.records import Outgoing
from stream.settings import Settings
from tests.commands import petrel, start
from tests.faults.model import write_bundle
from tests.records import SCORED

# The bundle of the tests reads the verb, the live model of these records does not.
TEXTS = ("Acme falls", "Acme rises", "Bolt falls")
LIVE = [
    replace(SCORED, id=f"n{number}", text=text, title=None, novelty=Novelty())
    for number, text in enumerate(TEXTS)
]


def score(settings: Settings, *values: bytes | ScoredDocument | None) -> None:
    async def run() -> None:
        topic = settings.topics.scored
        async with Admin(settings) as admin:
            await admin.ensure({topic: {}})
        async with Producer(settings) as producer:
            await producer.send_all(
                Outgoing(topic, b"k", encode(v) if isinstance(v, ScoredDocument) else v, 0)
                for v in values
            )

    asyncio.run(run())


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_bundle(tmp_path)


def test_differences_are_shown_and_counted(settings: Settings, bundle: Path) -> None:
    score(settings, *LIVE)

    done = petrel("shadow", str(bundle))

    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"negative -> positive  0\.90 -> 0\.0\d  Acme rises", lines[0])
    assert lines[1].startswith("3 documents, live starter 0123456789ab, in the shadow ")
    assert "1 have another label (33.3%)" in lines[2]
    assert lines[3] == "  negative -> positive: 1"


def test_copies_heartbeats_and_what_is_no_record_are_left_out(
    settings: Settings, bundle: Path
) -> None:
    copy = replace(LIVE[1], novelty=Novelty(1, "n0"))
    score(settings, None, b"{", copy, LIVE[0])

    done = petrel("shadow", str(bundle), "--json")

    assert [orjson.loads(line)["id"] for line in done.stdout.splitlines()] == ["n0"]
    assert "not of the type ScoredDocument: " in done.stderr


# The command loads torch before it begins to listen.
@pytest.mark.timeout(60)
def test_following_shows_what_comes_until_it_is_interrupted(
    settings: Settings, bundle: Path
) -> None:
    score(settings, LIVE[1])
    with start("shadow", str(bundle), "--follow", "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        # Nobody outside knows when it has begun to listen.
        while not select([process.stdout], [], [], 0.2)[0]:
            score(settings, LIVE[0])
        assert orjson.loads(process.stdout.readline())["id"] == "n0"
        process.send_signal(signal.SIGINT)
        assert b"have another label" in process.stderr.read()
        assert process.wait(30) == 0


def test_nothing_is_there_yet(settings: Settings, bundle: Path) -> None:
    done = petrel("shadow", str(bundle))
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: there is no Kafka topic {settings.topics.scored} yet")
