"""The watch list: what it costs to look through a tweet for 10 to 100,000 names."""

import random
import re
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle, islice
from statistics import median

from stream.watchlist.company import WatchedCompany
from stream.watchlist.watchlist import Watchlist
from tests.bench.harness import Figures, Raw, Run, finish, interleaved, ratio
from tests.bench.tweets import texts, watchlist

PETREL, REGEX, LOOP = "petrel", "regex alternation", "loop of `in`"

_OWN = "companies of the tweets"

_COUNTS = (10, 100, 1_000, 10_000, 100_000)
_TEXTS = 2_000
# What grows with the names would take hours: each run looks through texts for about this long.
_SECONDS = 0.5

_SYLLABLES = ("ka", "lo", "mer", "vin", "tor", "sa", "quel", "dri", "no", "bex", "ul", "pha")
_KINDS = ("Corp", "Group", "Holdings", "Bank", "Energy", "Motors", "Systems", "Pharma")

Find = Callable[[str], object]


def bench(rounds: int) -> None:
    """Measure characters per second of real tweets."""
    tweets = texts(_TEXTS)
    raw: Raw = {}
    for count in _COUNTS:
        runs = {
            f"{way}, {count}": partial(_characters_per_second, find, tweets)
            for way, find in _finders(made_up(count)).items()
        }
        raw |= interleaved(runs, rounds)
    raw |= interleaved(_few_and_many(tweets), rounds)
    raw |= interleaved({_OWN: partial(_tweets_per_second, tweets)}, rounds)
    finish("watchlist", raw, [_table(raw), _growth(raw), _own(raw)])


def made_up(count: int) -> list[str]:
    """`count` different names of companies that do not exist."""
    rng = random.Random(count)
    names: dict[str, None] = {}
    while len(names) < count:
        word = "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 5))).capitalize()
        names[f"{word} {rng.choice(_KINDS)}"] = None
    return list(names)


def _finders(names: Sequence[str]) -> dict[str, Find]:
    alternation = re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b", re.IGNORECASE)
    lower = [name.lower() for name in names]

    def loop(text: str) -> list[str]:
        folded = text.lower()
        return [name for name in lower if name in folded]

    return {PETREL: _petrel(names), REGEX: alternation.findall, LOOP: loop}


def _petrel(names: Sequence[str]) -> Find:
    watched = (WatchedCompany(str(number), [name], [], []) for number, name in enumerate(names))
    return _find_all(Watchlist(watched))


def _find_all(watchlist: Watchlist) -> Find:
    return lambda text: list(watchlist.mentions(text))


def _few_and_many(tweets: Sequence[str]) -> dict[str, Run]:
    # One after the other, so that their ratio holds whatever else the machine does.
    return {
        f"{PETREL} again, {count}": partial(_characters_per_second, _petrel(made_up(count)), tweets)
        for count in (_COUNTS[0], _COUNTS[-1])
    }


def _characters_per_second(find: Find, tweets: Sequence[str]) -> float:
    characters, began = 0, time.perf_counter()
    for text in islice(cycle(tweets), 100 * len(tweets)):
        find(text)
        characters += len(text)
        if time.perf_counter() - began > _SECONDS:
            break
    return characters / (time.perf_counter() - began)


def _tweets_per_second(tweets: Sequence[str]) -> float:
    return _characters_per_second(_find_all(watchlist()), tweets) / (
        sum(map(len, tweets)) / len(tweets)
    )


def _own(raw: Raw) -> Figures:
    rows: list[list[str | float]] = [[_OWN, round(median(raw[_OWN]))]]
    return Figures("companies with tickers, about one in each tweet", ["list", "tweets/s"], rows)


def _table(raw: Raw) -> Figures:
    rows: list[list[str | float]] = []
    for count in _COUNTS:
        own = f"{PETREL}, {count}"
        others = [f"{way}, {count}" for way in (REGEX, LOOP)]
        medians = [round(median(raw[name])) for name in (own, *others)]
        rows.append([f"{count:,}", *medians, *(round(ratio(raw, own, name), 2) for name in others)])
    columns = ["names", *(f"{way}, characters/s" for way in (PETREL, REGEX, LOOP))]
    return Figures("looking through tweets", [*columns, "× regex", "× loop"], rows)


def _growth(raw: Raw) -> Figures:
    few, many = (f"{PETREL} again, {count}" for count in (_COUNTS[0], _COUNTS[-1]))
    factor = round(ratio(raw, few, many), 2)
    return Figures(
        "what the names cost", ["names", "time a document against 10"], [["100,000", factor]]
    )
