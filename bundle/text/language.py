"""Whether a text is Chinese or English, by its letters and commonest words. No torch."""

import re
from typing import Literal

Language = Literal["en", "zh"]

# What a longer text is written in its beginning says: a story would cost ten times as much.
_READ = 300

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_KANA = re.compile("[\u3041-\u30ff]")
_WORDS = re.compile("[a-zà-öø-ÿ]+(?:'[a-z]+)?")
# Letters of scripts that write neither.
_FOREIGN = re.compile("[\u0370-\u1fff\u3041-\u30ff\uac00-\ud7af]")

_ENGLISH = """\
a about after all an and are as at be been but by can do for from had has have he his
how i in into is it its just more my new no not of off on or our out over s says she so
than that the their they this to up was we were what when who why will with would you
your"""
# The commonest words of German, French, Spanish, Italian, Portuguese and Dutch, without those that
# English headlines have, as "die" and "est.".
_OTHERS = """\
au aus auf aux avec bei como con da das dans de dei del della dem den der des di dos du
ein eine einer en für gli het ich il im ist la las le les los mais mit na nel nicht não
nos ou para pas pour por que qui sem sich sont su sui sur também um una und une uma vom
von voor zu zum zur è é één"""
_IS_ENGLISH = frozenset(_ENGLISH.split())
_IS_OTHER = frozenset(_OTHERS.split())


def language(text: str) -> Language | None:
    """The language of `text`, which is clean; None for a third one, or when nothing says it.

    A text of both has the one that most of its words are in. What is written in Latin letters is
    English unless its short words say otherwise: a headline may have none.
    """
    beginning = text[:_READ].casefold()
    han = 0 if beginning.isascii() else len(_HAN.findall(beginning))
    words = _WORDS.findall(beginning)
    if han > len(words):
        return None if _KANA.search(beginning) else "zh"
    if not words or (not beginning.isascii() and _is_foreign(beginning, len(words))):
        return None
    english = sum(word in _IS_ENGLISH for word in words)
    return "en" if english >= sum(word in _IS_OTHER for word in words) else None


def _is_foreign(text: str, words: int) -> bool:
    return len(_FOREIGN.findall(text)) > words
