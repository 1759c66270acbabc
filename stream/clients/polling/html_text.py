"""HTML as text: no markup, entities as characters, paragraphs as lines."""

import re
import unicodedata
from html.parser import HTMLParser

# Their content is for browsers.
_HIDDEN = {"script", "style"}

# What begins and ends a line.
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "br", "dd", "details", "div", "dl", "dt"),
    *("fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table"),
    *("tr", "ul"),
}
_CELLS = {"td", "th"}

# Conditional comments of word processors: the parser of the library fails on some of them.
_MARKED_SECTION = re.compile(r"<!\[[^>]*>?")

_MARKUP = re.compile(r"</?[a-z][^<>]*>|&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]\w{1,31});", re.IGNORECASE)


def html_text(markup: str) -> str:
    """The text of `markup`, one line for each paragraph; escaped twice, it is read twice."""
    reader = _Reader(markup)
    if not reader.has_tags and _MARKUP.search(reader.text):
        reader = _Reader(reader.text)
    return reader.text


def plain_text(text: str) -> str:
    """`text` with white space collapsed in each line, without blank lines and controls."""
    lines = (" ".join(map(_without_controls, line.split())) for line in text.splitlines())
    return "\n".join(filter(None, lines))


def _without_controls(word: str) -> str:
    # A half of a surrogate pair has no UTF-8.
    return "".join(c for c in word if unicodedata.category(c) not in {"Cc", "Cs"})


class _Reader(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._hidden = False
        self.has_tags = False
        self.feed(_MARKED_SECTION.sub(" ", markup))
        self.close()
        self.text = plain_text("".join(self._parts))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.has_tags = True
        self._hidden = tag in _HIDDEN
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self.has_tags = True
        self._hidden = False
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            # A line break in HTML is a space.
            self._parts.append(re.sub(r"\s+", " ", data))

    def _part(self, tag: str) -> None:
        if tag in _BLOCKS or tag in _CELLS:
            self._parts.append("\n" if tag in _BLOCKS else " ")
