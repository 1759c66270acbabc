"""A Kafka and a Redis that a fault run stops and starts again, each at its address."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from stream.embedded import HOST, answers_ping, free_port, redis_binary, server
from tests.apache import installed_kafka


class Switch:
    """Something that runs, can be stopped, and started again with or without its data."""

    def __init__(self, run: Callable[[], AbstractContextManager[object]], data: Path) -> None:
        self._run = run
        self._data = data
        self._running = ExitStack()

    def on(self) -> None:
        """Start it; returns when it answers."""
        self._running.enter_context(self._run())

    def off(self) -> None:
        """Ask it to end and wait until it has."""
        self._running.close()

    def wipe(self) -> None:
        """Delete what it has saved, while it is off."""
        shutil.rmtree(self._data)
        self._data.mkdir()


class Servers:
    """Where the servers are, and their switches. Tests that only use them have none."""

    def __init__(
        self,
        kafka_address: str,
        redis_url: str,
        kafka: Switch | None = None,
        redis: Switch | None = None,
    ) -> None:
        self.kafka_address = kafka_address
        self.redis_url = redis_url
        self._kafka = kafka
        self._redis = redis

    @property
    def kafka(self) -> Switch:
        """The switch of Kafka."""
        assert self._kafka is not None, "this Kafka is not ours to stop"
        return self._kafka

    @property
    def redis(self) -> Switch:
        """The switch of Redis."""
        assert self._redis is not None, "this Redis is not ours to stop"
        return self._redis


@contextmanager
def servers() -> Iterator[Servers]:
    """An Apache Kafka and a redis-server that saves every write, until the block ends."""
    with ExitStack() as stack:
        kafka = stack.enter_context(installed_kafka())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="petrel-faults-")))
        port = free_port()
        command = [redis_binary(), "--bind", HOST, "--port", str(port), "--dir", str(folder)]
        command += ["--save", "", "--appendonly", "yes", "--appendfsync", "always"]
        redis = Switch(lambda: server("redis-server", command, lambda: answers_ping(port)), folder)
        broker = Switch(kafka.running, kafka.folder)
        for switch in (broker, redis):
            switch.on()
            stack.callback(switch.off)
        yield Servers(kafka.address, f"redis://{HOST}:{port}/0", broker, redis)
