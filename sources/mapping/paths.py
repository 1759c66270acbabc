"""Places in a nested value: `payload.after.body`, `symbols[].symbol`, `content[0].value`."""

import re
from collections.abc import Sequence
from typing import Any

from schemas.errors import PetrelError

_ALL = "[]"
_PATH = re.compile(r"[^.\[\]]*(?:\[\d{0,6}\])*(?:\.[^.\[\]]+(?:\[\d{0,6}\])*)*")
_STEP = re.compile(r"\[(\d*)\]|([^.\[\]]+)")


class InvalidPath(PetrelError):
    """A path that cannot be read; the message says what one looks like."""


class Path:
    """The place that `text` names. A key of the value that is spelled so comes first.

    Raises:
        InvalidPath: `text` is no path.
    """

    def __init__(self, text: str) -> None:
        if not text or not _PATH.fullmatch(text):
            raise InvalidPath(
                "a path is names with dots between, with [0] for an item of a list and [] for all:"
                f" `symbols[].symbol`; not {text!r}"
            )
        self.text = text
        self._steps = [_step(*found.groups()) for found in _STEP.finditer(text)]
        self._first, *self._rest = self._steps
        self._is_name = self._steps == [text]

    def find(self, value: Any) -> Any:
        """What lies there in `value`; None when there is nothing. `[]` gives a list."""
        if isinstance(value, dict):
            found = value.get(self.text)
            if found is not None or self._is_name:
                return found
            # Of the places where something may be, most records have few.
            inner = value.get(self._first)
            return None if inner is None else _walk(inner, self._rest)
        return _walk(value, self._steps)


def _step(index: str | None, name: str | None) -> str | int:
    return name if name is not None else int(index) if index else _ALL


def _walk(value: Any, steps: Sequence[str | int]) -> Any:
    for number, step in enumerate(steps):
        if step is _ALL:
            if not isinstance(value, list):
                return None
            return _flat([_walk(item, steps[number + 1 :]) for item in value])
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            return None
    return value


def _flat(found: list[Any]) -> list[Any]:
    items: list[Any] = []
    for one in found:
        items += one if isinstance(one, list) else [] if one is None else [one]
    return items
