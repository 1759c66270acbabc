"""When many companies turn at once: one group alert, and what of their own alerts is told.

Pure: the transitions of all alerts in, those that are published out. `group_rule` says how many are
many, `grouping` puts them together, `group` is one group alert,
and `group_reason` its sentence for people. Workers and backtests publish
what comes out here, and nothing else.
"""
