"""The faults, each by its name."""

import os
import signal

from tests.faults.run import Bench, Fault

_KILLED = frozenset({-signal.SIGKILL})
# What a worker ends itself with when Redis or Kafka is not as it must be.
_FAILED = frozenset({70})


def _terminate(bench: Bench) -> None:
    bench.crew.stop()
    bench.feed(3)
    bench.crew.start()


def _suspend(bench: Bench) -> None:
    pid = bench.crew.suspend()
    try:
        bench.feed(3)
        # Only another worker can: it has been given the partitions of the one that sleeps.
        bench.wait_read()
    finally:
        os.kill(pid, signal.SIGCONT)


def _flush(bench: Bench) -> None:
    bench.flush()


def _restart_redis(bench: Bench) -> None:
    bench.servers.redis.off()
    bench.servers.redis.on()


def _empty_redis(bench: Bench) -> None:
    bench.servers.redis.off()
    bench.servers.redis.wipe()
    bench.servers.redis.on()


def _deliver_twice(bench: Bench) -> None:
    bench.wait_read()
    workers = len(bench.crew)
    for _ in range(workers):
        bench.crew.stop()
    bench.rewind()
    for _ in range(workers):
        bench.crew.start()


def _scale(bench: Bench) -> None:
    for _ in range(2):
        bench.crew.start()
    bench.feed(4)
    bench.wait_read()
    for _ in range(2):
        bench.feed(2)
        bench.crew.stop()


def _roll(bench: Bench) -> None:
    for _ in range(len(bench.crew)):
        bench.crew.stop()
        bench.crew.start()
        bench.feed(3)


def _bounce_kafka(bench: Bench) -> None:
    bench.servers.kafka.off()
    bench.servers.kafka.on()


def _kill(step: str, most: int) -> Fault:
    name = f"kill-{step.lower().replace(' ', '-')}"
    return Fault(name, step=step, most=most, ends=_KILLED)


_ALL = [
    _kill("fetched", 100),
    _kill("tokenised", 8),
    _kill("inferred", 8),
    _kill("scored produced", 8),
    _kill("Redis written", 8),
    _kill("window produced", 8),
    _kill("alert produced", 1),
    _kill("offset committed", 3),
    Fault("terminate", _terminate),
    # A worker that sleeps in the middle of closing a window may leave an older revision of it.
    Fault("suspend", _suspend, late=False, ends=_FAILED),
    Fault("restart-redis", _restart_redis),
    Fault("empty-redis", _empty_redis, ends=_FAILED),
    Fault("flush-redis", _flush, ends=_FAILED),
    Fault("deliver-twice", _deliver_twice, (1.0, 1.0)),
    Fault("scale", _scale, (0.2, 0.4), workers=1),
    Fault("roll", _roll),
    Fault("bounce-kafka", _bounce_kafka),
]

FAULTS = {fault.name: fault for fault in _ALL}
