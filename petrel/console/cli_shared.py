"""What the stream's commands share: settings, options, errors that are sentences.

Here and in the commands what is heavy is imported inside the functions, so that help is quick.
"""

import logging
import shutil
import ssl
from pathlib import Path
from typing import Any

import click

from bundle.manifest import BundleError
from petrel.console.params import fields
from stream import log
from stream.settings import Settings, SettingsError, load, unknown


class Command(click.Command):
    """A command whose foreseen failures are a sentence and not a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; raises `click.ClickException` for what the user can do something about."""
        try:
            return super().invoke(ctx)
        except _foreseen() as error:
            raise click.ClickException(_sentence(error)) from None


def _foreseen() -> tuple[type[Exception], ...]:
    from aiokafka.errors import KafkaError
    from redis.exceptions import RedisError

    from schemas.codec import InvalidRecord
    from stream.clients.files.row import FileError, RowError
    from stream.clients.redrive import RedriveError
    from stream.clients.replay.runner import ReplayError
    from stream.kafka import KafkaUnavailable, NothingThere
    from stream.scoring.watchlist import WatchlistError
    from stream.supervisor import WorkersFailed

    ours = (BundleError, FileError, InvalidRecord, KafkaUnavailable, RedriveError, NothingThere)
    theirs = (KafkaError, RedisError, TimeoutError, ssl.SSLError)
    return (*ours, ReplayError, RowError, SettingsError, WatchlistError, WorkersFailed, *theirs)


def _sentence(error: Exception) -> str:
    package = type(error).__module__.partition(".")[0]
    origin = {"redis": "Redis: ", "aiokafka": "Kafka: ", "ssl": "TLS: "}.get(package, "")
    return origin + (str(error) or f"no answer in time ({type(error).__name__})")


def fields_option(command: Any) -> Any:
    """Give `command` the option that names the columns of a file; it gets columns."""
    return click.option(
        "--field",
        "columns",
        multiple=True,
        metavar="FIELD=COLUMN",
        callback=fields,
        help="Which column a field of the document is in, where the names differ. Repeatable.",
    )(command)


def model_options(command: Any) -> Any:
    """Give `command` the options of what texts are read with; it gets model and watchlist."""
    model = click.option(
        "--model",
        type=click.Path(path_type=Path),
        help="Folder of the model bundle, or of a model directory.  [PETREL_MODEL]",
    )
    watchlist = click.option(
        "--watchlist",
        type=click.Path(path_type=Path),
        help="YAML file of the companies to watch.  [PETREL_WATCHLIST]",
    )
    return model(watchlist(command))


def begin(**overrides: object) -> Settings:
    """The settings for a command that a person runs, with its log on standard error."""
    settings = load_given(**overrides)
    log.set_up(settings.log_level, "text")
    # It logs what it also raises.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    warn_of_unknown()
    return settings


def load_given(**overrides: object) -> Settings:
    """The settings of the environment, but for the `overrides` that are not None."""
    return load(**{name: value for name, value in overrides.items() if value is not None})


def warn_of_unknown() -> None:
    """Name on standard error the variables that begin with PETREL_ and are no setting."""
    for sentence in unknown():
        click.echo(f"warning: {sentence}", err=True)


def width() -> int:
    """How many characters a line of the terminal holds."""
    return shutil.get_terminal_size(fallback=(100, 24)).columns
