"""Damage on the scored Kafka topic: what aggregates and closes goes on, and sets aside the rest."""

from collections.abc import Iterator
from random import Random
from typing import Any

import orjson
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas import encode
from stream.records import RawRecord
from tests.fuzz import mutants
from tests.fuzz.chain import Chain
from tests.fuzz.corpus import HEADERS, VALUES
from tests.fuzz.count import FUZZED
from tests.records import SCORED

AT_ONCE = 6

_ODD: tuple[Any, ...] = (
    *(None, -1, 0, 2**31, 2**53, 2**63, 2**64 - 1, 1e308, 0.5, [], {}, [None]),
    *("", "a\x00b", "{0}", "k" * 3_000, "公", "a:b|c"),
    *("0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    "9999-12-31T23:59:59-23:59",
)


@pytest.fixture(scope="module")
def server(redis_server: str) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(redis_server) as client:
        yield client


def record(offset: int, value: bytes | None, headers: Any = ()) -> RawRecord:
    return RawRecord(
        topic="fuzz.sentiment.scored.v1",
        partition=0,
        offset=offset,
        timestamp=0,
        key=b"t/0",
        value=value,
        headers=headers,
    )


def odd(rng: Random) -> bytes:
    """A scored document with a field changed, at any depth."""
    node = fields = orjson.loads(encode(SCORED))
    while True:
        name = rng.choice(list(node) if isinstance(node, dict) else range(len(node)))
        if not isinstance(node[name], (dict, list)) or not node[name] or rng.random() < 0.1:
            like = [value for value in _ODD if isinstance(value, type(node[name]))]
            node[name] = rng.choice(like if like and rng.random() < 0.8 else _ODD)
            return orjson.dumps(fields)
        node = node[name]


def assert_is_worked_through(server: "redis.Redis", values: list[RawRecord]) -> None:
    chain = Chain(server)
    chain.aggregate([record(n, one.value, one.headers) for n, one in enumerate(values)])
    sent = {one.value for one in values}
    letters = chain.broker.topic("fuzz.sentiment.scored.v1.dlq")
    assert {letter.value for letter in letters} <= sent
    FUZZED["aggregated"] += len(values) - len(letters)
    FUZZED["set aside by aggregate"] += len(letters)


@pytest.mark.parametrize("what", VALUES)
def test_hostile_value(what: str, server: "redis.Redis") -> None:
    assert_is_worked_through(server, [record(0, VALUES[what])])


@pytest.mark.parametrize("what", HEADERS)
def test_hostile_headers(what: str, server: "redis.Redis") -> None:
    assert_is_worked_through(server, [record(0, None, HEADERS[what])])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**48))
def test_mutants(server: "redis.Redis", seed: int) -> None:
    rng = Random(seed)
    values = [
        odd(rng) if rng.random() < 0.7 else mutants.damaged(rng, odd(rng)) for _ in range(AT_ONCE)
    ]
    assert_is_worked_through(server, [record(n, value) for n, value in enumerate(values)])
