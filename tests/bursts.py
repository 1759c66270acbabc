"""Scored records of half a day about one company, which then turns negative for five minutes."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from schemas import Origin, ScoredDocument, Sentiment
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
