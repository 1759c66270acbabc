"""A mapping proposed for records that nobody has described: by known shapes, names and contents."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from schemas.codec import InvalidRecord
from sources.mapping.mapper import CONSTANT, FIELDS, NOWHERE, FieldMapping, Mapper
from sources.mapping.shapes import SHAPES
from sources.mapping.survey import leaves, records_path
from sources.mapping.times import InvalidTime, parse_time, zone

# Times that have no zone can only be read as of some; whoever takes a proposal on sees this one.
ASSUMED_ZONE = "UTC"

# The last name of a path, in lower case without underscores, by which a field is known: the
# likelier come first.
_NAMES: Mapping[str, Sequence[str]] = {
    "id": ("id", "idstr", "guid", "uuid", "docid", "articleid", "newsid", "tweetid", "postid",
           "messageid", "key", "编号"),
    "title": ("title", "headline", "newstitle", "subject", "标题"),
    "text": ("text", "fulltext", "body", "content", "message", "selftext", "article", "story",
             "tweet", "post", "comment", "sentence", "description", "summary", "正文", "内容",
             "文本", "摘要"),
    "published_at": ("publishedat", "published", "createdat", "publishedutc", "createdutc",
                     "pubdate", "publishtime", "datetime", "timestamp", "created", "date", "time",
                     "updated", "ts", "发布时间", "时间", "日期"),
    "source": ("source", "publisher", "provider", "site", "domain", "subreddit", "channel", "来源"),
    "author": ("author", "username", "screenname", "user", "byline", "writer", "handle", "nickname",
               "作者", "昵称"),
    "url": ("url", "link", "articleurl", "permalink", "href", "链接"),
    "lang": ("lang", "language", "locale", "语言"),
    "entities": ("entities", "symbols", "symbol", "tickers", "ticker", "cashtags", "stocks",
                 "stock", "stockcode", "related", "股票", "代码", "股票代码"),
}  # fmt: skip

# `user_id` and `image_url` are of something else: as the id of a document, the first would make one
# of all that a user writes.
_ALONE = ("id", "url")
_WORD_ENDS = re.compile(r"[_\- ]+|(?<=[a-z])(?=[A-Z])")

# How many of the records must hold something for a field, and how many of these what fits it.
_MIN_SHARE = 0.5
_MIN_FIT = 0.8


class Proposal(NamedTuple):
    """A mapping, the name of the shape that it is of if any, and how many documents it gives."""

    mapping: FieldMapping
    shape: str | None
    documents: int


def propose(values: Sequence[Any]) -> Proposal:
    """The mapping that makes most of `values`, each a record's or a row's."""
    candidates = [Proposal(FieldMapping(), None, 0)]
    candidates += [
        Proposal(mapping, name, 0) for name, mapping in SHAPES.items() if _is_of(mapping, values)
    ]
    candidates.append(Proposal(_by_names(values, records_path(values)), None, 0))
    # An envelope says where the records are, not what is in them.
    envelopes = {name: mapping for name, mapping in SHAPES.items() if not mapping.fields}
    candidates += [
        Proposal(_by_names(values, mapping.records), name, 0) for name, mapping in envelopes.items()
    ]
    tried = [_tried(one, values) for one in candidates]
    # The first of the best: known shapes before guesses.
    return max(tried, key=lambda one: one[0])[1]


def _is_of(shape: FieldMapping, values: Sequence[Any]) -> bool:
    """Whether `values` hold, between them, most of what `shape` has a place for.

    One that shares a name or two with them would say that they came from where they did not.
    """
    mapper = Mapper(shape)
    found = {name for value in values for row in mapper.rows(value) for name in mapper.fields(row)}
    placed = {
        field for field, place in shape.fields.items() if place != NOWHERE and CONSTANT not in place
    }
    return len(placed & found) > len(placed) / 2 or not placed


def _tried(candidate: Proposal, values: Sequence[Any]) -> tuple[tuple[int, ...], Proposal]:
    mapping = _with_zone(candidate.mapping, values)
    mapper = Mapper(mapping)
    found = [document for value in values for document in documents(mapper, value)]
    filled = sum(
        getattr(one.document, field) is not None for one in found if one for field in FIELDS
    )
    noted = sum(len(one.notes) for one in found if one)
    count = sum(1 for one in found if one)
    length = sum(len(one.document.text) for one in found if one)
    return (count, filled, -noted, length), Proposal(mapping, candidate.shape, count)


def documents(mapper: Mapper, value: Any) -> Iterator[Any]:
    """The documents that `mapper` makes of `value`, None for each row that has none."""
    for row in mapper.rows(value):
        try:
            yield mapper.document(row)
        except InvalidRecord:
            yield None


def _with_zone(mapping: FieldMapping, values: Sequence[Any]) -> FieldMapping:
    mapper = Mapper(mapping)
    times = [
        time
        for value in values
        for row in mapper.rows(value)
        if isinstance(time := mapper.fields(row).get("published_at"), str)
    ]
    if not any(_is_time(time) for time in times):
        return mapping
    return replace(mapping, timezone=ASSUMED_ZONE)


def _by_names(values: Sequence[Any], records: str | None) -> FieldMapping:
    rows = [row for value in values for row in Mapper(FieldMapping(records=records)).rows(value)]
    held: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        for path, value in leaves(row):
            held[path].append(value)
    common = {path: found for path, found in held.items() if len(found) >= _MIN_SHARE * len(rows)}
    text = _named("text", common) or _longest(common) or _named("text", held) or _longest(held)
    # The id of a user is none of what the user writes: several documents would be one.
    around = {path: found for path, found in held.items() if (text or "").startswith(_parent(path))}
    places = {field: _named(field, common) or _named(field, held) for field in _NAMES}
    places |= {"text": text, "id": _named("id", around)}
    if places["title"] == text:
        places["title"] = None
    fields = {
        field: place or NOWHERE
        for field, place in places.items()
        # A name of ours that holds something else is left alone.
        if place or field in held
    }
    return FieldMapping(fields=fields, records=records)


def _named(field: str, held: Mapping[str, Sequence[Any]]) -> str | None:
    """The path, of those in `held` with what they hold, that is called as `field` often is."""
    fits, names = _FITS.get(field, _is_word), _NAMES[field]
    ranks = {
        path: (rank, len(path))
        for path, found in held.items()
        if (rank := _rank(path, names, field in _ALONE))
        and sum(map(fits, found)) >= _MIN_FIT * len(found)
    }
    return min(ranks, key=ranks.__getitem__, default=None)


def _longest(held: Mapping[str, Sequence[Any]]) -> str | None:
    """The path in `held` whose texts are the longest."""
    lengths = {path: length for path, found in held.items() if (length := _prose_length(found))}
    return max(lengths, key=lengths.__getitem__, default=None)


def _prose_length(found: Sequence[Any]) -> int:
    """How long the texts in `found` are; 0 if most are one word, or a time."""
    words = [one for one in found if isinstance(one, str) and (" " in one or not one.isascii())]
    texts = [one for one in words if not _is_time(one)]
    return sum(map(len, texts)) if len(texts) >= _MIN_SHARE * len(found) else 0


def _rank(path: str, names: Sequence[str], alone: bool) -> tuple[int, int] | None:
    """How likely the last name of `path` is one of `names`, least first; None if it is none.

    `post_title` and `postTitle` are a `title`, though less so than one that is called that `alone`.
    """
    words = _WORD_ENDS.split(path.rpartition(".")[2].removesuffix("[]"))
    ends = ["".join(words[number:]).lower() for number in range(1 if alone else len(words))]
    return next(
        ((number, names.index(end)) for number, end in enumerate(ends) if end in names), None
    )


def _parent(path: str) -> str:
    return "".join(path.rpartition(".")[:2])


def _is_word(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _is_prose(value: Any) -> bool:
    return isinstance(value, str)


def _is_names(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(one, str) for one in value)
    )


def _is_time(value: Any) -> bool:
    try:
        parse_time(value, zone(ASSUMED_ZONE))
    except InvalidTime:
        return False
    return True


_FITS: Mapping[str, Callable[[Any], bool]] = {
    "text": _is_prose,
    "title": _is_prose,
    "url": _is_prose,
    "lang": _is_prose,
    "published_at": _is_time,
    "entities": _is_names,
}
