"""A text as it is read, with the way back to the text as it came."""

from bundle.text.draft import Draft, current, origin


class Cleaned:
    """A text as the model reads it, and where each part of it stood in the original."""

    __slots__ = ("_breaks", "_steps", "text")

    def __init__(self, draft: Draft) -> None:
        self.text = draft.text
        self._steps = draft.steps
        self._breaks = draft.breaks

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The code points of the original that `start` to `end` (exclusive) came from."""
        for moves in reversed(self._steps):
            start, end = origin(moves, start, end)
        return start, end

    @property
    def breaks(self) -> list[int]:
        """Where something stood whose two sides do not belong together, as a link: ascending."""
        found = set[int]()
        for step in self._breaks:
            positions = [start for start, *_ in self._steps[step]]
            for moves in self._steps[step + 1 :]:
                positions = [current(moves, position) for position in positions]
            found.update(positions)
        return sorted(one for one in found if 0 < one < len(self.text))
