"""The settings and the log of a command."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import click

from schemas.errors import PetrelError
from stream import log
from stream.settings import DEFAULT_MODEL, Settings, load, unknown


def start_up(**overrides: object) -> Settings:
    """Load the settings for a command that a person runs, and log to standard error as text."""
    settings = load_settings(**overrides)
    log.set_up(settings.log_level, "text")
    # It logs the errors that it also raises.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    warn_of_unknown_settings()
    return settings


def load_settings(**overrides: object) -> Settings:
    """The settings of the environment, replaced by those `overrides` that are not None."""
    return load(**{name: value for name, value in overrides.items() if value is not None})


def check_files(settings: Settings) -> None:
    """Read what every worker reads when it starts, to tell what is wrong with it once, at once.

    Raises:
        WatchlistError, InvalidMapping: a file breaks a rule, or cannot be read.
        BundleError: in the folder of the model is none, or one that is not whole.
    """
    from bundle import manifest
    from bundle.registry import resolve
    from sources.mapping.mapping_file import read_mappings
    from stream.watchlist.watchlist import Watchlist

    if settings.watchlist:
        with named_by("--watchlist, PETREL_WATCHLIST"):
            Watchlist.load(settings.watchlist)
    if settings.sources:
        with named_by("PETREL_SOURCES"):
            read_mappings(settings.sources)
    with named_by(f"--model, PETREL_MODEL; `petrel train` makes {DEFAULT_MODEL}"):
        folder = resolve(settings.model)
        if (folder / manifest.FILE).is_file():
            manifest.read(folder)


@contextmanager
def named_by(settings: str) -> Iterator[None]:
    """Let what is wrong with a file say which `settings` name the file."""
    try:
        yield
    except PetrelError as error:
        raise type(error)(f"{error} ({settings})") from None


def warn_of_unknown_settings() -> None:
    """Write a warning for each variable that begins with PETREL_ and is no setting."""
    for sentence in unknown():
        click.echo(f"warning: {sentence}", err=True)
