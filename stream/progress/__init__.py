"""Pure: how far the stream is, values in, values out. Times are in milliseconds from the epoch.

`source_clock` gives each record of a source partition its place in event time; `quiet_partitions`
says which input partitions are read to their end, so that a heartbeat may move their clocks on; and
`expected_sources` says which source partitions the windows wait for, and from when on.
"""
