"""One valid record of each type."""

from datetime import UTC, datetime

import msgspec

from schemas import (
    Alert,
    Baseline,
    Correction,
    DeadLetterHeaders,
    Document,
    Entity,
    Evidence,
    GroupAlert,
    GroupMember,
    Model,
    Novelty,
    Origin,
    Place,
    ScoredDocument,
    Sentiment,
    SentimentWindow,
    TopicScore,
)

NOON = datetime(2026, 3, 17, 12, 0, tzinfo=UTC)

DOCUMENT = Document(
    text="Acme cuts its forecast. 下调全年指引。",
    id="n-1",
    title="Acme warns",
    published_at=NOON,
    source="wire",
    lang="en",
    url="https://example.org/n-1",
    author="Ann",
    entities=["acme"],
)

SCORED = ScoredDocument(
    id="n-1",
    text="Acme cuts its forecast.",
    sentiment=Sentiment("negative", 0.9, 0.08, 0.02),
    topics=[TopicScore("earnings", 0.8)],
    entities=[Entity("acme", "Acme", "ORG", "watchlist", 1, [Place("text", 0, 4)])],
    novelty=Novelty(2, "n-0"),
    model=Model("starter", "0123456789ab"),
    origin=Origin("news.raw.v1", 0, 7),
    published_at=NOON,
    arrived_at=NOON,
    received_at=NOON,
    scored_at=NOON,
    source="wire",
)

WINDOW = SentimentWindow(
    kind="entity",
    subject="acme",
    size="5m",
    start=NOON.replace(hour=11, minute=55),
    end=NOON,
    documents=8,
    negative=7,
    neutral=1,
    positive=0,
    sentiment=-0.71,
)

ALERT = Alert(
    id="0f" * 10,
    alert="1e" * 10,
    rule="negative-spike",
    transition="open",
    severity="warning",
    score=62,
    kind="entity",
    subject="acme",
    opened_at=NOON,
    at=NOON,
    window=WINDOW,
    distinct=7,
    baseline=Baseline(
        negative=0.1,
        share=0.12,
        documents=32.0,
        hours=8.0,
        count_p_value=1e-9,
        share_p_value=1e-4,
    ),
    documents=[
        Evidence(id="n-1", text="Acme warns", negative=0.9, published_at=NOON, source="wire")
    ],
)

GROUP_ALERT = GroupAlert(
    id="2d" * 10,
    alert="3c" * 10,
    rule="group",
    transition="open",
    severity="warning",
    score=62,
    kind="group",
    subject="companies",
    opened_at=NOON,
    at=NOON,
    first=NOON.replace(hour=11, minute=52),
    latest=NOON,
    companies=12,
    unresolved=11,
    members=[
        GroupMember(alert="1e" * 10, subject="acme", severity="warning", score=62, opened_at=NOON)
    ],
    documents=ALERT.documents,
)

DEAD_LETTER = DeadLetterHeaders(
    topic="news.raw.v1",
    partition=0,
    offset=7,
    stage="decode",
    error="not JSON",
    failed_at=NOON,
    timestamp=1_773_748_925_250,
    cut="value: the first 9 of 10 bytes kept",
)

CORRECTION = Correction(id="n-1", sentiment="neutral", topics=["earnings"])

RECORDS: tuple[msgspec.Struct, ...] = (
    DOCUMENT,
    SCORED,
    WINDOW,
    ALERT,
    GROUP_ALERT,
    CORRECTION,
    DEAD_LETTER,
)
