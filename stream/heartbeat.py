"""Heartbeats: records without a value that carry the watermark of a source partition.

They travel in the log of scored records, in order with the documents, so that whoever reads one
has read all that came before it. A worker sends them while an input partition is quiet, and when
windows begin, or cease, to wait for a source partition; a replay sends them by its own clock.
"""

from schemas.deadletter import Headers

HEADER = "petrel-heartbeat"
# Beside it: what arrived before the watermark is history of a Kafka topic that was added, and in no
# window.
BEGIN_HEADER = "petrel-begin"
# Beside it: no worker announces the source partition any more; until when it was expected.
END_HEADER = "petrel-end"

# Milliseconds until the year 5138. Python refuses to read the longest numbers that others write.
_MAX_DIGITS = 14


def headers(watermark: int, *, begin: bool = False) -> Headers:
    """The headers of a heartbeat; `watermark` in milliseconds from the epoch."""
    found: Headers = [(HEADER, str(watermark).encode())]
    return [*found, (BEGIN_HEADER, b"1")] if begin else found


def end_headers(expected_until: int) -> Headers:
    """The headers of the heartbeat with which a source partition ends; it moves no clock."""
    return [*headers(0), (END_HEADER, str(expected_until).encode())]


def watermark(value: bytes | None, found: Headers) -> int | None:
    """The watermark a heartbeat carries; None for any other record."""
    return _time(HEADER, found) if value is None else None


def is_begin(found: Headers) -> bool:
    """Whether the headers of a heartbeat say that its source partition begins there."""
    return any(name == BEGIN_HEADER for name, _ in found)


def ended(found: Headers) -> int | None:
    """Until when the source partition of a heartbeat was expected, if it ends there."""
    return _time(END_HEADER, found)


def _time(header: str, found: Headers) -> int | None:
    for name, content in found:
        if name == header and content and content.isdigit() and len(content) <= _MAX_DIGITS:
            return int(content)
    return None
