"""Kafka topics in; scores, windows and alerts out.

The way of a record, room by room; the arrows are calls:

    worker ─> scoring   an input record -> a scored record: `scoring.pipeline`
           │    └─> decoders   the value of a record -> fields, one format a file; the schema
           │                   registry, for the schemas that a batch names
           ├> counting  a scored record -> counts in Redis -> alerts, closed windows:
           │    │       `window_counter`, `detection`; its keys are in `counting/REDIS.md`
           │    ├─> progress   pure: event time, which sources are expected, which are quiet
           │    ├─> windows    pure: buckets, the spike rule, the states of an alert
           │    └─> sinks      alerts to their receivers, one kind a file
           ├> inputs    input partitions as the windows see them: waited for, begun, quiet
           └> faust_transport, health, watchdog
    supervisor  runs worker processes.   clients  use the stream from outside: feed, replay, ...

`settings` (which takes the fields of `windows.spike_rule`), `kafka`, `records`, `formats`,
`heartbeat`, `log` and `batch_queue` serve all rooms. `windows`, `progress` and `decoders` import no
engine; `scoring` and `counting` do not know each other; nobody here knows `petrel` or `trainer`.
`tests/unit/test_layout.py` holds these rules.
"""
