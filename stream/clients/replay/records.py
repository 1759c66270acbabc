"""What a replay needs to know of a record: its time, its partition and its key."""

from typing import Any
from zlib import crc32

from msgspec import ValidationError, convert

from bundle.text import fingerprint
from schemas.times import Time, to_millis
from sources.files.row import Row


def row_time(row: Row) -> int | None:
    """When a document of a file arrived, else was published, in milliseconds from the epoch.

    None when it does not say so as a time: the worker says what is wrong with it.
    """
    said = row.get("arrived_at") or row.get("published_at")
    try:
        return to_millis(convert(said, Time))
    except ValidationError:
        return None


def partition_hash(value: bytes, content: Any) -> int:
    """A number that is the same for copies of a text, of a record that holds `content`.

    By it they go to one partition, whose order says which of them came first.
    """
    text = content.get("text") if isinstance(content, dict) else None
    return fingerprint(text) if isinstance(text, str) else crc32(value)
