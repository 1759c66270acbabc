"""Files of scored records: the tweets of 2014, and a week in which 500 companies are spoken of."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import orjson
from msgspec.structs import replace

from bundle.text import fingerprint
from schemas.codec import encode
from schemas.scored import (
    LABELS,
    Entity,
    Label,
    Novelty,
    Origin,
    ScoredDocument,
    Sentiment,
    TopicScore,
)
from tests.bench.detection.stocknet import DATA
from tests.records import SCORED

_FOLDER = DATA / "stocknet"

_WEEK = 7 * 86_400
_MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
_COMPANIES, _TOPICS = 500, 20
# Few companies are spoken of much: a Pareto distribution of this shape.
_SHAPE = 0.7
_NEGATIVE = 0.2
_WORDS = ("profit", "warns", "beats", "raises", "cuts", "dividend", "recall", "plant", "court")


def write_log(path: Path, documents: Iterator[ScoredDocument]) -> int:
    """Write `documents` as JSON lines; gives how many there are."""
    with path.open("wb") as file:
        return sum(bool(file.write(encode(one) + b"\n")) for one in documents)


def tweets() -> Iterator[ScoredDocument]:
    """The tweets of 2014 about 88 companies, as the bundle `desk` scores them."""
    with (_FOLDER / "scores_2014.csv").open(encoding="utf-8", newline="") as file:
        scores = {row["id"]: row for row in csv.DictReader(file)}
    seen: dict[str, int] = {}
    lines = (_FOLDER / "tweets_2014.jsonl").read_bytes().splitlines()
    for offset, line in enumerate(lines):
        tweet = orjson.loads(line)
        row = scores[tweet["id"]]
        scored = _scored(
            offset, datetime.fromisoformat(tweet["ts"]), tweet["text"], tweet["stocks"]
        )
        topic = TopicScore(row["topic"].lower(), float(row["topic_probability"]))
        story = str(scored.story)
        yield replace(
            scored, id=tweet["id"], topics=[topic], sentiment=_sentiment(row),
            novelty=Novelty(seen.get(story, 0)),
        )  # fmt: skip
        seen[story] = seen.get(story, 0) + 1


def week(count: int) -> Iterator[ScoredDocument]:
    """A week of `count` documents, each about one company or two of 500."""
    rng, second = Random(count), 0.0
    for offset in range(count):
        second += rng.expovariate(count / _WEEK)
        names = [f"company-{int(rng.paretovariate(_SHAPE)) % _COMPANIES}" for _ in range(2)]
        text = " ".join([*names, *rng.choices(_WORDS, k=14)])
        at = _MONDAY + timedelta(milliseconds=int(1_000 * second))
        scored = _scored(offset, at, text, dict.fromkeys(names[: 1 + (rng.random() < _NEGATIVE)]))
        negative = 0.9 if rng.random() < _NEGATIVE else 0.05
        label: Label = "negative" if negative > 0.5 else "neutral"
        yield replace(
            scored,
            topics=[TopicScore(f"topic-{rng.randrange(_TOPICS)}", 0.9)],
            sentiment=Sentiment(label, negative, 1 - negative, 0.0),
        )


def _scored(
    offset: int, at: datetime, text: str, companies: "list[str] | dict[str, None]"
) -> ScoredDocument:
    entities = [Entity(name, name, "ORG", "watchlist", 1) for name in companies]
    return replace(
        SCORED,
        id=str(offset),
        text=text,
        story=f"{fingerprint(text):016x}",
        entities=entities,
        novelty=Novelty(),
        origin=Origin("social.raw.v1", 0, offset),
        published_at=at,
        arrived_at=at,
        received_at=at,
        scored_at=at,
    )


def _sentiment(row: dict[str, str]) -> Sentiment:
    chances = [float(row[label]) for label in LABELS]
    return Sentiment(LABELS[chances.index(max(chances))], *chances)
