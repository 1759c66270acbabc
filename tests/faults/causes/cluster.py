"""The Apache Kafka of a fault run: one node or more, each of which can be stopped by itself."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

from petrel.embedded import EmbeddedError, Server
from stream.kafka import client_options
from stream.settings import Settings
from tests.apache import START_SECONDS, Installed, installed_kafka
from tests.faults.switch import Switch

_POLL_SECONDS = 0.1


class Cluster:
    """Nodes by number, each a broker and a controller. Without numbers, all are meant."""

    def __init__(self, nodes: Mapping[int, Installed]) -> None:
        self._nodes = nodes
        self._switches = {
            number: Switch(_starting(node), node.folder) for number, node in nodes.items()
        }

    @property
    def address(self) -> str:
        """The bootstrap addresses, with commas between them."""
        return ",".join(node.address for node in self._nodes.values())

    @property
    def size(self) -> int:
        """How many nodes there are."""
        return len(self._nodes)

    def on(self, *numbers: int) -> None:
        """Start nodes; returns when each answers."""
        wanted = numbers or tuple(self._nodes)
        for number in wanted:
            self._switches[number].on()
        # Not one by one: none answers before most of them are there.
        for number in wanted:
            _wait_for(self._nodes[number])

    def off(self, *numbers: int) -> None:
        """Ask nodes to end and wait until they have."""
        for number in numbers or self._nodes:
            self._switches[number].off()

    def kill(self, *numbers: int) -> None:
        """Kill nodes where they are."""
        for number in numbers or self._nodes:
            self._switches[number].kill()

    def controller(self) -> int:
        """The number of the active controller."""
        states = [_quorum(node) for node in self._nodes.values()]
        return int(max(states, key=lambda state: state["leaderEpoch"])["leaderId"])


@contextmanager
def cluster(nodes: int, version: str) -> Iterator[Cluster]:
    """Run Apache Kafka until the block ends; raises as `tests.apache.apache_kafka`."""
    with installed_kafka(nodes, version) as installed:
        running = Cluster(dict(enumerate(installed, start=1)))
        try:
            running.on()
            yield running
        finally:
            running.off()


async def leader(settings: Settings, partition: TopicPartition) -> int:
    """The number of the node that leads `partition`."""
    client = AIOKafkaAdminClient(**client_options(settings))
    await client.start()
    try:
        (topic,) = await client.describe_topics([partition.topic])
    finally:
        await client.close()
    leaders = {one["partition"]: one["leader"] for one in topic["partitions"]}
    return int(leaders[partition.partition])


def _starting(node: Installed) -> Callable[[], AbstractContextManager[Server]]:
    return lambda: node.running(lambda: True)


def _wait_for(node: Installed) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not node.answers():
        if time.monotonic() > deadline:
            raise EmbeddedError(f"no Kafka answers at {node.address} after {START_SECONDS} s")
        time.sleep(_POLL_SECONDS)


def _quorum(node: Installed) -> dict[str, int]:
    """What the node knows of the quorum of controllers; Kafka writes it at each election."""
    state: dict[str, int] = json.loads(
        (node.folder / "data" / "__cluster_metadata-0" / "quorum-state").read_text()
    )
    return state
