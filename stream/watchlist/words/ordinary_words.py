"""Which names are words of the language too."""

from importlib.resources import files

from stream.watchlist.company import Match
from stream.watchlist.words.folding import fold


def _read(name: str) -> frozenset[str]:
    return frozenset((files("stream.watchlist.words") / name).read_text("ascii").split())


ORDINARY_WORDS = _read("ordinary_words.txt")
_RARE_WORDS = _read("names_that_are_words.txt")


def default_match(name: str) -> Match:
    """How `name` is looked for when the list does not say: with care, if it is a word."""
    folded = fold(name).removeprefix("the ")
    short = len(folded) <= 2 and folded.isascii()
    if not short and folded not in ORDINARY_WORDS and folded not in _RARE_WORDS:
        return "always"
    # "A", "It" and "On" begin too many sentences for their capital to say anything.
    return "context" if len(folded) == 1 or (short and not name.isupper()) else "case"


def is_ordinary(name: str) -> bool:
    """Whether `name` is such a word that its capital is nothing in a Title Case headline."""
    return fold(name).removeprefix("the ") in ORDINARY_WORDS


def is_phrase(name: str) -> bool:
    """Whether `name` is made of several words, all of them of the language too: Best Buy."""
    words = fold(name).split()
    return len(words) > 1 and all(word in ORDINARY_WORDS or word in _RARE_WORDS for word in words)
