"""The tweets of 2014 about 88 companies, what the bundle `desk` says of them, and the prices.

They lie beside the repository; nothing of them is in it.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

import orjson
from msgspec import Struct

from bundle.text import fingerprint
from tests.bench.detection.detectors.detector import Document
from tests.bench.detection.prices import Prices, Returns
from tests.bench.harness import ROOT

DATA = ROOT.parent / "shared" / "data"
_FOLDER = DATA / "stocknet"

# The negative probability from which a document is negative.
_NEGATIVE = 0.5


class Tweet(Struct, frozen=True):
    """A tweet: the companies that it is about, and what detectors see of it."""

    companies: list[str]
    document: Document


@cache
def tweets() -> list[Tweet]:
    """All tweets in the order of time."""
    scores = {row["id"]: float(row["negative"]) for row in _rows(_FOLDER / "scores_2014.csv")}
    lines = (_FOLDER / "tweets_2014.jsonl").read_bytes().splitlines()
    return [_tweet(orjson.loads(line), scores) for line in lines]


@cache
def year() -> list[Document]:
    """The documents of all tweets."""
    return [tweet.document for tweet in tweets()]


@cache
def companies() -> dict[str, list[Document]]:
    """The documents of each company of which there are prices."""
    known = prices()
    keys: defaultdict[str, list[Document]] = defaultdict(list)
    for tweet in tweets():
        for company in tweet.companies:
            if company in known:
                keys[company].append(tweet.document)
    return dict(keys)


@cache
def prices() -> dict[str, Prices]:
    """The prices of each company."""
    closes: defaultdict[str, Returns] = defaultdict(list)
    for row in _rows(_FOLDER / "prices_2014.csv"):
        closes[row["symbol"]].append((row["date"], float(row["adj_close"])))
    return {symbol: Prices(sorted(of)) for symbol, of in closes.items()}


def _tweet(row: dict[str, object], scores: dict[str, float]) -> Tweet:
    probability = scores[str(row["id"])]
    second = datetime.fromisoformat(str(row["ts"])).timestamp()
    text = fingerprint(str(row["text"]))
    document = Document(second, probability >= _NEGATIVE, probability, text)
    return Tweet(companies=list(map(str, row["stocks"])), document=document)  # type: ignore[call-overload]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
