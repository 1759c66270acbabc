"""Replay a file, or a time range of a Kafka topic, through workers of its own.

A replay has a namespace: its Kafka topics and Redis keys are its own, so that live state is
untouched. It sends heartbeats by its own clock, and its workers take no partition for idle, so that
windows and alerts are the same at any speed.

`runner` does a replay with `options`: `source` reads all records into a `spool` on disk, sorted by
time; `sender` sends them at their `pacing`, `progress` reports meanwhile, and `summary` counts
what came out. `alert_feed` tells alerts meanwhile; `output` writes what came out into files.
`records` reads what a replay needs to know of a record: its time and partition.
"""
