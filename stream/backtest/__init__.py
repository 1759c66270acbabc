"""Alerts of scored records without Kafka and Redis: the live path's own rules over a plain log.

Pure: records in, alerts out. `placement` says when each record counts, `time_order` puts those of
several source partitions in order, `counted` counts them by key, of which `key_admission` caps
those that senders make, and `backtest` judges. What a record adds to which key is
`stream.counting.updates`, and what a key then says is `stream.windows`, as in a worker.

`known_events` compares alerts with what is known to have happened, and `key_course` is how a key
went over time, to be drawn.
"""
