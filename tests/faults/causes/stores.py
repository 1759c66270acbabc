"""What may befall Redis beyond a restart: no memory, no answer, a fail-over that loses writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Any

import redis

from petrel.embedded import HOST, answers_ping, free_port, redis_binary, server
from tests.faults.run import Bench

_PAUSE_MILLIS = 5_000

# From what is waited out to what is not: a worker tries for some 15 s.
_FULL_SECONDS = (1.0, 25.0)


def fill(bench: Bench) -> None:
    """No write finds memory, for a while."""
    with _client(bench) as client:
        errors = _errors(client)
        client.config_set("maxmemory", _info(client, "memory")["used_memory"] // 2)
        try:
            bench.feed(3)
            bench.until(lambda: _errors(client) > errors, "a write is refused")
            sleep(bench.rng.uniform(*_FULL_SECONDS))
        finally:
            client.config_set("maxmemory", 0)


def pause(bench: Bench) -> None:
    """Redis takes commands and answers none, for a while."""
    with _client(bench) as client:
        client.client_pause(_PAUSE_MILLIS, all=True)
    bench.feed(3)


def fail_over(bench: Bench) -> None:
    """A replica that lacks the latest writes takes over at the same address."""
    with _client(bench) as primary, _replica(bench, primary) as (replica, data):
        replica.replicaof("NO", "ONE")
        bench.feed(5)
        bench.wait_read()
        bench.servers.redis.off()
        replica.shutdown()
        bench.servers.redis.replace(data)
    bench.servers.redis.on()


@contextmanager
def _replica(bench: Bench, primary: redis.Redis) -> Iterator[tuple[redis.Redis, Path]]:
    """A replica that is up to date, and the folder it saves every write in."""
    port, at = free_port(), primary.connection_pool.connection_kwargs["port"]
    with TemporaryDirectory(prefix="petrel-replica-") as folder:
        command = [redis_binary(), "--bind", HOST, "--port", str(port), "--dir", folder]
        command += ["--save", "", "--appendonly", "yes", "--appendfsync", "always"]
        command += ["--replicaof", HOST, str(at)]
        ready = lambda: answers_ping(port)  # noqa: E731 - a name for what is passed on
        with server("replica", command, ready), redis.Redis(HOST, port) as replica:
            bench.until(lambda: _is_linked(replica), "the replica has what Redis has")
            yield replica, Path(folder)


def _is_linked(replica: redis.Redis) -> bool:
    return bool(_info(replica, "replication")["master_link_status"] == "up")


def _errors(client: redis.Redis) -> int:
    return int(_info(client, "stats")["total_error_replies"])


def _info(client: redis.Redis, section: str) -> dict[str, Any]:
    return dict(client.info(section))


def _client(bench: Bench) -> redis.Redis:
    return redis.Redis.from_url(bench.servers.redis_url)
