"""Petrel as a library, and the command `petrel`.

`load` gives a model that classifies texts, `alerts` the alerts of a stream, as docs/library.md
shows. Neither needs what the other does: torch is imported when a model is loaded, the Kafka client
when alerts are read.

`cli` lists the subcommands. `commands` has them, one file each: they call the trainer's entry
points, `stream.clients` or the worker. `console` is what they share, and imports no command:
options, kinds of values, errors as sentences, progress, what is printed. `embedded` runs a Kafka
broker and a Redis as child processes, `demo` shows everything at once on the day in `sample`.
`library` is what programs use.
"""

from petrel.library.alert_stream import AlertStream, alerts
from petrel.library.model import Classification, Entity, Model, load
from schemas.alert import Alert, GroupAlert
from schemas.errors import PetrelError

__all__ = [
    "Alert",
    "AlertStream",
    "Classification",
    "Entity",
    "GroupAlert",
    "Model",
    "PetrelError",
    "alerts",
    "load",
]
