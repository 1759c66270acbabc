"""How keys are called in Redis: apart for each namespace, together for each shard."""

import re

from stream.counting.redis_keys import RedisKeys


def test_namespace_that_is_called_live_is_not_the_one_without_a_name() -> None:
    assert RedisKeys("live", 4).common.markers != RedisKeys("", 4).common.markers


def test_all_keys_of_a_shard_are_in_one_slot_of_a_cluster() -> None:
    keys = RedisKeys("test", 64)
    shard = keys.shard_of("entity:{acme}")
    names = [keys.counts("entity:{acme}"), keys.detection("entity:{acme}"), keys.timers(shard)]

    tags = {re.search(r"\{(.*?)\}", name) for name in [*names, keys.slots[shard].markers]}

    assert {tag and tag[1] for tag in tags} == {str(shard)}
