"""Servers for the tests: real ones, started once a session, on free ports; and how long to fuzz."""

import fcntl
import os
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import redis
from hypothesis import settings

from petrel.embedded import NotInstalledError, embedded_kafka, embedded_redis
from stream.settings import Settings, load
from tests.apache import START_SECONDS, apache_kafka
from tests.commands import output_of
from tests.fuzz.count import FUZZED

# A machine that is busy with something else is no reason to fail.
settings.register_profile("petrel", deadline=None)
settings.register_profile("long", deadline=None, max_examples=2_500)
settings.load_profile("petrel")


def pytest_configure() -> None:
    # A shell starts what it runs in the background with Ctrl-C ignored, which children inherit: a
    # command that a test interrupts would never end.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what one of several test processes has counted to the one that sums up."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["fuzzed"] = dict(FUZZED)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    # A process that crashed has no output.
    FUZZED.update(getattr(node, "workeroutput", {}).get("fuzzed", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if FUZZED:
        counts = ", ".join(f"{count:,} {what}" for what, count in sorted(FUZZED.items()))
        terminalreporter.write_line(f"fuzzed {FUZZED.total():,} records: {counts}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if "kafka" in fixtures:
            item.add_marker(pytest.mark.kafka)
        if fixtures & {"kafka", "embedded_kafka"} and item.get_closest_marker("timeout") is None:
            # The first of them in a process waits for a broker to start, and most start processes,
            # which import for seconds while other suites keep the cores busy.
            item.add_marker(pytest.mark.timeout(START_SECONDS))


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


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a bundle that is small and knows nothing."""
    from tests import tiny

    folder = tmp_path_factory.mktemp("bundles")
    tiny.write_bundle(folder / "tiny", tiny.write_base(folder / "base"))
    return folder / "tiny"


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The starter model, trained by the first of all processes that asks for it."""
    folder = tmp_path_factory.getbasetemp()
    # What the processes of one run have in common is a folder above.
    shared = folder if worker_id == "master" else folder.parent
    with (shared / "starter.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "starter").exists():
            output_of("train", "--output", str(shared / "starter"))
    return shared / "starter"


@pytest.fixture
def worker(redis_url: str, unique: str, bundle: Path) -> dict[str, object]:
    """Settings of a worker of the test's own, but for where Kafka is."""
    return {
        "redis_url": redis_url,
        "namespace": unique,
        "model": bundle,
        "inputs": ("news.raw.v1",),
        "threads": 1,
        "log_format": "text",
    }


@pytest.fixture(name="settings")
def settings_of_commands(
    embedded_kafka: str, unique: str, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Settings in the environment: the embedded broker, and a namespace of the test's own."""
    monkeypatch.setenv("PETREL_KAFKA_BOOTSTRAP", embedded_kafka)
    monkeypatch.setenv("PETREL_KAFKA_IDEMPOTENCE", "false")
    monkeypatch.setenv("PETREL_NAMESPACE", unique)
    return load()


def _unavailable(reason: NotInstalledError) -> NoReturn:
    # CI has what it needs: there a missing server is a fault, and a skip would hide it.
    if os.environ.get("CI") == "true":
        pytest.fail(str(reason))
    pytest.skip(str(reason))
