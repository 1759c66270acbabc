"""Heartbeats: records without a value that carry the watermark of a source partition.

They travel in the log of scored records, in order with the documents, so that whoever reads one
has read all that came before it. A worker sends them while an input partition is quiet, and when
windows begin to wait for a source partition; a replay sends them by its own clock.
"""

from schemas.deadletter import Headers

HEADER = "petrel-heartbeat"
# Beside it: what arrived before the watermark is history of a Kafka topic that was added, and in no
# window.
BEGIN_HEADER = "petrel-begin"

# Milliseconds until the year 5138. Python refuses to read the longest numbers that others write.
_MAX_DIGITS = 14


def headers(watermark: int, *, begin: bool = False) -> Headers:
    """The headers of a heartbeat; `watermark` in milliseconds from the epoch."""
    found: Headers = [(HEADER, str(watermark).encode())]
    return [*found, (BEGIN_HEADER, b"1")] if begin else found


def watermark(value: bytes | None, found: Headers) -> int | None:
    """The watermark a heartbeat carries; None for any other record."""
    if value is not None:
        return None
    for name, content in found:
        if name == HEADER and content and content.isdigit() and len(content) <= _MAX_DIGITS:
            return int(content)
    return None


def is_begin(found: Headers) -> bool:
    """Whether the headers of a heartbeat say that its source partition begins there."""
    return any(name == BEGIN_HEADER for name, _ in found)
