"""The sentiment window: one key over one span of event time."""

from typing import Literal

from msgspec import Struct

from schemas.scored import Count
from schemas.times import Time

Kind = Literal["entity", "topic", "source", "all"]
# Windows are emitted of 5m, 1h and 24h; an alert may be about any.
Size = Literal["2m", "5m", "15m", "1h", "4h", "24h", "72h"]


class SentimentWindow(Struct, frozen=True, kw_only=True):
    """What was said of one key in event time, from `start` on and before `end`.

    `sentiment` is the mean of positive minus negative probability, from -1 to 1. A window that is
    emitted again, after a failure, has the same Kafka key and the same content.
    """

    kind: Kind
    subject: str
    size: Size
    start: Time
    end: Time
    documents: Count
    negative: Count
    neutral: Count
    positive: Count
    sentiment: float

    @property
    def key(self) -> str:
        """The Kafka key: one per window, so that compaction keeps its last revision."""
        return f"{self.kind}:{self.subject}|{self.size}|{int(self.end.timestamp())}"
