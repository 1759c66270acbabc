"""A market that turns: bursts of 80 companies at once, through the backtest at default settings."""

from collections.abc import Iterator
from datetime import UTC, datetime
from heapq import merge
from statistics import median

import numpy as np

from schemas.alert import Alert
from schemas.scored import Entity, Model, Novelty, Origin, ScoredDocument, Sentiment
from stream.backtest.backtest import alerts_of
from stream.backtest.time_order import Placed
from stream.grouping.group_rule import GroupRule
from stream.settings import load
from tests.bench.detection.backgrounds import DAY, HOUR, MINUTE, background
from tests.bench.detection.detectors.detector import Document
from tests.bench.detection.injection import BURST, between, raised
from tests.bench.detection.made_keys import made
from tests.bench.harness import Figures

_COMPANIES = 80
_TIMES = 5

# Negative documents of a company a minute.
_RATES = (0.004, 0.02)

# Days before the first burst, and between one and the next; the hour of the day, in UTC.
_LEARNING = 28
_EVERY = 1
_EVENTS = 3
_HOUR = 15

_NEUTRAL = Sentiment("neutral", 0.1, 0.85, 0.05)
_MODEL = Model("bench", "0" * 12)


def market_table(year: list[Document]) -> Figures:
    """What was said of `all` and of the companies, and when."""
    rows: list[list[str | float]] = [_row(rate, year) for rate in _RATES]
    columns = [
        "negative a minute of each",
        "'all' told",
        "median minutes",
        "companies told",
        "other alerts a day: all",
        "companies",
    ]
    title = (
        f"{_COMPANIES} companies with {_TIMES} x for ten minutes, {_EVENTS} times; default settings"
    )
    return Figures(title, columns, rows)


def _row(rate: float, year: list[Document]) -> list[str | float]:
    events, placed = _made(rate, year)
    # What each company says by itself is counted.
    settings = load(kinds=("entity", "all"), grouping=GroupRule(size=1_000))
    alerts = (one for one in alerts_of(placed, settings) if isinstance(one, Alert))
    opened = [one for one in alerts if one.transition == "open"]
    told = [_within(opened, at) for at in events]
    firsts = [[one for one in some if one.kind == "all"] for some in told]
    delays = [
        (some[0].at.timestamp() - at) / MINUTE
        for some, at in zip(firsts, events, strict=True)
        if some
    ]
    companies = [sum(one.kind == "entity" for one in some) for some in told]
    days = _EVENTS * _EVERY + _LEARNING
    others = [one for one in opened if all(one not in some for some in told)]
    return [
        rate,
        f"{len(delays)} of {_EVENTS}",
        f"{median(delays):.1f}" if delays else "-",
        f"{sum(companies) / _EVENTS:.1f} of {_COMPANIES}",
        f"{sum(one.kind == 'all' for one in others) / days:.2f}",
        f"{sum(one.kind == 'entity' for one in others) / days:.2f}",
    ]


def _within(opened: list[Alert], at: float) -> list[Alert]:
    """Those of a burst: until one second behind its end."""
    return [one for one in opened if at <= one.at.timestamp() <= at + BURST + 1]


def _made(rate: float, year: list[Document]) -> tuple[list[float], Iterator[Placed]]:
    """When the bursts begin, and all documents in the order of time."""
    days = _LEARNING + _EVENTS * _EVERY
    companies = []
    events: list[float] = []
    for number in range(_COMPANIES):
        key = background("key", made(year, rate, days, number), 0.0)
        first = key.documents[0].second // DAY
        events = [
            (first + _LEARNING + _EVERY * event) * DAY + _HOUR * HOUR for event in range(_EVENTS)
        ]
        rng = np.random.default_rng(number)
        documents: list[Document] = []
        end = 0.0
        for at in events:
            documents += between(key, end, at) + raised(_TIMES, BURST)(key, at, rng)
            end = at + BURST
        documents += between(key, end, key.end)
        companies.append([_placed(one, f"company-{number}") for one in documents])
    return events, merge(*companies, key=_second)


def _placed(document: Document, company: str) -> Placed:
    at = datetime.fromtimestamp(int(document.second), UTC)
    scored = ScoredDocument(
        id=str(document.text),
        text="",
        sentiment=Sentiment("negative", 0.8, 0.15, 0.05) if document.negative else _NEUTRAL,
        topics=[],
        entities=[Entity(company, company, "ORG", "watchlist")],
        novelty=Novelty(),
        model=_MODEL,
        origin=Origin("bench", 0, 0),
        published_at=at,
        received_at=at,
        scored_at=at,
        source="bench",
        story=f"{document.text % 2**64:016x}",
    )
    return Placed(int(document.second), scored)


def _second(placed: Placed) -> int:
    return placed.second
