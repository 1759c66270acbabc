"""The samples in `tests/feeds`, and what becomes of them; what is odd in each: README.md there."""

from typing import NamedTuple

from sources.mapping.mapper import FieldMapping, merged
from sources.mapping.shapes import SHAPES


class Feed(NamedTuple):
    """A sample: its file, the shape that it has if any, and what becomes of its rows."""

    file: str
    shape: str | None
    documents: int
    # Rows that have no document; why, the lines below say.
    without: int
    noted: int
    own: FieldMapping = FieldMapping()

    @property
    def mapping(self) -> FieldMapping:
        return merged(SHAPES[self.shape], self.own) if self.shape else self.own


WIRE = FieldMapping(
    {
        "id": "uid",
        "title": "headline",
        "text": "body",
        "published_at": "created",
        "entities": "tickers",
    }
)
FORUM = FieldMapping(
    {
        "id": "post_id",
        "title": "post_title",
        "text": "post_content",
        "published_at": "post_publish_time",
        "author": "post_user.user_nickname",
        "source": "post_guba.stockbar_name",
        "entities": "post_guba.stockbar_code",
    },
    timezone="Asia/Shanghai",
    lang="zh",
)
HEADLINES = FieldMapping(
    {"text": "headline", "published_at": "date", "source": "publisher", "entities": "stock"},
    timezone="America/New_York",
)
SENTENCES = FieldMapping({"text": "sentence"})
SCORED_SENTENCES = FieldMapping({"text": "sentence", "entities": "info[].target"})

FEEDS = [
    # A deletion, a limit, a place that was taken back, a tweet that was withheld.
    Feed("twitter-v1.jsonl", "twitter-v1", 17, 4, 0),
    # A page that says it has nothing, a disconnection.
    Feed("twitter-v2.jsonl", "twitter-v2", 16, 2, 0),
    # A chart without a word, a limit.
    Feed("stocktwits.jsonl", "stocktwits", 15, 2, 1),
    # Two posts and two comments that were taken down, a link to more comments, a limit.
    Feed("reddit-listing.jsonl", "reddit", 15, 6, 1),
    # A post and two comments that were taken down, an empty comment.
    Feed("reddit-dump.jsonl", "reddit", 13, 4, 0),
    # A removed article, a limit.
    Feed("newsapi.jsonl", "newsapi", 13, 2, 2),
    # Two messages of the connection, a refusal.
    Feed("benzinga.jsonl", "benzinga", 15, 3, 1),
    # A limit, a refusal.
    Feed("polygon.jsonl", "polygon", 15, 2, 2),
    # A ping, two errors, one with neither headline nor summary.
    Feed("finnhub.jsonl", "finnhub", 14, 4, 2),
    # An entry of nothing.
    Feed("rss-feedparser.jsonl", "rss", 14, 1, 2),
    # A channel without items, an item of nothing.
    Feed("rss-xml.jsonl", "rss", 15, 2, 1),
    # Two without a headline.
    Feed("kaggle-headlines.csv", None, 14, 2, 2, HEADLINES),
    # One without a sentence.
    Feed("phrasebank.csv", None, 15, 1, 0, SENTENCES),
    # One without a sentence.
    Feed("fiqa.json", None, 14, 1, 0, SCORED_SENTENCES),
    # One that says null twice.
    Feed("chinese-forum.jsonl", None, 15, 1, 3, FORUM),
    # Three tombstones, a row of nulls.
    Feed("connect.jsonl", "connect", 14, 4, 2, WIRE),
    # Three deletions, a tombstone, a row of nulls, a truncation, a transaction, a heartbeat.
    Feed("debezium.jsonl", "debezium", 14, 8, 1),
]
