"""A text as it is read, with the way back to the text as it came."""

from collections.abc import Iterator

from bundle.text.draft import Draft, current, origin


class Cleaned:
    """A text as the model reads it, and where each part of it stood in the original.

    `head` is what the original begins with before anything is said: `RT @user:`, and whom it is to.
    """

    __slots__ = ("_breaks", "_steps", "head", "text")

    def __init__(self, draft: Draft) -> None:
        self.text = draft.text
        self.head = draft.head
        self._steps = draft.steps
        self._breaks = draft.breaks

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The code points of the original that `start` to `end` (exclusive) came from."""
        for moves in reversed(self._steps):
            start, end = origin(moves, start, end)
        return start, end

    @property
    def parted(self) -> str:
        """`text` with a bar for each space where something stood that parts its two sides: a link.

        Nothing else differs, so that places are the same in both.
        """
        if not self._breaks:
            return self.text
        parts, end = list[str](), 0
        for position in sorted(set(self._break_places())):
            if self.text[position : position + 1] == " ":
                parts += (self.text[end:position], "|")
                end = position + 1
        return "".join((*parts, self.text[end:])) if parts else self.text

    def _break_places(self) -> Iterator[int]:
        for step in self._breaks:
            positions = [start for start, *_ in self._steps[step]]
            for moves in self._steps[step + 1 :]:
                positions = [current(moves, position) for position in positions]
            yield from positions
