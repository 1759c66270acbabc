"""The commands of `petrel sources`."""

import asyncio
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from petrel.console.command import Command, Group
from petrel.console.options import file_format_options, mapping_options
from petrel.console.startup import start_up
from schemas.foreign_json import parse_foreign
from sources.files.file_format import FileFormat
from sources.mapping.source_mapping import SourceMapping
from stream.settings import Settings

if TYPE_CHECKING:
    from sources.mapping.report import MappingReport

# Columns of an example, and errors of which each is shown.
_EXAMPLE = 48
_ERRORS = 3

# A larger file of one JSON value is not read whole to be looked at.
_MAX_BYTES = 64 * 1024**2


@click.group(cls=Group)
def sources() -> None:
    """Find out how records or files of any shape become documents.

    \b
      petrel sources check tweets.jsonl
      petrel sources check tweets.raw
    """


@sources.command("check", cls=Command)
@click.argument("source", metavar="FILE|TOPIC")
@mapping_options
@file_format_options
@click.option(
    "--limit", type=click.IntRange(min=1), default=100, show_default=True, help="Records to read."
)
def check(source: str, mapping: SourceMapping, file_format: FileFormat, limit: int) -> None:
    """Read some records of a FILE or a Kafka TOPIC, and say what becomes of them.

    Without --field and --mapping a mapping is proposed: it is shown as options of petrel feed and
    petrel replay for a file, and for a Kafka topic as it stands in the file of PETREL_SOURCES. The
    exit status is 1 when a record makes no document.

    \b
      petrel sources check tweets.jsonl
      petrel sources check tweets.raw > sources.yaml
      petrel sources check dump.csv --field text=body --timezone Europe/Berlin
    """
    settings = start_up()
    path = Path(source)
    if path.is_file():
        values, errors = _rows(path, file_format, limit)
    else:
        values, errors = _records(settings, source, limit)
    from sources.mapping.report import report

    if mapping == SourceMapping():
        mapping = _proposed(values)
    found = report(mapping, values)
    _show(source, found, len(values), errors)
    click.echo(_as_options(source, mapping) if path.is_file() else _as_yaml(source, mapping))
    if errors or found.lost or not found.documents:
        raise click.ClickException(f"of {source} not all records make a document")


def _records(settings: Settings, topic: str, limit: int) -> tuple[list[Any], list[str]]:
    from stream.clients.sample import sample
    from stream.kafka import NothingThere

    try:
        return asyncio.run(sample(settings, settings.topics.named(topic), limit))
    except NothingThere as error:
        raise click.ClickException(f"there is no file {topic}, and {error}") from None


def _rows(path: Path, file_format: FileFormat, limit: int) -> tuple[list[Any], list[str]]:
    from sources.files.reader import read_rows
    from sources.files.row import FileError
    from stream.clients.files.row_mapper import unpaged

    errors: list[str] = []
    try:
        with read_rows(path, file_format, lambda error: errors.append(str(error))) as rows:
            return [unpaged(row) for row in islice(rows, limit)], errors
    except FileError:
        if file_format.records or path.suffix != ".json" or path.stat().st_size > _MAX_BYTES:
            raise
        # An object with the rows somewhere in it: where is part of the proposal.
        return [parse_foreign(path.read_bytes())], errors


def _proposed(values: Sequence[Any]) -> SourceMapping:
    from sources.mapping.mapper import FieldMapping
    from sources.mapping.proposal import propose
    from sources.mapping.shapes import SHAPES

    proposal = propose(values)
    found, shape = proposal.mapping, SHAPES.get(proposal.shape or "", FieldMapping())
    # What the shape says, or our own form, need not be said again.
    fields = {f: place for f, place in found.fields.items() if place != shape.fields.get(f, f)}
    records = None if found.records == shape.records else found.records
    return SourceMapping(
        use=proposal.shape, fields=fields, records=records, timezone=found.timezone
    )


def _show(source: str, found: "MappingReport", records: int, errors: Sequence[str]) -> None:
    from petrel.console.display import one_line, truncate

    click.echo(f"{records} records of {source}: {found.documents} documents", err=True)
    for field in found.fields:
        example = truncate(one_line(field.example), _EXAMPLE)
        places = "|".join(field.places) or "(constant)"
        click.echo(f"  {field.field:13} {field.count:4}  {places}: {example}", err=True)
    for rule, count in found.noted.most_common():
        click.echo(f"  noted {count} × {rule}", err=True)
    for rule, count in found.lost.most_common():
        click.echo(f"  lost {count} × {rule}", err=True)
    for error in errors[:_ERRORS]:
        click.echo(f"  lost: {error}", err=True)
    if len(errors) > _ERRORS:
        click.echo(f"  lost: {len(errors) - _ERRORS} more", err=True)


def _as_options(source: str, mapping: SourceMapping) -> str:
    from shlex import join

    arguments = ["petrel", "feed", "TOPIC", source]
    if mapping.use:
        arguments += ["--mapping", mapping.use]
    for field, places in mapping.fields.items():
        place = places if isinstance(places, str) else "|".join(places)
        arguments += ["--field", f"{field}={place}"]
    if mapping.records:
        arguments += ["--records", mapping.records]
    if mapping.timezone:
        arguments += ["--timezone", mapping.timezone]
    return join(arguments)


def _as_yaml(topic: str, mapping: SourceMapping) -> str:
    import yaml
    from msgspec import to_builtins

    said = {name: value for name, value in to_builtins(mapping).items() if value}
    return str(yaml.safe_dump({"topics": {topic: said}}, allow_unicode=True, sort_keys=False))
