"""The command `petrel dev`: a Kafka and a Redis to try Petrel with."""

import asyncio
import os
import shlex
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from importlib import resources
from pathlib import Path
from typing import NoReturn

import click

from petrel.console.command import Command
from petrel.console.from_here import from_here, program
from petrel.console.startup import start_up
from petrel.embedded import HOST, free_port, kafka_server, redis_server
from stream.kafka import ensure_topics

_SAMPLE = Path(str(resources.files("petrel") / "sample"))

_POLL_SECONDS = 0.5

_PORT = click.IntRange(1, 65535)


@click.command(cls=Command)
@click.option("--kafka-port", type=_PORT, help="Port of the broker.  [default: a free one]")
@click.option("--redis-port", type=_PORT, help="Port of the Redis.  [default: a free one]")
def dev(kafka_port: int | None, redis_port: int | None) -> None:
    """Run a Kafka and a Redis to try Petrel with, until Ctrl-C.

    What they hold is in memory, and gone at the end. The settings that other terminals need are
    written to standard output, all else to standard error:

    \b
      petrel dev                   shows the settings, to be copied
      petrel dev > dev.env         keeps them in a file, for: . ./dev.env

    With PETREL_SPIKE_HISTORY=0, which is one of them, a company may alert at once. Without it
    Petrel learns for hours what is usual of each, as a live system should.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as servers:
        try:
            _run(servers, kafka_port or free_port(), redis_port or free_port())
        except KeyboardInterrupt:
            # The terminal has printed ^C.
            click.echo(err=True, nl=sys.stderr.isatty())
            click.echo("Kafka and Redis end; what they held is gone.", err=True)


def settings_for(kafka_port: int, redis_port: int) -> dict[str, str]:
    """The variables with which Petrel uses the servers on these ports, from a terminal."""
    return {
        "PETREL_KAFKA_BOOTSTRAP": f"{HOST}:{kafka_port}",
        # The broker does not know whether a record was appended already.
        "PETREL_KAFKA_IDEMPOTENCE": "false",
        "PETREL_REDIS_URL": f"redis://{HOST}:{redis_port}/0",
        # Servers that hold nothing yet: whoever tries Petrel would wait for hours.
        "PETREL_SPIKE_HISTORY": "0",
        "PETREL_LOG_FORMAT": "text",
    }


def _run(servers: ExitStack, kafka_port: int, redis_port: int) -> NoReturn:
    variables = settings_for(kafka_port, redis_port)
    os.environ.update(variables)
    settings = start_up()
    kafka = servers.enter_context(kafka_server(kafka_port))
    redis = servers.enter_context(redis_server(redis_port))
    asyncio.run(ensure_topics(settings))
    _tell(variables)
    while True:
        kafka.check()
        redis.check()
        time.sleep(_POLL_SECONDS)


def _tell(variables: Mapping[str, str]) -> None:
    click.echo("Kafka and Redis run until Ctrl-C. Every other terminal needs these:\n", err=True)
    for name, value in variables.items():
        click.echo(f"export {name}={shlex.quote(value)}")
    if not sys.stdout.isatty():
        click.echo("(in the file that you named; for example: . ./dev.env)", err=True)
    watchlist, texts = (from_here(_SAMPLE / name) for name in ("watchlist.yaml", "wreck.txt"))
    click.echo("\nThen, in one terminal each:\n", err=True)
    for arguments in (
        f"worker --watchlist {watchlist}",
        "alerts --follow",
        f"feed social.raw.v1 {texts}",
    ):
        click.echo(f"{program()} {arguments}", err=True)
    click.echo("\nThe last raises an alert seconds after the worker is ready.", err=True)
