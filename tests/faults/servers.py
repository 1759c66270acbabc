"""A Kafka and a Redis that a fault run stops and starts again, each at its address."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from petrel.embedded import HOST, answers_ping, free_port, redis_binary, server
from tests.faults.causes.cluster import Cluster, cluster
from tests.faults.switch import Switch


class Servers:
    """Where the servers are, and their switches. Tests that only use them have none."""

    def __init__(
        self,
        kafka_address: str,
        redis_url: str,
        kafka: Cluster | None = None,
        redis: Switch | None = None,
    ) -> None:
        self.kafka_address = kafka_address
        self.redis_url = redis_url
        self._kafka = kafka
        self._redis = redis

    @property
    def kafka_port(self) -> int:
        """The port of Kafka."""
        return int(self.kafka_address.rpartition(":")[2])

    @property
    def replication(self) -> int:
        """On how many nodes of Kafka a record has a copy."""
        return self._kafka.size if self._kafka else 1

    @property
    def kafka(self) -> Cluster:
        """The nodes of Kafka."""
        assert self._kafka is not None, "this Kafka is not ours to stop"
        return self._kafka

    @property
    def redis(self) -> Switch:
        """The switch of Redis."""
        assert self._redis is not None, "this Redis is not ours to stop"
        return self._redis


@contextmanager
def servers(brokers: int = 1, version: str = "") -> Iterator[Servers]:
    """An Apache Kafka and a redis-server that saves every write, until the block ends.

    Without a version Kafka has that of `tests/kafka/pom.xml`.
    """
    with ExitStack() as stack:
        kafka = stack.enter_context(cluster(brokers, version))
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="petrel-faults-")))
        port = free_port()
        command = [redis_binary(), "--bind", HOST, "--port", str(port), "--dir", str(folder)]
        command += ["--save", "", "--appendonly", "yes", "--appendfsync", "always"]
        redis = Switch(lambda: server("redis-server", command, lambda: answers_ping(port)), folder)
        redis.on()
        stack.callback(redis.off)
        yield Servers(kafka.address, f"redis://{HOST}:{port}/0", kafka, redis)
