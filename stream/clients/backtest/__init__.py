"""Scored records out of a file or a Kafka topic, through `stream.backtest`.

`scored_log` reads them, `events_file` what is known to have happened. `runner` does one backtest,
and `sweep` one for each of several settings, in processes of their own.
"""
