"""The settings and the log of a command."""

import logging

import click

from stream import log
from stream.settings import Settings, load, unknown


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


def warn_of_unknown_settings() -> None:
    """Write a warning for each variable that begins with PETREL_ and is no setting."""
    for sentence in unknown():
        click.echo(f"warning: {sentence}", err=True)
