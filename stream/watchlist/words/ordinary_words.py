"""Which names are words of the language too."""

from importlib.resources import files

from stream.watchlist.company import Match
from stream.watchlist.words.folding import fold

ORDINARY_WORDS = frozenset(
    (files("stream.watchlist.words") / "ordinary_words.txt").read_text("ascii").split()
)


def default_match(name: str) -> Match:
    """How `name` is looked for when the list does not say: with care, if it is a word."""
    folded = fold(name).removeprefix("the ")
    short = len(folded) <= 2 and folded.isascii()
    if folded in ORDINARY_WORDS or short:
        # "A", "It" and "On" begin too many sentences for their capital to say anything.
        return "context" if len(folded) == 1 or (short and not name.isupper()) else "case"
    return "always"
