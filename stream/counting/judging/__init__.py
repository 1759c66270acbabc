"""Judging window keys, and sending their alerts.

`alert_judge` judges the keys that `alert_store` says are due, of each what `stored_key` makes of
the bytes in Redis, and sends what came of it. `evaluator_cache` keeps those judged lately, and
`learning_log` tells of those that may not alert yet.
"""
