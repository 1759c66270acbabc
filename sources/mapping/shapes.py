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
            "entities": [
                "retweeted_status.extended_tweet.entities.symbols[].text",
                "retweeted_status.entities.symbols[].text",
                "extended_tweet.entities.symbols[].text",
                "entities.symbols[].text",
            ],
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
            # A crosspost has the text of the post that it repeats.
            "text": "selftext|body|crosspost_parent_list[0].selftext",
            "published_at": "created_utc",
            "source": "subreddit_name_prefixed|subreddit",
            "entities": "-",
        },
        records="data.children[].data|data",
    ),
    "newsapi": FieldMapping(
        fields={
            "id": "url",
            # The content ends after 200 characters, with `[+2431 chars]`.
            "text": "description|content",
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
    # As feedparser gives a feed, or as its XML is in JSON: there an element with attributes is an
    # object with a `#text`.
    "rss": FieldMapping(
        fields={
            "id": "guid.#text|guid|id|link",
            "title": "title.#text|title",
            "text": [
                "content:encoded",
                "content[0].value",
                "content.#text",
                "content",
                "description.#text",
                "description",
                "summary.#text",
                "summary",
            ],
            "published_at": "pubDate|published|updated|dc:date",
            "url": "link.@href|link[0].@href|link",
            "author": "author.name|author|authors[].name|dc:creator",
            "entities": "-",
        },
        records="rss.channel.item|channel.item|feed.entry|entries|items",
    ),
    "debezium": FieldMapping(records="payload.after|after"),
    "connect": FieldMapping(records="payload"),
}
