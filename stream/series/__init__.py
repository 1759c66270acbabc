"""How anomalous each value of a plain series is.

Pure: a time and a value in, a score out. `series_detector` looks at a value in three ways, each
against a `level`, and asks `tail` how rare it is that one is so far off. Unlike the counts of
`stream.windows`, the values are any measurements: they may be negative, and a fall counts as a rise
does.
"""
