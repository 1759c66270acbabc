"""The watch list: which companies a text names, and where.

All names stand in one Aho-Corasick automaton, so that the time to look through a text does not
grow with their number.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from reprlib import Repr
from typing import Any, Literal, NamedTuple

import yaml
from ahocorasick_rs import AhoCorasick

from schemas.errors import PetrelError
from schemas.scored import Entity, Place
from stream.scoring.word_breaks import UNSPACED

Field = Literal["title", "text"]

MAX_PATTERNS = 1_000_000
_MAX_ID_LENGTH = 256
_MAX_NAME_LENGTH = 200
_KEYS = ("id", "names", "aliases", "tickers")

# The YAML library lets more out than its own errors: a ValueError for a date in a 13th month, say.
_YAML_ERRORS = (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError)

# A number alone is no ticker: `$700` is money.
_TICKER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]+(?:[._/^=-][A-Za-z0-9]+)*", re.ASCII)
# `$BRK.B` is a ticker of its own and no mention of `$BRK`.
_SHARE_CLASS = re.compile(r"[._][a-z]{1,2}(?![a-z0-9])")

_UNEVEN = re.compile("[’！-～\ud800-\udfff]|[^\\S ]")
_UNSPACED = re.compile(f"[{UNSPACED}]")

# Shortens what a file that is wrong on purpose would make endless.
_REPR = Repr()
_REPR.maxstring, _REPR.maxlevel = 80, 3


class WatchlistError(PetrelError):
    """A watch list that cannot be used; the message names the entity, the rule and the value."""


class WatchedCompany(NamedTuple):
    """One company of the list, as the file has it."""

    id: str
    names: list[str]
    aliases: list[str]
    tickers: list[str]

    def patterns(self) -> set[str]:
        """What to look for in a folded text; a ticker only behind its `$`."""
        cashtags = (f"${ticker}" for ticker in self.tickers)
        return {fold(pattern) for pattern in (*self.names, *self.aliases, *cashtags)}


class Watchlist:
    """Finds the companies of a list in a text."""

    def __init__(self, watched: Iterable[WatchedCompany]) -> None:
        owners: dict[str, list[WatchedCompany]] = {}
        for one in watched:
            for pattern in one.patterns():
                owners.setdefault(pattern, []).append(one)
        self._owners = list(owners.values())
        self._automaton = AhoCorasick(owners, store_patterns=False)

    @classmethod
    def empty(cls) -> "Watchlist":
        """A list of nobody."""
        return cls([])

    @classmethod
    def load(cls, path: Path) -> "Watchlist":
        """The list in the YAML file `path`.

        Raises:
            WatchlistError: the file cannot be read, or something in it breaks a rule.
        """
        try:
            return cls(parse(path.read_bytes()))
        except OSError as error:
            raise WatchlistError(f"watch list {path}: cannot be read: {error.strerror}") from None
        except WatchlistError as error:
            raise WatchlistError(f"watch list {path}: {error}") from None

    def find(self, text: str, field: Field) -> list[Entity]:
        """Every mention in `text`, in order; places count code points of `text`.

        Of mentions that overlap, the leftmost and then the longest counts. A surface that belongs
        to several companies is a mention of each.
        """
        return [
            Entity(watched.id, watched.names[0], "ORG", "watchlist", 1, [Place(field, start, end)])
            for pattern, start, end in self._mentions(fold(text))
            for watched in self._owners[pattern]
        ]

    def _mentions(self, text: str) -> Iterator[tuple[int, int, int]]:
        matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        matches.sort(key=lambda match: (match[1], -match[2]))
        free = 0
        for pattern, start, end in matches:
            if start >= free and _stands_alone(text, start, end):
                free = end
                yield pattern, start, end


def fold(text: str) -> str:
    """`text` as names are compared, character for character: case and width make no difference."""
    if text.isascii():
        return _UNEVEN.sub(" ", text).lower()
    # These two are what `str.lower` changes by more than one character for one, or by context.
    lower = text.replace("İ", "i").lower().replace("ς", "σ")
    return _UNEVEN.sub(_even, lower)


def parse(data: bytes) -> list[WatchedCompany]:
    """The entities in a watch list's YAML; raises `WatchlistError`."""
    document = _yaml(data)
    if not isinstance(document, dict) or document.keys() != {"entities"}:
        raise WatchlistError(
            f"the file must hold `entities:` and nothing else, not {_shown(document)}"
        )
    entries = document["entities"]
    if not isinstance(entries, list):
        raise WatchlistError(f"`entities` must be a list, not {_shown(entries)}")
    watched = [_watched(number, entry) for number, entry in enumerate(entries, 1)]
    _check_ids(watched)
    _check_size(watched)
    return watched


