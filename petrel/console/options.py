"""Command-line options that several commands have."""

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click

from petrel.console.param_types import DelimiterParam, EncodingParam, FieldParam
from sources.files.file_format import FileFormat
from sources.mapping.mapper import InvalidMapping
from sources.mapping.shapes import SHAPES
from sources.mapping.source_mapping import SourceMapping, mapper_of


def mapping_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` the options of where the fields of documents are, as `mapping`."""
    options = (
        click.option(
            "--field",
            "fields",
            multiple=True,
            type=FieldParam(),
            metavar="FIELD=PLACE",
            help="Where a field of the document is: a column, or a path (text=payload.body,"
            " entities=symbols[].symbol); the first of several that holds something"
            " (text=full_text|text); a constant (source==desk); nowhere (author=-). Repeatable.",
        ),
        click.option(
            "--mapping",
            "use",
            metavar="NAME",
            help=f"Where they are in records of a known shape: {', '.join(SHAPES)}.",
        ),
        click.option(
            "--timezone", metavar="ZONE", help="The zone of times without one: Europe/Berlin, UTC."
        ),
    )

    @wraps(command)
    def parsed(
        fields: Sequence[tuple[str, str]], use: str | None, timezone: str | None, **others: Any
    ) -> None:
        mapping = SourceMapping(fields=dict(fields), use=use, timezone=timezone)
        try:
            mapper_of(mapping)
        except InvalidMapping as error:
            raise click.UsageError(str(error)) from None
        command(mapping=mapping, **others)

    result: Callable[..., None] = parsed
    for option in reversed(options):
        result = option(result)
    return result


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


def create_option(command: Any) -> Any:
    """Give `command`, which sends documents, the option `create`."""
    option = click.option("--create", is_flag=True, help="Create the Kafka topic if it is missing.")
    return option(command)


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
