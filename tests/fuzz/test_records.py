"""Hostile records between good ones: none is lost, none takes a neighbour or the worker along."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random

import pytest
import redis
from aiokafka.structs import ConsumerRecord
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas import InvalidRecord, ScoredDocument, decode
from schemas.deadletter import Headers, original_headers
from stream.clients.dead_letters import DeadLetter
from stream.clients.redrive import original_record
from stream.decoders import Formats
from stream.decoders.content import Deletion
from stream.records import RawRecord
from stream.scoring.parsing import parse_record
from stream.settings import load
from tests.fuzz import mutants
from tests.fuzz.chain import Chain
from tests.fuzz.corpus import GOOD, HEADERS, KEYS, TIMESTAMPS, VALUES
from tests.fuzz.count import FUZZED
from tests.simulation.clock import BEGIN

SEEDS = st.integers(0, 2**48)
AT_ONCE = 12
AT_ONCE_ALONE = 25


@pytest.fixture(scope="module")
def server(redis_server: str) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(redis_server) as client:
        yield client


def hostile(
    offset: int,
    value: bytes | None,
    headers: Headers = (),
    key: bytes | None = None,
    timestamp: int = TIMESTAMPS[0],
) -> RawRecord:
    return RawRecord(
        topic="fuzz.news.raw.v1",
        partition=0,
        offset=offset,
        timestamp=timestamp,
        key=key,
        value=value,
        headers=headers,
    )


def between_good(records: Sequence[RawRecord]) -> list[RawRecord]:
    """`records`, each with a good one of its own before and behind it."""
    found: list[RawRecord] = []
    for record in records:
        found += [hostile(0, GOOD), record, hostile(0, GOOD)]
    return [_at(record, offset) for offset, record in enumerate(found)]


def _at(record: RawRecord, offset: int) -> RawRecord:
    return hostile(offset, record.value, record.headers, record.key, record.timestamp)


def assert_all_come_out(server: "redis.Redis", records: Sequence[RawRecord]) -> None:
    chain = Chain(server)
    sent = between_good(records)
    chain.classify(sent)

    assert chain.violations == []
    assert chain.acknowledged == list(range(len(sent)))
    scored = [decode(r.value, ScoredDocument) for r in chain.scored if r.value is not None]
    letters = [sent[_origin(letter)] for letter in chain.letters]
    out = {one.origin.offset for one in scored} | {record.offset for record in letters}
    deleted = {record.offset for record in sent if asks_for_deletion(record)}
    assert out | deleted == {record.offset for record in sent}
    assert len(scored) + len(letters) + len(deleted) == len(sent)
    assert all(record.offset % 3 == 1 for record in letters)
    for letter, record in zip(chain.letters, letters, strict=True):
        assert_goes_back_as_it_came(letter, record)
    FUZZED["classified"] += sum(one.origin.offset % 3 == 1 for one in scored)
    FUZZED["set aside"] += len(letters)

    chain.aggregate(chain.scored)
    assert chain.broker.topic(chain.settings.topics.scored + ".dlq") == []


def asks_for_deletion(record: RawRecord) -> bool:
    try:
        Formats().decode(record.value, record.headers)
    except Deletion:
        return True
    except InvalidRecord:
        pass
    return False


def _origin(letter: RawRecord) -> int:
    (offset,) = [v for name, v in letter.headers if name == "petrel-dlq-offset"]
    return int(offset or b"")


def assert_goes_back_as_it_came(letter: RawRecord, record: RawRecord) -> None:
    found = ConsumerRecord(
        letter.topic, 0, letter.offset, 0, 0, letter.key, letter.value, None, 0, 0, letter.headers
    )
    dead = DeadLetter.from_record(found)
    back = original_record(record.topic, dead, 1)
    assert (back.key, back.value) == (record.key, record.value)
    assert list(back.headers or ()) == list(original_headers(record.headers))
    assert back.timestamp == record.timestamp
    dead.to_json()


@pytest.mark.parametrize("what", VALUES)
def test_hostile_value(what: str, server: "redis.Redis") -> None:
    assert_all_come_out(server, [hostile(0, VALUES[what])])


@pytest.mark.parametrize("what", HEADERS)
@pytest.mark.parametrize("value", [None, GOOD, b"{}"], ids=["tombstone", "good", "bad"])
def test_hostile_headers(what: str, value: bytes | None, server: "redis.Redis") -> None:
    assert_all_come_out(server, [hostile(0, value, HEADERS[what])])


def test_hostile_keys_and_timestamps(server: "redis.Redis") -> None:
    keys = [hostile(0, b"{}", (), key) for key in KEYS]
    times = [hostile(0, value, (), None, at) for value in (GOOD, b"{}") for at in TIMESTAMPS]
    assert_all_come_out(server, keys + times)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SEEDS)
def test_mutants_take_nobody_along(server: "redis.Redis", seed: int) -> None:
    rng = Random(seed)
    assert_all_come_out(server, [mutants.record(rng, "", 0) for _ in range(AT_ONCE)])


@given(SEEDS)
def test_mutant_is_a_document_or_breaks_a_rule(seed: int) -> None:
    rng, live = Random(seed), load(unknown_fields="ignore")
    for offset in range(AT_ONCE_ALONE):
        record = mutants.record(rng, "news.raw.v1", offset)
        try:
            received = parse_record(record, live, BEGIN)
        except Deletion:
            FUZZED["deleted"] += 1
            continue
        except InvalidRecord as error:
            message = str(error)
        else:
            assert received.document.text
            assert received.published_at <= BEGIN + timedelta(seconds=live.max_future)
            FUZZED["received"] += 1
            continue
        assert len(message) < 1_000
        FUZZED["refused"] += 1
