"""Heartbeats: records without a value that carry the watermark of a source partition.

They travel in the log, in order with the documents, so that whoever reads one has read all that
came before it. A worker sends them while an input partition is idle; a replay sends them by its
own clock.
"""

from schemas.deadletter import Headers

HEADER = "petrel-heartbeat"

# Milliseconds until the year 5138. Python refuses to read the longest numbers that others write.
_MAX_DIGITS = 14


def headers(watermark: int) -> Headers:
    """The headers of a heartbeat; `watermark` in milliseconds from the epoch."""
    return [(HEADER, str(watermark).encode())]


def watermark(value: bytes | None, found: Headers) -> int | None:
    """The watermark a heartbeat carries; None for any other record."""
    if value is not None:
        return None
    for name, content in found:
        if name == HEADER and content and content.isdigit() and len(content) <= _MAX_DIGITS:
            return int(content)
    return None
