"""What is read of a document: its title and its text, each cleaned once."""

from typing import NamedTuple

from bundle.text import Cleaned, read
from schemas.document import Document
from schemas.scored import ScoredDocument


class DocumentReading(NamedTuple):
    """A title, empty where there is none, and a text as the model and the watch list read them.

    `text_at` is where the text as it came begins in `content`.
    """

    title: Cleaned
    body: Cleaned
    text_at: int

    @property
    def text(self) -> str:
        """What is classified: both, with a space between."""
        return f"{self.title.text} {self.body.text}".strip()

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The code points of `content` that `start` to `end` (exclusive) of `text` came from."""
        body_at = len(self.title.text) + 1 if self.title.text else 0
        if start >= body_at:
            first, last = self.body.original(start - body_at, end - body_at)
            return self.text_at + first, self.text_at + last
        # What the model tags across both is cut off where the title ends.
        return self.title.original(start, min(end, len(self.title.text)))


def content(document: Document | ScoredDocument) -> str:
    """What is read of it, as it came: the title, a line break, the text."""
    return f"{document.title}\n{document.text}" if document.title else document.text


def read_content(document: Document | ScoredDocument) -> DocumentReading:
    """The only place at which a document is cleaned."""
    title = document.title or ""
    return DocumentReading(read(title), read(document.text), len(title) + 1 if title else 0)
