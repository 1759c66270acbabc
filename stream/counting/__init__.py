"""Scored records -> counts in Redis -> alerts and windows.

`window_counter` counts batches of scored records by way of `updates` and `store`. `detection` goes
as far as `sources` says that all is complete: `judging` judges keys and sends their alerts through
`stream.sinks`, `window_closer` closes what `window_store` holds. The `scripts` lie beside them, and
the keys (`redis_keys`) and fields are in REDIS.md. `start_offsets` settles where counting begins
after a rebalance or a loss, `stale_log` tells what is in no window, `redis_client` connects,
`shard_count` is agreed on at the first start, and `eviction` refuses to start if Redis may evict
keys.
"""
