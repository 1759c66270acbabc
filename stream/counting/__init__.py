"""Scored records -> counts in Redis -> closed windows and alerts.

`window_counter` counts batches of scored records by way of `updates`, `window_closer` closes what
the watermark has passed; both through `store` (its scripts beside it, `snapshots` for the hash of a
key, `redis_client` for the connection), whose keys and fields are in REDIS.md. `start_offsets`
settles where counting begins after a rebalance or a loss, `eviction` refuses to start if Redis may
evict keys. What closing a key comes to is for `stream.windows`; alerts go through `stream.sinks`.
"""
