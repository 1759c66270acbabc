"""The faults, each by its name."""

import os
import signal
from collections.abc import Callable, Sequence
from functools import partial

from tests.faults.causes import inputs, stores
from tests.faults.causes.hindrances import fill_disk, slow_alerts, slow_model
from tests.faults.run import Bench, Fault

_KILLED = frozenset({-signal.SIGKILL})
# What a worker ends itself with when Redis or Kafka is not as it must be.
_FAILED = frozenset({70})
# What one ends with that has waited for Kafka before it began.
_NOT_BEGUN = frozenset({1})

# Longer than a producer waits for Kafka.
_OUTAGE_SECONDS = 60.0

# Longer than the group waits for a worker, and shorter than a worker that hangs puts up with.
_SUSPENDED_SECONDS = 90.0


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


def _kill_kafka(bench: Bench) -> None:
    bench.servers.kafka.kill()
    bench.servers.kafka.on()


def _outage(bench: Bench) -> None:
    bench.servers.kafka.off()
    # One lives through it, and one begins in the middle of it.
    bench.crew.kill()
    bench.sleep(_OUTAGE_SECONDS)
    bench.servers.kafka.on()


def _suspend_long(bench: Bench) -> None:
    pid = bench.crew.suspend()
    try:
        bench.feed(3)
        bench.wait_read()
        bench.sleep(_SUSPENDED_SECONDS)
    finally:
        os.kill(pid, signal.SIGCONT)


def _without(bench: Bench, node: int, end: Callable[[int], None]) -> None:
    """What comes while a Kafka node is away must get in as well."""
    end(node)
    bench.feed(5)
    bench.servers.kafka.on(node)


def _lose_leader(bench: Bench) -> None:
    _without(bench, bench.leader(), bench.servers.kafka.kill)


def _bounce_leader(bench: Bench) -> None:
    _without(bench, bench.leader(), bench.servers.kafka.off)


def _lose_controller(bench: Bench) -> None:
    _without(bench, bench.servers.kafka.controller(), bench.servers.kafka.kill)


def _bounce_controller(bench: Bench) -> None:
    _without(bench, bench.servers.kafka.controller(), bench.servers.kafka.off)


def _kill(step: str, latest_pass: int) -> Fault:
    name = f"kill-{step.lower().replace(' ', '-')}"
    return Fault(name, step=step, latest_pass=latest_pass, ends=_KILLED)


def _raise_partitions(bench: Bench, counts: Sequence[int] = (8, 16)) -> None:
    for count in counts:
        bench.raise_partitions(count)
        bench.feed(1)
        # Workers see them within half a minute; what came before that counts when it is read.
        bench.wait_read()
        bench.feed(4)


def _lose_redis_node(bench: Bench) -> None:
    """A replica takes the place of a primary, and lacks what came last."""
    primary = bench.servers.redis_nodes[0]
    primary.kill()
    bench.feed(5)
    bench.wait_read()
    primary.on()


# No multiples of 4: workers that disagree about how many there are cannot come to the same shards.
_oddly = partial(_raise_partitions, counts=(7, 15))

# A shard that no worker closes shows only if it has keys.
_MANY_KEYS = {"kinds": ("entity", "topic", "source", "all")}

_ALL = [
    _kill("fetched", 100),
    _kill("tokenised", 8),
    _kill("inferred", 8),
    _kill("scored produced", 8),
    _kill("Redis written", 8),
    _kill("judged", 8),
    _kill("window produced", 8),
    _kill("alert produced", 1),
    _kill("offset committed", 3),
    Fault("terminate", _terminate),
    Fault("suspend", _suspend, ends=_FAILED),
    Fault("restart-redis", _restart_redis),
    Fault("empty-redis", _empty_redis, ends=_FAILED),
    Fault("flush-redis", _flush, ends=_FAILED),
    Fault("deliver-twice", _deliver_twice, (1.0, 1.0)),
    Fault("scale", _scale, (0.2, 0.4), workers=1),
    Fault("roll", _roll),
    Fault("bounce-kafka", _bounce_kafka),
    Fault("kill-kafka", _kill_kafka),
    Fault("outage", _outage, ends=_KILLED | _FAILED | _NOT_BEGUN, slow=True),
    Fault("suspend-long", _suspend_long, ends=_FAILED, slow=True),
    Fault("lose-leader", _lose_leader, brokers=3),
    Fault("bounce-leader", _bounce_leader, brokers=3),
    Fault("lose-controller", _lose_controller, brokers=3),
    Fault("bounce-controller", _bounce_controller, brokers=3),
    Fault("full-redis", stores.fill, ends=_FAILED),
    Fault("slow-redis", stores.pause),
    Fault("fail-over", stores.fail_over, ends=_FAILED),
    Fault("raise-partitions", _raise_partitions, (0.1, 0.3), settings=_MANY_KEYS),
    Fault("raise-partitions-oddly", _oddly, (0.1, 0.3), settings=_MANY_KEYS),
    Fault("lose-redis-node", _lose_redis_node, ends=_FAILED, redis="cluster"),
    Fault("lose-redis-primary", _lose_redis_node, ends=_FAILED, redis="sentinel"),
    Fault("slow-model", preparation=partial(slow_model, seconds=5.0, times=4)),
    Fault("slow-alerts", preparation=partial(slow_alerts, seconds=8.0, times=2)),
    Fault("full-disk", preparation=fill_disk),
    Fault("lossy-network", lossy=True, ends=_FAILED),
    Fault("shuffle", arrange=inputs.shuffled),
    Fault("skew", arrange=inputs.skewed),
    Fault("missing-times", arrange=inputs.untimed),
    Fault("future-times", arrange=inputs.early),
]

FAULTS = {fault.name: fault for fault in _ALL}
