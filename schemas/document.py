"""The document as it arrives."""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.times import Time

# A longer text is a file, not a post: one of them would hold up its whole batch in the tokenizer.
MAX_TEXT = 100_000
MAX_TITLE = 2_000
MAX_WORD = 256
MAX_LANG = 35
MAX_URL = 4_096
MAX_ENTITIES = 64

Text = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
Word = Annotated[str, Meta(min_length=1, max_length=MAX_WORD)]


class Document(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A news item or a post, read from any Kafka topic. Only `text` is needed.

    A missing `id` is derived from Kafka topic, partition and offset; a missing `published_at` is
    the Kafka timestamp, which is the time that counts. `arrived_at`, when whoever recorded it got
    the text, is for files: a replay of one goes by it, and nothing else reads it. `entities` are
    ids that the sender already knows the text to be about.
    """

    text: Text
    id: Word | None = None
    title: Annotated[str, Meta(max_length=MAX_TITLE)] | None = None
    published_at: Time | None = None
    arrived_at: Time | None = None
    source: Word | None = None
    lang: Annotated[str, Meta(max_length=MAX_LANG)] | None = None
    url: Annotated[str, Meta(max_length=MAX_URL)] | None = None
    author: Annotated[str, Meta(max_length=MAX_WORD)] | None = None
    entities: Annotated[list[Word], Meta(max_length=MAX_ENTITIES)] | None = None
