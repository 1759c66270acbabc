"""The YAML file of a watch list, read and held to its rules."""

from collections.abc import Callable, Mapping
from reprlib import Repr
from typing import Any

import yaml

from bundle.text.characters import make_even
from bundle.text.draft import Draft
from schemas.suggestion import did_you_mean
from stream.watchlist.company import MATCHES, Match, WatchedCompany
from stream.watchlist.errors import WatchlistError
from stream.watchlist.tickers.listing import read_ticker
from stream.watchlist.tickers.security_codes import figi, isin, ric

MAX_PATTERNS = 1_000_000
_MAX_ID_LENGTH = 256
_MAX_NAME_LENGTH = 200
_KEYS = (
    *("id", "names", "aliases", "tickers", "handles", "isins", "figis", "rics"),
    *("not", "match", "parent"),
)

# The YAML library lets more out than its own errors: a ValueError for a date in a 13th month, say.
_YAML_ERRORS = (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError)

# Shortens what a file that is wrong on purpose would make endless.
_REPR = Repr()
_REPR.maxstring, _REPR.maxlevel = 80, 3

# Ten times as fast as the loader in Python, where it is there.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# A list needs four. The fast loader calls itself for each, and would overflow the stack.
_MAX_DEPTH = 20

_Entry = Mapping[Any, Any]


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
        text = data.decode("utf-8-sig")
        _check_depth(text)
        return yaml.load(text, _Loader)  # noqa: S506 - either loader is the safe one
    except UnicodeDecodeError as error:
        raise WatchlistError(f"not UTF-8: {error.reason} at byte {error.start}") from None
    except _YAML_ERRORS as error:
        raise WatchlistError(f"not YAML: {error}") from None


def _check_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH:
            raise WatchlistError(f"not YAML of a watch list: nested more than {_MAX_DEPTH} deep")


def _watched(number: int, entry: Any) -> WatchedCompany:
    if not isinstance(entry, dict) or "id" not in entry:
        raise WatchlistError(f"entity {number} must have `id` and `names`; it is {_shown(entry)}")
    who = f"entity {_shown(entry['id'])}"
    unknown = [key for key in entry if key not in _KEYS]
    if unknown:
        near = did_you_mean(str(unknown[0]), _KEYS)
        raise WatchlistError(f"{who}: {_shown(unknown[0])} is none of {', '.join(_KEYS)}{near}")
    if not entry.get("names"):
        raise WatchlistError(
            f"{who}: `names` must hold at least one name, not {_shown(entry.get('names'))}"
        )
    names, aliases = _texts(who, entry, "names"), _texts(who, entry, "aliases")
    return WatchedCompany(
        id=_text(f"{who}: `id`", entry["id"], _MAX_ID_LENGTH),
        names=names,
        aliases=aliases,
        tickers=_checked(who, entry, "tickers", read_ticker),
        handles=[handle.removeprefix("@") for handle in _checked(who, entry, "handles", _handle)],
        isins=_checked(who, entry, "isins", isin),
        figis=_checked(who, entry, "figis", figi),
        rics=_checked(who, entry, "rics", ric),
        exclusions=_texts(who, entry, "not"),
        match=_match(who, entry.get("match", {}), {*names, *aliases}),
        parent=_parent(who, entry),
    )


def _texts(who: str, entry: _Entry, key: str) -> list[str]:
    values = entry.get(key, [])
    if not isinstance(values, list):
        raise WatchlistError(f"{who}: `{key}` must be a list, not {_shown(values)}")
    return [_text(f"{who}: each of `{key}`", value, _MAX_NAME_LENGTH) for value in values]


def _text(what: str, value: Any, longest: int) -> str:
    if not isinstance(value, str):
        raise WatchlistError(f"{what} must be text, in quotes if need be, not {_shown(value)}")
    # As in the texts: a mark of direction copied with a name would let it be found nowhere.
    draft = Draft(value)
    make_even(draft)
    text = " ".join(draft.text.split())
    if not text:
        raise WatchlistError(f"{what} must not be empty; it is {_shown(value)}")
    if len(text) > longest:
        raise WatchlistError(
            f"{what} must have at most {longest} characters, not {len(text)}: {_shown(text)}"
        )
    return text


def _checked(who: str, entry: _Entry, key: str, check: Callable[[str], object]) -> list[str]:
    values = _texts(who, entry, key)
    for value in values:
        try:
            check(value)
        except WatchlistError as error:
            raise WatchlistError(f"{who}: each of `{key}` {error}") from None
    return values


def _handle(value: str) -> None:
    if " " in value or not value.removeprefix("@"):
        raise WatchlistError(f"must be one word such as @LantingBank, not {_shown(value)}")


def _match(who: str, given: Any, names: set[str]) -> dict[str, Match]:
    if not isinstance(given, dict):
        raise WatchlistError(f"{who}: `match` must be name: how, not {_shown(given)}")
    found: dict[str, Match] = {}
    for key, how in given.items():
        name = _text(f"{who}: each name in `match`", key, _MAX_NAME_LENGTH)
        if name not in names:
            raise WatchlistError(f"{who}: `match` must be of its names, not of {_shown(key)}")
        if how not in MATCHES:
            raise WatchlistError(
                f"{who}: `match` must be one of {', '.join(MATCHES)}, not {_shown(how)}"
            )
        found[name] = how
    return found


def _parent(who: str, entry: _Entry) -> str | None:
    given = entry.get("parent")
    return None if given is None else _text(f"{who}: `parent`", given, _MAX_ID_LENGTH)


def _check_ids(watched: list[WatchedCompany]) -> None:
    seen: set[str] = set()
    for one in watched:
        if one.id in seen:
            raise WatchlistError(f"entity {one.id!r}: `id` must be unique; it is there twice")
        seen.add(one.id)


def _check_size(watched: list[WatchedCompany]) -> None:
    patterns = sum(one.surfaces for one in watched)
    if patterns > MAX_PATTERNS:
        raise WatchlistError(
            f"at most {MAX_PATTERNS:,} names, aliases and tickers are allowed, not {patterns:,}"
        )
