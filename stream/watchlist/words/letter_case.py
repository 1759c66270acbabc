"""Whether capital letters say anything: in a headline in Title Case they do not."""

import re

from stream.watchlist.words.ordinary_words import ORDINARY_WORDS

# Characters on either side of a name by which the case of its text is judged: about a headline.
_AROUND = 120

_WORDS = re.compile(r"(?<![\w'@#$&.-])[A-Za-z]{3,}(?![\w'&-])", re.ASCII)


def says_nothing(text: str, start: int, end: int) -> bool:
    """Whether most ordinary words around `start` to `end` of `text` have capitals too.

    The shortest words count with a capital only, since titles leave "the" and "for" small.
    """
    around = f"{text[max(0, start - _AROUND) : start]}|{text[end : end + _AROUND]}"
    words = [word for word in _WORDS.findall(around) if word.lower() in ORDINARY_WORDS]
    capital = sum(1 for word in words if word[0].isupper())
    small = sum(1 for word in words if word[0].islower() and len(word) > 3)
    # One alone may begin its sentence.
    return capital > max(1, small)
