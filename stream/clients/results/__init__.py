"""What workers have written, as it is in Kafka: read by whoever looks, and never created.

`received` is what readers share; `scored_reader` reads scored documents that a `scored_filter`
takes, and remembers `seen_names` to say which may be meant; `window_reader` reads the windows of a
key.
"""
