"""Servers for the tests: real ones, started once a session, on free ports."""

import os
import uuid
from collections.abc import Iterator
from typing import NoReturn

import pytest
import redis

from stream.embedded import NotInstalledError, embedded_kafka, embedded_redis
from tests.apache import apache_kafka


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "kafka" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.kafka)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for name in os.environ:
        if name.startswith("PETREL_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """The bootstrap address of an Apache Kafka; topics live as long as the session."""
    try:
        with apache_kafka() as address:
            yield address
    except NotInstalledError as error:
        _unavailable(error)


@pytest.fixture(scope="session", name="embedded_kafka")
def start_embedded_kafka() -> Iterator[str]:
    """The bootstrap address of the embedded broker; topics live as long as the session."""
    try:
        with embedded_kafka() as address:
            yield address
    except NotInstalledError as error:
        _unavailable(error)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The URL of a redis-server of the session's own, whatever PETREL_REDIS_URL says."""
    try:
        with embedded_redis() as url:
            yield url
    except NotInstalledError as error:
        _unavailable(error)


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The URL of a redis-server that holds nothing when the test begins."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server


@pytest.fixture
def unique() -> str:
    """A name no other test has: for Kafka topics, consumer groups and key prefixes."""
    return f"t{uuid.uuid4().hex[:10]}"


def _unavailable(reason: NotInstalledError) -> NoReturn:
    # CI has what it needs: there a missing server is a fault, and a skip would hide it.
    if os.environ.get("CI") == "true":
        pytest.fail(str(reason))
    pytest.skip(str(reason))
