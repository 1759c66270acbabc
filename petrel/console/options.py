"""Command-line options that several commands of the stream have."""

from pathlib import Path
from typing import Any

import click

from petrel.console.param_types import parse_fields


def fields_option(command: Any) -> Any:
    """Give `command` the option that names the columns of a file, as its parameter `columns`."""
    return click.option(
        "--field",
        "columns",
        multiple=True,
        metavar="FIELD=COLUMN",
        callback=parse_fields,
        help="Which column a field of the document is in, where the names differ. Repeatable.",
    )(command)


def model_options(command: Any) -> Any:
    """Give `command` the options of what scores documents, as `model` and `watchlist`."""
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
