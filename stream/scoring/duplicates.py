"""Near-duplicates, and texts of one mould: met by any worker.

A text is a set of shingles, kept as its smallest hashes; how alike two texts are is the share of
shingles they have in common. Redis holds the firsts of the last hours; one script call looks a
whole batch up and registers what is new, so that of two workers with the same text one is first.
Where its words are those of no earlier one, but for names and numbers, a first begins a mould, too:
with it is kept what others of the mould are about.
"""

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from struct import pack
from typing import Any, NamedTuple
from zlib import crc32

from msgspec import Struct, msgpack
from msgspec.structs import replace
from redis.asyncio import Redis

from schemas.scored import Mould
from stream.scoring.duplicates_log import DuplicatesLog
from stream.scoring.hashing import bands, mixed, word_hash
from stream.scoring.moulds import MouldSketch
from stream.watchlist.words.word_breaks import UNSPACED

# One changed word in a headline of twenty can turn its meaning round, and leaves 0.83 of the
# shingles in common. At 0.9 a change of one word makes a copy only from 37 words on.
MIN_SIMILARITY = 0.9
# A word put into a text of n shingles takes one away and adds two: (n - 1) / (n + 2) in common,
# under 0.9 below this length. Copies of a shorter text have the same shingles.
_MIN_BANDED_HASHES = 28

_MAX_HASHES = 64
_BANDS = 4
_ROWS = 2
_FINDER_BYTES = 8
_STORY_BYTES = 8
# Else a sender might choose an id that is found as the text of another document is.
_BY_ID = b"id"

# A number with its sign and its decimals, or a word; a character of a script without spaces; an
# emoticon; an emoji. Other punctuation says nothing.
_TOKEN = re.compile(
    rf"(?:[+\-](?=\d))?[^\W_{UNSPACED}]+(?:[.,]\d+)*"
    rf"|[{UNSPACED}]"
    r"|[:;=][-']?[()]"
    "|[\u2190-\u2bff\U0001f000-\U0001faff]"
)

# Firms and robots change a word or two of a dozen. Of headlines that are no mould fewer are common.
MIN_MOULD_SIMILARITY = 0.6
# Who asks whether a mould is worn out needs no more.
MAX_SUBJECTS = 8
_NO_MOULD = (b"", b"", b"")

# Stands before the first word and behind the last, so that a word put there is a change too.
_EDGE = 0x9E3779B9
# Odd, so that the order of two words counts.
_LEFT = 0x9E3779B1

# Documents in one script call: more would block Redis for over 20 ms on a slow core.
_MAX_CALL = 64
# Firsts in one list, which is dropped as a whole.
_PAGE = 64
# Longest id of a first, and of all that is kept of it but its mould, in bytes: a sender must not
# fill Redis.
_MAX_ID = 128
_MAX_FIRST = 300

_SCRIPTS = Path(__file__).parent


class Sketch(Struct, frozen=True):
    """The smallest shingle hashes of a text, ascending; bands that near texts are likely to share.

    A text with nothing to read has no hashes and is a copy of nothing. A short text has no bands.
    Texts of the same `digest` read alike to a model, to the letter; those of the same `story` have
    the same words.
    """

    hashes: tuple[int, ...]
    bands: tuple[str, ...]
    digest: bytes
    story: bytes


class DuplicateQuery(Struct, frozen=True):
    """A document to look up. `source` is its Kafka topic and partition, in which `offset` grows.

    `at` is its event time in milliseconds from the epoch.
    """

    id: str
    sketch: Sketch
    source: str
    offset: int
    at: int = 0
    mould: MouldSketch | None = None


class Copy(Struct, frozen=True):
    """Whose copy a document is, how often near the same text came before, the first's story.

    `scores` are those of the first, none while nobody has remembered them. `same_id` is where
    another document with the same id came from, if one is known: topic/partition/offset. `mould` is
    its mould, if that came with something else before.
    """

    first: str
    seen: int
    story: bytes
    scores: bytes | None = None
    same_id: str | None = None
    mould: Mould | None = None


def sketch(text: str) -> Sketch:
    """The sketch of a clean text, whatever its case."""
    folded = text.casefold()
    # A text of nothing but punctuation is its own only word.
    tokens = _TOKEN.findall(folded) or ([folded] if folded else [])
    hashes = tuple(sorted(_shingles(tokens))[:_MAX_HASHES])
    near = bands(hashes, _BANDS, _ROWS) if len(hashes) >= _MIN_BANDED_HASHES else ()
    return Sketch(
        hashes,
        near,
        digest=blake2b(text.encode(), digest_size=16).digest(),
        story=blake2b(" ".join(tokens).encode(), digest_size=_STORY_BYTES).digest(),
    )


def similarity(one: Sketch, other: Sketch) -> float:
    """The share of shingles in common, 0 to 1; exact while both texts have fewer than 64."""
    full = _MAX_HASHES in (len(one.hashes), len(other.hashes))
    union = sorted({*one.hashes, *other.hashes})[: _MAX_HASHES if full else None]
    common = set(one.hashes).intersection(other.hashes, union)
    return len(common) / len(union) if union else 0.0


class First(Struct, frozen=True):
    """A document that is no copy; its number among the firsts, none when it is not remembered.

    `same_id` and `mould` are those of `Copy`.
    """

    number: int | None
    same_id: str | None = None
    mould: Mould | None = None


class Remembered(NamedTuple):
    """The scores of the first of that number and origin, for its copies to come."""

    number: int
    source: str
    offset: int
    scores: bytes


