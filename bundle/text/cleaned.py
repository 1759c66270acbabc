"""A text as it is read, with the way back to the text as it came."""

import re

from bundle.text.draft import Draft, origin

# Without a letter it is a price: "bought @98". Chinese straight behind a Latin handle is no part of
# it, and a Chinese one ends before a colon or a space.
HANDLE = (
    r"@(?=[\w·-]*[^\W\d_])(?:[\w·-]{1,30}(?=\s*[:：])"
    r"|[A-Za-z0-9_]{1,30}(?![A-Za-z0-9_])|\w{1,16}(?=[\s@]|\Z))"
)
_HANDLES = re.compile(rf"(?<![\w@]){HANDLE}")


class Cleaned:
    """A text as the model reads it, and where each part of it stood in the original."""

    __slots__ = ("_steps", "text")

    def __init__(self, draft: Draft) -> None:
        self.text = draft.text
        self._steps = draft.steps

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The code points of the original that `start` to `end` (exclusive) came from."""
        for moves in reversed(self._steps):
            start, end = origin(moves, start, end)
        return start, end

    @property
    def handles(self) -> list[tuple[int, int]]:
        """Where in the clean text somebody is addressed, `@` included: no name of a company."""
        if "@" not in self.text:
            return []
        return [match.span() for match in _HANDLES.finditer(self.text)]
