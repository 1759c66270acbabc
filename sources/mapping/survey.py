"""What records hold: the paths of their values, and of the rows in them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sources.mapping.paths import InvalidPath, Path
from sources.mapping.values import is_absent

# Of records nested deeper, or with more fields, only these are looked at.
_MAX_DEPTH = 5
_MAX_PATHS = 300

# Shorter texts are names and labels.
_MIN_PROSE = 20


def records_path(values: Sequence[Any]) -> str | None:
    """The path of the list of objects that most of `values` have, if there is one."""
    counts: Counter[str] = Counter()
    for value in values:
        counts.update(_lists(value, "", 0))
    # Between pages of them lie empty ones, and those that say what went wrong.
    likely = [path for path, count in counts.items() if count > len(values) / 2]
    return min(likely, key=len) if likely else None


def is_prose(value: Any) -> bool:
    """Whether `value` is a text of several words, as only documents have."""
    is_long = isinstance(value, str) and len(value) > _MIN_PROSE
    return is_long and (" " in value or not value.isascii())


def _lists(value: Any, prefix: str, depth: int) -> Iterator[str]:
    if not isinstance(value, dict) or depth > _MAX_DEPTH:
        return
    # A document that has lists is no list of documents.
    if any(map(is_prose, value.values())):
        return
    for name, inner in value.items():
        path = f"{prefix}{name}"
        if isinstance(inner, list) and _are_rows(inner) and _is_path(path):
            yield path
        else:
            yield from _lists(inner, f"{path}.", depth + 1)


def _are_rows(found: Sequence[Any]) -> bool:
    """Whether documents are in `found`, and nothing else: not symbols, or images."""
    if not all(isinstance(one, dict) for one in found):
        return False
    return any(is_prose(value) for one in found for _, value in leaves(one))


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
