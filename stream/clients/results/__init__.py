"""What workers have written, as it is in Kafka: read by whoever looks, and never created.

`received` is what readers share; `scored_reader` reads scored documents that a `scored_filter`
takes, `window_reader` the windows of a key, and `results_files` puts all of a replay into files.
"""
