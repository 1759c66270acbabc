"""Judging window keys, and publishing their alerts.

`alert_judge` judges the keys that `alert_store` says are due, of each what `stored_key` makes of
the bytes in Redis. `alert_publisher` takes in what came of it, in order of time over all shards,
and sends what is published, which `publish_store` holds. `evaluator_cache` keeps those judged
lately, and `learning_log` tells of those that may not alert yet.
"""
