"""What records hold: the paths of their values, and of the rows in them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sources.mapping.paths import InvalidPath, Path
from sources.mapping.values import is_absent

# Of records nested deeper, or with more fields, only these are looked at.
_MAX_DEPTH = 5
_MAX_PATHS = 300

# A value with a longer text beside a list is a document with a list, not a list of documents.
_MAX_LABEL = 20


def records_path(values: Sequence[Any]) -> str | None:
    """The path of the list of objects that most of `values` have, if there is one."""
    counts: Counter[str] = Counter()
    for value in values:
        counts.update(_lists(value, "", 0))
    # Between pages of them lie empty ones, and those that say what went wrong.
    likely = [path for path, count in counts.items() if count > len(values) / 2]
    return min(likely, key=len) if likely else None


def _lists(value: Any, prefix: str, depth: int) -> Iterator[str]:
    if not isinstance(value, dict) or depth > _MAX_DEPTH:
        return
    has_text = any(isinstance(one, str) and len(one) > _MAX_LABEL for one in value.values())
    for name, inner in value.items():
        path = f"{prefix}{name}"
        is_rows = isinstance(inner, list) and all(isinstance(one, dict) for one in inner)
        if is_rows and inner and not has_text and _is_path(path):
            yield path
        else:
            yield from _lists(inner, f"{path}.", depth + 1)


def leaves(row: Any) -> Iterator[tuple[str, Any]]:
    """The path of each value in `row` that holds something, and the value.

    What a list of objects has is taken together: `symbols[].symbol`.
    """
    found = 0
    for path, value in _walk(row, "", 0):
        if found == _MAX_PATHS:
            return
        if _is_path(path) and not is_absent("text", value):
            found += 1
            yield path, value


def _walk(value: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _walk(inner, f"{path}.{name}" if path else str(name), depth + 1)
    elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        for name in value[0]:
            yield f"{path}[].{name}", [one[name] for one in value if one.get(name) is not None]
    else:
        yield path, value


def _is_path(text: str) -> bool:
    try:
        Path(text)
    except InvalidPath:
        return False
    return True
