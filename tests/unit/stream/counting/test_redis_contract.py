"""The table of what Redis holds names every field that a script reads or writes."""

import re
from pathlib import Path

import pytest
from msgspec import Struct

from stream.counting.updates import SecondUpdate
from stream.windows.buckets import Bucket
from stream.windows.cells import Cell, EvidenceRow, Spread
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


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("UPDATE", SecondUpdate),
        ("CELL", Cell),
        ("BUCKET", Bucket),
        ("EVIDENCE", EvidenceRow),
        ("SPREAD", Spread),
    ],
)
def test_the_script_has_fields_in_the_order_they_are_written(
    name: str, record: type[Struct]
) -> None:
    script = (ROOT / "stream/counting/apply.lua").read_text("utf-8")
    fields = re.search(rf"local {name} = \{{(.+?)\}}", script)
    assert fields

    places = dict(re.findall(r"(\w+) = (\d+)", fields[1]))

    assert places == {name: str(at) for at, name in enumerate(record.__struct_fields__, 1)}
