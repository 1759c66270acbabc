"""Real Redis servers that are more than one: a cluster, and a primary that Sentinels watch."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any

import redis

from petrel.embedded import HOST, answers_ping, free_port, redis_binary, server
from tests.faults.switch import Switch

NODES = 3
_SLOTS = 16384
_PATIENCE_SECONDS = 30.0
# How long a node may be silent until it is taken for gone: as short as a busy machine allows.
_NODE_TIMEOUT_MS = 3000


class RedisNodes:
    """Several servers, and the URL under which a worker finds what they make up together."""

    def __init__(self, url: str, nodes: list[Switch]) -> None:
        self.url = url
        self.nodes = nodes


@contextmanager
def redis_cluster(replicas: int = 0) -> Iterator[RedisNodes]:
    """A Redis Cluster of three primaries, each with so many replicas, the primaries first."""
    count = NODES * (1 + replicas)
    with ExitStack() as stack:
        ports = _ports(count)
        nodes = [stack.enter_context(_node(port, _cluster_options(port))) for port in ports]
        for number, port in enumerate(ports[:NODES]):
            first, last = (_SLOTS * n // NODES for n in (number, number + 1))
            _ask(port, "CLUSTER", "ADDSLOTS", *range(first, last))
            _ask(port, "CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for port in ports[1:]:
            _ask(port, "CLUSTER", "MEET", HOST, ports[0])
        _wait(lambda: all(_knows(port, count) for port in ports))
        for number, port in enumerate(ports[NODES:]):
            primary = _ask(ports[number % NODES], "CLUSTER", "MYID")
            _ask(port, "CLUSTER", "REPLICATE", primary)
        _wait(lambda: all(b"cluster_state:ok" in _ask(p, "CLUSTER", "INFO") for p in ports))
        if replicas:
            _wait(lambda: all(_is_linked(port) for port in ports[NODES:]))
        hosts = ",".join(f"{HOST}:{port}" for port in ports[:NODES])
        yield RedisNodes(f"redis+cluster://{hosts}", nodes)


@contextmanager
def redis_sentinels() -> Iterator[RedisNodes]:
    """A primary with one replica, which three Sentinels put in its place when it is gone."""
    with ExitStack() as stack:
        primary, replica, *watchers = _ports(2 + NODES)
        nodes = [stack.enter_context(_node(primary, []))]
        nodes.append(stack.enter_context(_node(replica, ["--replicaof", HOST, str(primary)])))
        _wait(lambda: _is_linked(replica))
        for port in watchers:
            stack.enter_context(_sentinel(port, primary))
        _wait(lambda: all(_sees_all(port) for port in watchers))
        hosts = ",".join(f"{HOST}:{port}" for port in watchers)
        yield RedisNodes(f"redis+sentinel://{hosts}/petrel/0", nodes)


@contextmanager
def _node(port: int, options: list[str]) -> Iterator[Switch]:
    with TemporaryDirectory(prefix="petrel-redis-") as folder:
        command = [redis_binary(), "--bind", HOST, "--port", str(port), "--dir", folder]
        command += ["--save", "", "--appendonly", "no", *options]
        switch = Switch(
            lambda: server("redis-server", command, lambda: answers_ping(port)), Path(folder)
        )
        switch.on()
        try:
            yield switch
        finally:
            switch.off()


def _cluster_options(port: int) -> list[str]:
    return [
        *("--cluster-enabled", "yes", "--cluster-config-file", f"nodes-{port}.conf"),
        *("--cluster-node-timeout", str(_NODE_TIMEOUT_MS)),
    ]


@contextmanager
def _sentinel(port: int, primary: int) -> Iterator[None]:
    with TemporaryDirectory(prefix="petrel-sentinel-") as folder:
        config = Path(folder, "sentinel.conf")
        config.write_text(
            f"port {port}\nbind {HOST}\ndir {folder}\n"
            f"sentinel monitor petrel {HOST} {primary} 2\n"
            f"sentinel down-after-milliseconds petrel {_NODE_TIMEOUT_MS}\n"
            "sentinel failover-timeout petrel 10000\n"
        )
        command = [redis_binary(), str(config), "--sentinel"]
        with server("redis-sentinel", command, lambda: answers_ping(port)):
            yield


def _ports(count: int) -> list[int]:
    """So many free ports; a node of a cluster uses another, 10,000 above."""
    found: list[int] = []
    while len(found) < count:
        port = free_port()
        if port < 55_000 and port not in found:
            found.append(port)
    return found


def _ask(port: int, *command: object) -> bytes:
    with closing(redis.Redis(HOST, port)) as client:
        answer = client.execute_command(*command)  # type: ignore[no-untyped-call]
    return answer if isinstance(answer, bytes) else str(answer).encode()


def _knows(port: int, count: int) -> bool:
    return f"cluster_known_nodes:{count}".encode() in _ask(port, "CLUSTER", "INFO")


def _is_linked(port: int) -> bool:
    with closing(redis.Redis(HOST, port)) as client:
        return client.info("replication").get("master_link_status") == "up"


def _sees_all(port: int) -> bool:
    with closing(redis.Redis(HOST, port)) as client:
        state: Any = client.sentinel_master("petrel")
    return bool(state["num-slaves"] == 1 and state["num-other-sentinels"] == NODES - 1)


def _wait(ready: Callable[[], bool]) -> None:
    end = monotonic() + _PATIENCE_SECONDS
    while not ready():
        if monotonic() > end:
            raise TimeoutError(f"Redis was not ready after {_PATIENCE_SECONDS:.0f} s")
        sleep(0.1)
