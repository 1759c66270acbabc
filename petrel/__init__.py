"""The command `petrel`, and all that is for a person at a terminal.

`cli` lists the subcommands. `commands` has them, one file each: they call the trainer's entry
points, `stream.clients` or the worker. `console` is what they share, and imports no command:
options, kinds of values, errors as sentences, progress, what is printed. `embedded` runs a Kafka
broker and a Redis as child processes, `demo` shows everything at once on the day in `sample`.
"""
