"""Real texts: the tweets of StockNet, which lie beside the repository, in no fixed order."""

import random
from functools import cache
from pathlib import Path
from typing import TypedDict

import click
import orjson

from bundle.text import clean, fingerprint
from stream.watchlist.company import WatchedCompany
from stream.watchlist.watchlist import Watchlist
from tests.bench.harness import ROOT


class Entity(TypedDict):
    """A company of a watch list."""

    id: str
    names: list[str]
    aliases: list[str]
    tickers: list[str]


_FOLDER = ROOT.parent / "shared" / "data" / "stocknet"


def texts(count: int, seed: int = 1) -> list[str]:
    """`count` tweets drawn at random, no two with the same words.

    Raises:
        ClickException: the tweets are not there, or fewer than `count` are.
    """
    distinct = _distinct()
    if count > len(distinct):
        raise click.ClickException(f"there are {len(distinct)} distinct tweets, not {count}")
    return random.Random(seed).sample(distinct, count)


def watchlist() -> Watchlist:
    """The companies that the tweets are about."""
    return Watchlist(WatchedCompany(**one) for one in entities())


def entities() -> list[Entity]:
    """The same companies as a file of a watch list has them."""
    rows = [line.split("\t") for line in _read("companies.tsv").decode().splitlines()[1:]]
    return [
        {"id": ticker, "names": [name], "aliases": [], "tickers": [ticker]}
        for ticker, name in ((symbol.strip("$"), name) for _, symbol, name in rows)
    ]


@cache
def _distinct() -> list[str]:
    found: dict[int, str] = {}
    for line in _read("tweets_2014.jsonl").splitlines():
        text = orjson.loads(line)["text"]
        if clean(text):
            found.setdefault(fingerprint(text), text)
    return list(found.values())


def _read(name: str) -> bytes:
    path: Path = _FOLDER / name
    try:
        return path.read_bytes()
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None
