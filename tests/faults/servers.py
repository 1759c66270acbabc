"""A Kafka and a Redis that a fault run stops and starts again, each at its address."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from petrel.embedded import HOST, answers_ping, free_port, redis_binary, server
from tests.faults.causes.cluster import Cluster, cluster
from tests.faults.switch import Switch
from tests.redis_servers import redis_cluster, redis_sentinels

RedisKind = Literal["server", "cluster", "sentinel"]


class Servers:
    """Where the servers are, and their switches. Tests that only use them have none."""

    def __init__(
        self,
        kafka_address: str,
        redis_url: str,
        kafka: Cluster | None = None,
        redis: Switch | None = None,
        nodes: list[Switch] | None = None,
    ) -> None:
        self.kafka_address = kafka_address
        self.redis_url = redis_url
        self._kafka = kafka
        self._redis = redis
        self._nodes = nodes

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

    @property
    def redis_nodes(self) -> list[Switch]:
        """The nodes of a Redis that is more than one server, primaries first."""
        assert self._nodes is not None, "this Redis has no nodes"
        return self._nodes


@contextmanager
def servers(
    brokers: int = 1, version: str = "", redis_kind: RedisKind = "server"
) -> Iterator[Servers]:
    """An Apache Kafka and a Redis until the block ends.

    Without a version Kafka has that of `tests/kafka/pom.xml`. A single redis-server saves every
    write, the nodes of others none.
    """
    with ExitStack() as stack:
        kafka = stack.enter_context(cluster(brokers, version))
        if redis_kind != "server":
            many = stack.enter_context(
                redis_cluster(replicas=1) if redis_kind == "cluster" else redis_sentinels()
            )
            yield Servers(kafka.address, many.url, kafka, nodes=many.nodes)
            return
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="petrel-faults-")))
        port = free_port()
        command = [redis_binary(), "--bind", HOST, "--port", str(port), "--dir", str(folder)]
        command += ["--save", "", "--appendonly", "yes", "--appendfsync", "always"]
        redis = Switch(lambda: server("redis-server", command, lambda: answers_ping(port)), folder)
        redis.on()
        stack.callback(redis.off)
        yield Servers(kafka.address, f"redis://{HOST}:{port}/0", kafka, redis)
