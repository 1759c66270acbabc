"""Ready-made mappings of records that many senders write alike."""

from collections.abc import Mapping

from sources.mapping.mapper import FieldMapping

SHAPES: Mapping[str, FieldMapping] = {
    "twitter-v1": FieldMapping(
        fields={
            "id": "id_str|id",
            # Of a retweet the text that it repeats: its own is cut off.
            "text": [
                "retweeted_status.extended_tweet.full_text",
                "retweeted_status.full_text",
                "retweeted_status.text",
                "extended_tweet.full_text",
                "full_text",
                "text",
            ],
            "title": "-",
            "published_at": "created_at",
            "author": "user.screen_name",
            "entities": "extended_tweet.entities.symbols[].text|entities.symbols[].text",
            "source": "=twitter",
            "url": "-",
        },
        records="statuses",
    ),
    "twitter-v2": FieldMapping(
        fields={
            "text": "note_tweet.text|text",
            "title": "-",
            "published_at": "created_at",
            "author": "author_id",
            "entities": "note_tweet.entities.cashtags[].tag|entities.cashtags[].tag",
            "source": "=twitter",
            "url": "-",
        },
        records="data",
    ),
    "stocktwits": FieldMapping(
        fields={
            "text": "body",
            "title": "-",
            "published_at": "created_at",
            "author": "user.username",
            "entities": "symbols[].symbol",
            "source": "=stocktwits",
            "url": "-",
        },
        records="messages",
    ),
    "reddit": FieldMapping(
        fields={
            "id": "name|id",
            "text": "selftext|body",
            "published_at": "created_utc",
            "source": "subreddit_name_prefixed|subreddit",
            "entities": "-",
        },
        records="data.children[].data|data",
    ),
    "newsapi": FieldMapping(
        fields={
            "id": "url",
            "text": "content|description",
            "published_at": "publishedAt",
            "source": "source.name|source.id",
            "entities": "-",
        },
        records="articles",
    ),
    "benzinga": FieldMapping(
        fields={
            "title": "headline|title",
            "text": "content|body|summary|teaser",
            "published_at": "created_at|created",
            "entities": "symbols|stocks[].name",
            "source": "source|=benzinga",
        },
        records="news",
    ),
    "polygon": FieldMapping(
        fields={
            "text": "description",
            "published_at": "published_utc",
            "source": "publisher.name",
            "url": "article_url",
            "entities": "tickers",
        },
        records="results",
    ),
    "finnhub": FieldMapping(
        fields={
            "title": "headline",
            "text": "summary",
            "published_at": "datetime",
            "entities": "related",
        },
        records="data",
    ),
    "rss": FieldMapping(
        fields={
            "id": "guid.#text|guid|id|link",
            "text": "content:encoded|content[0].value|content|description|summary",
            "published_at": "pubDate|published|updated|dc:date",
            "url": "link",
            "author": "author|dc:creator",
            "entities": "-",
        },
        records="rss.channel.item|channel.item|entries|items",
    ),
    "debezium": FieldMapping(records="payload.after|after"),
    "connect": FieldMapping(records="payload"),
}
