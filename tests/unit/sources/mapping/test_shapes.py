"""Feeds as they come, by the mappings that are ready for them, and by those that are proposed.

tests/feeds/README.md says what is odd in each.
"""

import csv
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from schemas.document import Document
from sources.mapping.mapper import FieldMapping, Mapper
from sources.mapping.proposal import documents, propose
from sources.mapping.repair import ReadDocument
from sources.mapping.shapes import SHAPES
from tests.commands import ROOT
from tests.feed_samples import FEEDS, Feed

BY_FILE = {feed.file: feed for feed in FEEDS}

over_feeds = pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.file)


def read(file: str) -> list[Any]:
    """The values in a sample; of an object of rows these, each with its key as id."""
    text = (ROOT / "tests/feeds" / file).read_text("utf-8")
    if file.endswith(".csv"):
        return list(csv.DictReader(text.splitlines(keepends=True)))
    if file.endswith(".json"):
        return [{"id": key, **row} for key, row in json.loads(text).items()]
    return [json.loads(line) for line in text.split("\n") if line]


def found(mapping: FieldMapping, values: Sequence[Any]) -> list[ReadDocument | None]:
    """Of each row its document, if it has one."""
    mapper = Mapper(mapping)
    return [one for value in values for one in documents(mapper, value)]


def document(file: str, beginning: str) -> Document:
    """The document of a sample that has `beginning` as that of its title, or else of its text."""
    read_documents = [one.document for one in found(BY_FILE[file].mapping, read(file)) if one]
    return next(d for d in read_documents if (d.title or d.text).startswith(beginning))


@over_feeds
def test_each_row_of_a_feed_gives_its_document_or_has_none(feed: Feed) -> None:
    rows = found(feed.mapping, read(feed.file))

    given = [row for row in rows if row]
    noted = [row for row in given if row.notes]
    assert len(rows) >= 15
    assert (len(given), rows.count(None), len(noted)) == (
        feed.documents,
        feed.without,
        feed.noted,
    )


@over_feeds
def test_what_is_proposed_for_a_feed_gives_the_same_texts(feed: Feed) -> None:
    values = read(feed.file)

    proposal = propose(values)

    assert texts(proposal.mapping, values) == texts(feed.mapping, values)
    assert (proposal.shape, proposal.documents) == (feed.shape, feed.documents)


def texts(mapping: FieldMapping, values: Sequence[Any]) -> list[str | None]:
    """Of each row the text that its document has, if it has one."""
    return [one and one.document.text for one in found(mapping, values)]


@pytest.mark.parametrize(
    ("file", "beginning", "fields"),
    [
        ("twitter-v2.jsonl", "A thread in one post.", {"entities": ["ORV", "LTGB", "KVR"]}),
        ("stocktwits.jsonl", "symbols are null", {"entities": None, "author": "trader8"}),
        ("reddit-listing.jsonl", "Sold everything", {"text": "Sold everything", "author": None}),
        (
            "reddit-listing.jsonl",
            "Crossposted: the bear case",
            {"text": "Orders are down by a fifth, and nobody asks where the cash went."},
        ),
        ("reddit-listing.jsonl", "They never beat.", {"id": "t1_c005", "title": None}),
        ("reddit-dump.jsonl", "This is the way", {"published_at": "2026-11-25T18:44:33Z"}),
        (
            "newsapi.jsonl",
            "Orvane cuts its outlook",
            {"text": "Orvane expects a fifth fewer orders this year and puts its dividend under"
                     " review."},
        ),
        ("newsapi.jsonl", "Tessaly Motors", {"source": "velmora-wire", "title": None}),
        ("benzinga.jsonl", "Kelvarra To Resume", {"id": "24843177", "entities": ["KVR"]}),
        (
            "benzinga.jsonl",
            "Brennick Foods Recalls Soup",
            {"text": "Recall costs 3 million.", "entities": ["BRNK"],
             "published_at": "2026-11-25T18:10:28Z", "source": "benzinga"},
        ),
        ("polygon.jsonl", "An address too long", {"url": None, "source": "Velmora Wire"}),
        ("polygon.jsonl", "With a zone", {"published_at": "2026-11-25T18:44:28Z"}),
        ("finnhub.jsonl", "Lanting Bank and Orvane", {"entities": ["LTGB", "ORV"]}),
        ("finnhub.jsonl", "Kelvarra buybacks", {"published_at": "2026-11-25T18:50:28Z"}),
        ("rss-feedparser.jsonl", "Content is empty", {"text": "The summary."}),
        ("rss-feedparser.jsonl", "An empty content", {"text": "An empty content", "title": None}),
        ("rss-feedparser.jsonl", "Two authors", {"author": "Ada, Bo"}),
        ("rss-feedparser.jsonl", "Eastern time", {"published_at": "2026-11-25T18:44:28Z"}),
        ("rss-xml.jsonl", "Kelvarra publishes its results", {"id": "press-1"}),
        (
            "rss-xml.jsonl",
            "An Atom entry",
            {"text": "Its summary has attributes.", "author": "Press office",
             "url": "https://kelvarra.example/atom/9"},
        ),
        ("kaggle-headlines.csv", "Lanting Bank Q3", {"published_at": "2026-11-25T05:00:00Z"}),
        (
            "kaggle-headlines.csv",
            "Brennick Foods",
            {"text": "Brennick Foods Recalls Soup;\nShares Slip", "published_at": None},
        ),
        ("fiqa.json", "Kelvarra cleared", {"id": "2", "entities": ["Kelvarra", "Orvane"]}),
        ("chinese-forum.jsonl", "转发", {"published_at": "2026-11-25T10:44:00Z", "title": None}),
        ("chinese-forum.jsonl", "代码是列表", {"entities": ["600987", "601555"]}),
        ("connect.jsonl", "Microseconds", {"published_at": "2026-11-25T18:44:28.000009Z"}),
        ("debezium.jsonl", "The long text did not change", {"title": None}),
        ("debezium.jsonl", "Kelvarra rises", {"text": "The inquiry is closed.", "source": "desk"}),
    ],
)  # fmt: skip
def test_what_is_odd_in_a_feed_is_read_as_it_is_meant(
    file: str, beginning: str, fields: dict[str, Any]
) -> None:
    one = document(file, beginning)

    assert {name: getattr(one, name) for name in fields} == {
        name: datetime.fromisoformat(value) if value and name == "published_at" else value
        for name, value in fields.items()
    }


def test_a_retweet_has_the_whole_text_and_all_symbols_of_what_it_repeats() -> None:
    mapping, values = SHAPES["twitter-v1"], read("twitter-v1.jsonl")
    by_id = {one.document.id: one.document for one in found(mapping, values) if one}

    original, retweet = by_id["1330000000000000003"], by_id["1330000000000000004"]

    assert (retweet.text, retweet.entities) == (original.text, ["ORV", "LTGB"])
    assert retweet.text.endswith("The board meets on Friday. $ORV $LTGB")
    assert (retweet.author, original.author) == ("bo_retweets", "wire_desk")
