"""The scored document: what the model and the watch list say of one document."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.times import Time

Label = Literal["negative", "neutral", "positive"]
LABELS: tuple[Label, ...] = ("negative", "neutral", "positive")

Probability = Annotated[float, Meta(ge=0.0, le=1.0)]
Count = Annotated[int, Meta(ge=0)]
Story = Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]


class Sentiment(Struct, frozen=True):
    """Class probabilities, which sum to 1, and the likeliest class."""

    label: Label
    negative: Probability
    neutral: Probability
    positive: Probability


class TopicScore(Struct, frozen=True):
    """A topic the document is about."""

    id: str
    probability: Probability


class Place(Struct, frozen=True):
    """Where an entity is named: Unicode code points `start` to `end` (exclusive) of `field`."""

    field: Literal["title", "text"]
    start: Count
    end: Count


class Entity(Struct, frozen=True, omit_defaults=True):
    """A company, person or place; a document has one of each `id` and `origin`.

    `mentions` is how often title and text name it, `places` where they do first. Both are absent
    for an entity that the sender named (`origin` given), and in records of older versions.
    """

    id: str
    name: str
    type: Literal["PER", "LOC", "ORG"]
    origin: Literal["watchlist", "model", "given"]
    mentions: Count = 0
    places: list[Place] = []


class Novelty(Struct, frozen=True):
    """How often near the same text came before, and the id of the first; 0 and none when new."""

    seen: Count = 0
    first: str | None = None


class Mould(Struct, frozen=True):
    """A kind of text that is told of one company after the other: a notice, an automatic brief.

    `id` is the same for all texts of it. `seen` is how many other companies, or others that it may
    be about, it was told of before: 8 at most.
    """

    id: Story
    seen: Annotated[int, Meta(ge=1)]


class Model(Struct, frozen=True):
    """The bundle that gave the probabilities."""

    name: str
    version: str


class Origin(Struct, frozen=True, omit_defaults=True):
    """The Kafka record the document came in.

    `schema_id` is the id, in the schema registry, of the schema that it was written with.
    """

    topic: str
    partition: Count
    offset: Count
    schema_id: Count | None = None


class ScoredDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A document with its scores and its times.

    `arrived_at` is the Kafka timestamp of its record, at the latest the time at which a worker read
    it: the time that counts in windows and alerts. `published_at` is what the sender claims, else
    the same. A document that was older than the setting `stale` when it arrived is marked so, and
    is in no window and no judgement. `notes` say which fields were cut or left out, and why, and
    whose id another document has, too. `lang` is what the document says, else `en` or `zh` where
    its text shows that. `story` is the same for all copies of a text. `watchlist` is the version of
    the watch list that the text was read with, if there is one. `mould` is absent where nothing of
    the kind came about another company before. Records of older versions have no `arrived_at`, no
    `story` and no `mould`.
    """

    id: str
    text: str
    sentiment: Sentiment
    topics: list[TopicScore]
    entities: list[Entity]
    novelty: Novelty
    model: Model
    origin: Origin
    published_at: Time
    received_at: Time
    scored_at: Time
    source: str
    arrived_at: Time | None = None
    stale: bool = False
    title: str | None = None
    lang: str | None = None
    url: str | None = None
    author: str | None = None
    story: Story | None = None
    mould: Mould | None = None
    notes: list[str] = []
    watchlist: str | None = None

    @property
    def event_time(self) -> datetime:
        """The time that counts: when it arrived, or was received, where nothing says when."""
        return self.arrived_at or self.received_at
