"""Alerts of scored records without Kafka and Redis: the live path's own rules over a plain log.

Pure: records in, alerts out. `placement` says when each record counts, `time_order` puts those of
several source partitions in order, `key_admission` caps the keys that senders make, and `backtest`
counts and judges. What a record adds to which key is `stream.counting.updates`, and what a key then
says is `stream.windows`, as in a worker.

`known_events` compares alerts with what is known to have happened, and `key_course` is how one key
went over time, to be drawn.
"""
