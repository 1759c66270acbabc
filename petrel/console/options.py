"""Command-line options that several commands have."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from petrel.console.param_types import DelimiterParam, EncodingParam, parse_fields
from sources.files.file_format import FileFormat


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


def file_format_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` the options of how a file is read, as its parameter `file_format`."""
    options = (
        click.option(
            "--encoding",
            type=EncodingParam(),
            metavar="NAME",
            help="The encoding of text, such as gb18030 or cp1252. Default: UTF-8, or what a byte"
            " order mark says.",
        ),
        click.option(
            "--delimiter",
            type=DelimiterParam(),
            metavar="CHARACTER",
            help="What stands between two cells of CSV, such as `;` or `tab`. Default: a comma, in"
            " .tsv a tab.",
        ),
        click.option(
            "--no-header",
            is_flag=True,
            help="The first row of CSV is data; its columns are called 0, 1 and so on.",
        ),
        click.option(
            "--records",
            metavar="PATH",
            help="Where a .json file has its rows, when not at the top: a field, or several with"
            " dots between (response.items).",
        ),
    )

    @wraps(command)
    def parsed(
        encoding: str | None,
        delimiter: str | None,
        no_header: bool,
        records: str | None,
        **others: Any,
    ) -> None:
        file_format = FileFormat(
            encoding=encoding, delimiter=delimiter, header=not no_header, records=records
        )
        command(file_format=file_format, **others)

    result: Callable[..., None] = parsed
    for option in reversed(options):
        result = option(result)
    return result


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
