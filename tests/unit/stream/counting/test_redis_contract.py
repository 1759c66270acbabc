"""The table of what Redis holds names every field that a script reads or writes."""

import re
from pathlib import Path

import pytest

from stream.counting.updates import Update
from stream.windows.buckets import Bucket
from stream.windows.cells import Cell
from tests.commands import ROOT

TABLE = (ROOT / "stream/counting/REDIS.md").read_text("utf-8")
SCRIPTS = sorted((ROOT / "stream").rglob("*.lua"))

# A literal name after a hash's key: 'HGET', hash, 'version' and 'HGET', hash, 'bucket:' .. minute.
FIELD = re.compile(r"'H[A-Z]+', [^,]+, '([a-z_]+:?)'")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_field_of_a_script_is_in_the_table(path: Path) -> None:
    fields = FIELD.findall(path.read_text("utf-8"))

    assert [field for field in fields if f"| `{field}" not in TABLE] == []


def test_the_scripts_use_named_fields() -> None:
    fields = {field for path in SCRIPTS for field in FIELD.findall(path.read_text("utf-8"))}

    assert {"version", "closed_until", "state"} <= fields


def test_the_script_reads_documents_in_the_order_they_are_written() -> None:
    script = (ROOT / "stream/counting/apply.lua").read_text("utf-8")
    fields = re.search(r"local DOCUMENT = \{(.+?)\}", script, re.DOTALL)
    assert fields

    places = dict(re.findall(r"(\w+) = (\d+)", fields[1]))

    written = {name: str(place) for place, name in enumerate(Update.__struct_fields__, 1)}
    assert places == written


def test_the_script_writes_buckets_in_the_order_they_are_read() -> None:
    script = (ROOT / "stream/counting/apply.lua").read_text("utf-8")
    sums = re.search(r"local BUCKET_SUMS = \{(.+?)\}", script, re.DOTALL)
    assert sums

    assert ("documents", *re.findall(r"'(\w+)'", sums[1])) == Bucket.__struct_fields__


def test_the_script_writes_cells_in_the_order_they_are_read() -> None:
    script = (ROOT / "stream/counting/apply.lua").read_text("utf-8")
    cell = re.search(r"local CELL = \{(.+?)\}", script)
    assert cell

    assert tuple(re.findall(r"(\w+) =", cell[1])) == Cell.__struct_fields__
