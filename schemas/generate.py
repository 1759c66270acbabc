"""Write the contract for others: JSON Schema files and an AsyncAPI document.

`python -m schemas.generate` writes them beside this file; with `--check` it writes nothing and
exits with 1 when a file is not what the types say.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from inspect import cleandoc
from pathlib import Path
from typing import Any

import msgspec

from schemas import asyncapi
from schemas.alert import Alert, GroupAlert
from schemas.deadletter import DeadLetterHeaders
from schemas.document import Document
from schemas.feedback import Correction
from schemas.scored import ScoredDocument
from schemas.window import SentimentWindow

HOME = Path(__file__).parent
RECORDS: tuple[type[msgspec.Struct], ...] = (
    Document,
    ScoredDocument,
    SentimentWindow,
    Alert,
    GroupAlert,
    Correction,
    DeadLetterHeaders,
)
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def main(arguments: Sequence[str] | None = None, home: Path = HOME) -> int:
    """Write the files under `home`, or check them; gives the exit status."""
    parser = ArgumentParser(prog="python -m schemas.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 when a file drifted")
    if parser.parse_args(arguments).check:
        return _check(home)
    for name, text in files():
        path = home / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


def files() -> Iterator[tuple[str, str]]:
    """Each generated file: its path below `schemas`, and what it holds."""
    for record in RECORDS:
        yield f"json/{record.__name__}.json", _text(json_schema(record))
    yield "asyncapi.json", _text(asyncapi.document(_components("#/components/schemas/{name}")))


def json_schema(record: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON Schema of one type, complete in itself."""
    (top,), parts = msgspec.json.schema_components([record], ref_template="#/$defs/{name}")
    return {"$schema": DIALECT, **top, "$defs": _tidy(parts)}


def _components(ref_template: str) -> dict[str, Any]:
    _, parts = msgspec.json.schema_components(RECORDS, ref_template=ref_template)
    return _tidy(parts)


def _tidy(types: dict[str, Any]) -> dict[str, Any]:
    # A docstring's indentation is Python's, not the reader's.
    return {
        name: {**schema, "description": cleandoc(schema["description"])}
        for name, schema in types.items()
    }


def _text(content: dict[str, Any]) -> str:
    ordered = msgspec.json.encode(content, order="sorted")
    return msgspec.json.format(ordered, indent=2).decode() + "\n"


def _check(home: Path) -> int:
    drifted = [name for name, text in files() if not _holds(home / name, text)]
    for name in drifted:
        sys.stderr.write(f"{name} is not what the types say: run python -m schemas.generate\n")
    return 1 if drifted else 0


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
