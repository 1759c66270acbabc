"""`petrel worker --workers` as a process of its own, and what it takes of the machine."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from os import environ
from pathlib import Path
from typing import Any

import click
import psutil
import redis

from stream.counting.redis_keys import RedisKeys
from stream.settings import Settings, environment
from tests.soak.trend import Sample

# Longer than a worker may take to drain.
_STOP_SECONDS = 60.0
_MB = 2**20


@contextmanager
def workers(settings: Settings, count: int, log: Path) -> Iterator["subprocess.Popen[str]"]:
    """`count` workers under their supervisor until the block ends; they write to `log`.

    Raises:
        ClickException: they do not end well.
    """
    command = [sys.executable, "-m", "petrel", "worker", "--workers", str(count)]
    with log.open("ab") as file:
        process = subprocess.Popen(
            command, env=environ | environment(settings), stdout=file, stderr=file, text=True
        )
    try:
        yield process
    finally:
        process.terminate()
        status = process.wait(_STOP_SECONDS)
    if status:
        raise click.ClickException(f"workers must end with 0, not {status}: see {log}")


class Sampler:
    """Measures the workers below `supervisor`, the Redis they use, and how far behind they are."""

    def __init__(self, settings: Settings, supervisor: int) -> None:
        self._redis = redis.Redis.from_url(settings.redis_url.get_secret_value())
        self._offsets = RedisKeys(settings.namespace, settings.shards).common.offsets
        self._supervisor = psutil.Process(supervisor)
        self._pids: list[int] = []

    def __enter__(self) -> "Sampler":
        return self

    def __exit__(self, *_: object) -> None:
        self._redis.close()

    @property
    def seen(self) -> int:
        """How many worker processes there were, those that ended and their successors included."""
        return len(self._pids)

    def sample(self, at: float, sent: int) -> Sample:
        """What there is to measure `at` seconds from the start, when `sent` documents are sent."""
        processes = {"supervisor": self._supervisor, **self._workers()}
        memory = self._redis.info("memory")
        return Sample(
            at,
            {
                "resident_mb": {n: p.memory_info().rss / _MB for n, p in processes.items()},
                "descriptors": {n: p.num_fds() for n, p in processes.items()},
                "redis_mb": {"redis": memory["used_memory"] / _MB},
                "redis_keys": {"redis": self._redis.dbsize()},
                "lag": {"all": sent - self.counted()},
            },
        )

    def counted(self) -> int:
        """How many documents are scored and counted."""
        rows: Any = self._redis.zrange(self._offsets, 0, -1, withscores=True)
        return sum(int(offset) + 1 for _, offset in rows)

    def _workers(self) -> dict[str, psutil.Process]:
        children = {child.pid: child for child in self._supervisor.children()}
        self._pids += sorted(children.keys() - set(self._pids))
        return {f"worker {self._pids.index(pid) + 1}": one for pid, one in children.items()}