def _shown(value: object) -> str:
    try:
        return _REPR.repr(value)
    except ValueError:
        # Python refuses to write out the longest numbers, though YAML has them in hexadecimal.
        return "a number that is too long to be shown"


def _yaml(data: bytes) -> Any:
    try:
        return yaml.safe_load(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise WatchlistError(f"not UTF-8: {error.reason} at byte {error.start}") from None
    except _YAML_ERRORS as error:
        raise WatchlistError(f"not YAML: {error}") from None


def _watched(number: int, entry: Any) -> WatchedCompany:
    if not isinstance(entry, dict) or "id" not in entry:
        raise WatchlistError(f"entity {number} must have `id` and `names`; it is {_shown(entry)}")
    who = f"entity {_shown(entry['id'])}"
    unknown = [key for key in entry if key not in _KEYS]
    if unknown:
        raise WatchlistError(f"{who}: {_shown(unknown[0])} is none of {', '.join(_KEYS)}")
    if not entry.get("names"):
        raise WatchlistError(
            f"{who}: `names` must hold at least one name, not {_shown(entry.get('names'))}"
        )
    return WatchedCompany(
        _text(f"{who}: `id`", entry["id"], _MAX_ID_LENGTH),
        _texts(who, entry, "names"),
        _texts(who, entry, "aliases"),
        [_ticker(who, ticker) for ticker in _texts(who, entry, "tickers")],
    )


def _texts(who: str, entry: dict[Any, Any], key: str) -> list[str]:
    values = entry.get(key, [])
    if not isinstance(values, list):
        raise WatchlistError(f"{who}: `{key}` must be a list, not {_shown(values)}")
    return [_text(f"{who}: each of `{key}`", value, _MAX_NAME_LENGTH) for value in values]


def _text(what: str, value: Any, longest: int) -> str:
    if not isinstance(value, str):
        raise WatchlistError(f"{what} must be text, in quotes if need be, not {_shown(value)}")
    text = unicodedata.normalize("NFC", " ".join(value.split()))
    if not text:
        raise WatchlistError(f"{what} must not be empty; it is {_shown(value)}")
    if len(text) > longest:
        raise WatchlistError(
            f"{what} must have at most {longest} characters, not {len(text)}: {_shown(text)}"
        )
    return text


def _ticker(who: str, ticker: str) -> str:
    if _TICKER.fullmatch(ticker) is None:
        raise WatchlistError(
            f"{who}: each of `tickers` must be letters and digits such as BRK.B, with a letter "
            f"among them and without $, not {_shown(ticker)}"
        )
    return ticker


def _check_ids(watched: list[WatchedCompany]) -> None:
    seen: set[str] = set()
    for one in watched:
        if one.id in seen:
            raise WatchlistError(f"entity {one.id!r}: `id` must be unique; it is there twice")
        seen.add(one.id)


def _check_size(watched: list[WatchedCompany]) -> None:
    patterns = sum(len(one.names) + len(one.aliases) + len(one.tickers) for one in watched)
    if patterns > MAX_PATTERNS:
        raise WatchlistError(
            f"at most {MAX_PATTERNS:,} names, aliases and tickers are allowed, not {patterns:,}"
        )


def _even(match: re.Match[str]) -> str:
    character = match[0]
    if "！" <= character <= "～":
        return chr(ord(character) - ord("！") + ord("!")).lower()
    return "'" if character == "’" else " "


def _stands_alone(text: str, start: int, end: int) -> bool:
    before = _script(text[start - 1 : start])
    after = _script(text[end : end + 1])
    if text[start] == "$":
        touched = before == "word" or text[start - 1 : start] == "$"
        return not (touched or after == "word" or _SHARE_CLASS.match(text, end))
    # Korean puts its particles straight behind a name, so a name in Hangul has no edge there.
    return (before is None or before != _script(text[start])) and not (
        after == "word" and _script(text[end - 1]) == "word"
    )


@lru_cache(maxsize=65_536)
def _script(character: str) -> Literal["word", "hangul"] | None:
    """The kind of word `character` is a part of; none where words have no edge to be seen."""
    if not character or unicodedata.category(character)[0] not in "LMN":
        return None
    if _UNSPACED.match(character):
        return None
    return "hangul" if unicodedata.name(character, "").startswith("HANGUL") else "word"