class Duplicates:
    """The texts of the last `ttl_seconds`, `capacity` firsts at most, in Redis under `prefix`.

    All keys have one hash tag: a script call may touch each of them, also on a Redis cluster.
    """

    def __init__(self, redis: Redis, prefix: str, ttl_seconds: int, capacity: int) -> None:
        self._prefix = f"{prefix}:{{near}}"
        self._ttl = ttl_seconds
        self._capacity = -(-capacity // _PAGE) * _PAGE
        self._log = DuplicatesLog(capacity)
        self._look_up = redis.register_script((_SCRIPTS / "duplicates.lua").read_text("utf-8"))
        self._remember = redis.register_script((_SCRIPTS / "remember.lua").read_text("utf-8"))
        self._forget = redis.register_script((_SCRIPTS / "forget.lua").read_text("utf-8"))

    async def look_up(self, documents: Sequence[DuplicateQuery]) -> list[Copy | First]:
        """For each document whose copy it is, or that it is a first, which is registered.

        Documents are taken in order, so a copy of an earlier one of the batch is found. Whatever
        is looked up twice is counted once, as long as each source comes in order of offset. A
        document is known by its source and offset, and by no id that a sender gave it.
        """
        readable = [document for document in documents if document.sketch.hashes]
        found: list[Copy | First] = []
        for start in range(0, len(readable), _MAX_CALL):
            found += await self._look_up_part(readable[start : start + _MAX_CALL])
        self._log.tell()
        each = iter(found)
        return [next(each) if document.sketch.hashes else First(None) for document in documents]

    async def remember(self, scores: Sequence[Remembered]) -> None:
        """Keep the scores of firsts for their copies to come; none that are too long."""
        kept = [one for one in scores if len(one.scores) <= _MAX_FIRST]
        for start in range(0, len(kept), _MAX_CALL):
            rows: Iterable[Any] = chain.from_iterable(
                (one.number, _hash(one.source), one.offset, one.scores)
                for one in kept[start : start + _MAX_CALL]
            )
            await self._remember([self._prefix], [_MAX_FIRST, *rows])

    async def forget(self, ids: Sequence[str]) -> int:
        """Forget the firsts with these ids: no later document is a copy of them. How many."""
        rows = [(one, _id_finder(one)) for one in ids if _may_be_kept(one)]
        forgotten = 0
        for start in range(0, len(rows), _MAX_CALL):
            part: Iterable[Any] = chain.from_iterable(rows[start : start + _MAX_CALL])
            arguments, are_left = [self._capacity, *part], 1
            while are_left:
                count, are_left = await self._forget([self._prefix], arguments)
                forgotten += count
        return forgotten

    async def _look_up_part(self, documents: Sequence[DuplicateQuery]) -> list[Copy | First]:
        limits = (
            self._ttl,
            MIN_SIMILARITY,
            _MAX_HASHES,
            self._capacity,
            MIN_MOULD_SIMILARITY,
            MAX_SUBJECTS,
        )
        names = {_hash(document.source): document.source for document in documents}
        sources = msgpack.encode(list(chain.from_iterable(names.items())))
        rows: Iterable[Any] = chain.from_iterable(map(_row, documents))
        dropped, answers, moulds = await self._look_up([self._prefix], [*limits, sources, *rows])
        self._log.add_dropped(dropped)
        found = [_found(*one) if isinstance(one, list) else First(one) for one in answers]
        for place, story, seen in moulds:
            found[place] = replace(found[place], mould=Mould(story.hex(), seen))
        self._log.add_same_ids(
            document.source.rpartition("/")[0]
            for document, one in zip(documents, found, strict=True)
            if one.same_id
        )
        return found


def _shingles(tokens: Iterable[str]) -> set[int]:
    words = [word_hash(token) for token in tokens]
    if not words:
        return set()
    return {
        mixed(left * _LEFT + right)
        for left, right in zip([_EDGE, *words], [*words, _EDGE], strict=True)
    }


def _may_be_kept(document_id: str) -> bool:
    return len(document_id.encode()) <= _MAX_ID


def _id_finder(document_id: str) -> bytes:
    return blake2b(document_id.encode(), digest_size=_FINDER_BYTES, person=_BY_ID).digest()


def _hash(source: str) -> int:
    return crc32(source.encode())


def _row(document: DuplicateQuery) -> tuple[str | int | bytes, ...]:
    hashes, near, story = document.sketch.hashes, document.sketch.bands, document.sketch.story
    # A text without bands has only copies of the same shingles.
    by = [band.encode() for band in near] or [pack(f">{len(hashes)}I", *hashes)]
    finders = b"".join(blake2b(one, digest_size=_FINDER_BYTES).digest() for one in by)
    kept = _packed(hashes) if near else b""
    mould = _mould_row(document.mould) if document.mould else _NO_MOULD
    # A long id would break the bound of memory: such a document finds its first and is none.
    name = document.id if _may_be_kept(document.id) else ""
    source, by_id = _hash(document.source), _id_finder(name)
    return name, source, document.offset, document.at, kept, story, finders, by_id, *mould


def _mould_row(mould: MouldSketch) -> tuple[bytes, bytes, bytes]:
    finder = blake2b(mould.band.encode(), digest_size=_FINDER_BYTES).digest()
    return _packed(mould.hashes), finder, pack(">I", mould.subject) if mould.subject else b""


def _packed(hashes: Sequence[int]) -> bytes:
    return pack(f">{len(hashes)}H", *(value >> 16 for value in hashes))


def _found(namesake: tuple[bytes, int] | None, *rest: Any) -> Copy | First:
    same_id = f"{namesake[0].decode()}/{namesake[1]}" if namesake else None
    if len(rest) == 1:
        return First(rest[0], same_id)
    first, seen, story, scores = rest
    return Copy(first.decode(), seen, story, scores, same_id)
