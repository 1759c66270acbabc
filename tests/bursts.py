"""Scored records of half a day about one company, or eighty, which then turn negative."""

from datetime import datetime, timedelta
from random import Random

from msgspec.structs import replace

from schemas import Origin, ScoredDocument, Sentiment
from schemas.scored import Entity
from tests.records import NOON, SCORED


def scored_burst() -> list[ScoredDocument]:
    """One every ten minutes until noon, then thirty negative ones, each with its offset."""
    quiet = [NOON - timedelta(minutes=720 - 10 * n) for n in range(72)]
    burst = [NOON + timedelta(seconds=10 * n) for n in range(30)]
    calm, bad = Sentiment("neutral", 0.1, 0.9, 0.0), Sentiment("negative", 0.9, 0.1, 0.0)
    return [
        *(_scored(at, offset, calm) for offset, at in enumerate(quiet)),
        *(_scored(at, offset, bad) for offset, at in enumerate(burst, len(quiet))),
    ]


def scored_market(companies: int = 80) -> list[ScoredDocument]:
    """Some of each company until noon, then ten negative ones of each within ten minutes.

    Four hours later the first has news of its own.
    """
    calm, bad = Sentiment("neutral", 0.1, 0.9, 0.0), Sentiment("negative", 0.9, 0.1, 0.0)
    rng = Random(3)
    times = [(NOON + timedelta(hours=4, seconds=20 * n), "company-00", bad) for n in range(15)]
    for name in (f"company-{number:02}" for number in range(companies)):
        quiet = [NOON - timedelta(minutes=rng.uniform(0, 720)) for _ in range(20)]
        burst = [NOON + timedelta(seconds=rng.uniform(0, 600)) for _ in range(10)]
        times += [(at, name, calm) for at in quiet] + [(at, name, bad) for at in burst]
    times.sort(key=lambda one: one[:2])
    return [
        replace(
            _scored(at, offset, sentiment),
            topics=[],
            entities=[Entity(name, name, "ORG", "watchlist")],
        )
        for offset, (at, name, sentiment) in enumerate(times)
    ]


def _scored(at: datetime, offset: int, sentiment: Sentiment) -> ScoredDocument:
    return replace(
        SCORED,
        id=f"n-{offset}",
        text=f"Acme halts line {offset}",
        story=f"{offset:016x}",
        sentiment=sentiment,
        origin=Origin("news.raw.v1", 0, offset),
        published_at=at,
        arrived_at=at,
    )
