"""JSON as other programs write it, with what the standard does not know."""

import json
import math
import re
from typing import Any

from schemas.codec import InvalidRecord, parse

_HALF = re.compile("[\ud800-\udfff]")


def parse_foreign(data: bytes) -> Any:
    """The JSON value in `data`; NaN and Infinity are null, half a surrogate pair is U+FFFD.

    Raises:
        InvalidRecord: it is not JSON in UTF-8 even so.
    """
    try:
        return parse(data)
    except InvalidRecord as strict:
        # The slow parser is asked last: most of what comes keeps to the standard.
        try:
            return _standard(json.loads(data.decode("utf-8")))
        except (ValueError, OverflowError, RecursionError):
            raise strict from None


def _standard(value: Any) -> Any:
    """`value`, changed in place, with nothing that the fast parser neither reads nor writes."""
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else float(value)
    if isinstance(value, list):
        value[:] = map(_standard, value)
    if isinstance(value, dict):
        return {_standard(key): _standard(inner) for key, inner in value.items()}
    return value
