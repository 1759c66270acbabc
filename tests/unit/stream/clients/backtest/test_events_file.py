"""Files of known events."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.errors import PetrelError
from stream.backtest.known_events import KnownEvent
from stream.clients.backtest.events_file import read_events


def test_events_are_read(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(
        "key,start,end,note\nall:all,2026-03-17T12:00:00+01:00,2026-03-18T00:00:00Z,x\n"
    )

    start, end = datetime(2026, 3, 17, 11, tzinfo=UTC), datetime(2026, 3, 18, tzinfo=UTC)
    assert read_events(path) == [KnownEvent("all:all", start, end)]


def test_an_event_lacks_a_field(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"key": "all:all", "start": "2026-03-17T12:00:00Z"}')

    with pytest.raises(PetrelError, match="have key, start and end; there is no 'end'"):
        read_events(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("events.csv", "key,start,end\nentity:公司下调指引,x,y\n".encode("gb18030")),
        ("events.csv", b"key,start,end\nentity:\xff,x,y\n"),
        ("events.json", b'{"took": 1, "data": [{"key": "all:all"}]}'),
    ],
)
def test_options_that_there_are_not_are_not_named(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(PetrelError) as raised:
        read_events(path)

    assert "--" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            "key,start\n",
            "events.csv: known events have the columns key, start, end; there is no 'end'",
        ),
        (
            "key;start;end\n",
            "events.csv: known events have the columns key, start, end; there is no 'end'",
        ),
        ("key,start,end\n", "events.csv: there is no event in it"),
        (
            "key,start,end\nacme,2026-03-17T12:00:00Z,2026-03-18T00:00:00Z\n",
            "events.csv, line 2: a key is KIND:SUBJECT, such as entity:acme, not 'acme'",
        ),
        (
            "key,start,end\nall:all,noon,x\n",
            "start and end are times with a zone, such as 2026-03-17T12:00:00Z, not 'noon' and 'x'",
        ),
        (
            "key,start,end\nall:all,2026-03-17T12:00:00Z,2026-03-17T11:00:00Z\n",
            "its start, 2026-03-17T12:00:00Z, not 2026-03-17T11:00:00Z",
        ),
    ],
)
def test_what_breaks_a_rule_is_an_error(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "events.csv"
    path.write_text(content)

    with pytest.raises(PetrelError) as raised:
        read_events(path)

    assert str(raised.value).startswith("events.csv")
    assert str(raised.value).endswith(sentence)
