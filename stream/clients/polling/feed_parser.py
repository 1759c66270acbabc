"""The bytes of an RSS, RDF or Atom feed as documents."""

import calendar
import hashlib
import importlib
import io
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from xml.sax import SAXException

from msgspec import Struct

from bundle.text import clean
from schemas.codec import shown
from schemas.document import MAX_TEXT, MAX_TITLE, MAX_URL, MAX_WORD, Document
from schemas.times import EPOCH
from stream.clients.polling import address
from stream.clients.polling.errors import FeedError
from stream.clients.polling.html_text import html_text, plain_text

# An element costs a hundred times its bytes in memory.
_MAX_TAGS = 200_000

_HTML = {"text/html", "application/xhtml+xml"}
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,3}")


class Download(Struct, frozen=True, kw_only=True):
    """A feed as it came. Relative links are below `url`; `source` is for its documents."""

    body: bytes
    url: str
    content_type: str
    source: str


class ParsedFeed(Struct, frozen=True):
    """The documents of a feed, the oldest first, and how long it says it is valid, in seconds."""

    documents: list[Document]
    ttl: float = 0.0


def check_installed() -> None:
    """Raise `FeedError` when the package that parses feeds is not installed."""
    try:
        importlib.import_module("feedparser")
    except ImportError:
        raise FeedError(
            "polling feeds needs the package feedparser: pip install 'petrel[rss]'"
        ) from None


def parse_feed(download: Download, now: datetime) -> ParsedFeed:
    """What the feed holds; an entry that has no text and no title is left out.

    Raises:
        FeedError: it is no feed, or too broken to be read.
    """
    parsed = _parse(download)
    entries = [_Entry(entry, parsed["feed"]) for entry in parsed["entries"]]
    # Feeds list the newest entry first. Of two with one id the newest counts.
    found = {
        document.id: document
        for document in (entry.document(download.source, now) for entry in reversed(entries))
        if document is not None
    }
    return ParsedFeed(list(found.values()), _ttl(dict.get(parsed["feed"], "ttl")))


def _parse(download: Download) -> Mapping[str, Any]:
    import feedparser

    if download.body.count(b"<") > _MAX_TAGS:
        raise FeedError(f"a feed has at most {_MAX_TAGS} tags")
    try:
        parsed: Mapping[str, Any] = feedparser.parse(
            # It would open bytes as the name of a file.
            io.BytesIO(download.body),
            response_headers={
                "content-type": download.content_type,
                "content-location": download.url,
            },
            # Only text is kept.
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:
        raise FeedError(f"the feed cannot be parsed: {shown(error)}") from error
    if not parsed.get("version"):
        raise FeedError(f"no RSS or Atom feed: it begins {shown(download.body[:60])}")
    problem = parsed.get("bozo_exception")
    if isinstance(problem, SAXException) and not parsed["entries"]:
        raise FeedError(f"broken XML: {problem.getMessage()}")
    return parsed


def _ttl(minutes: object) -> float:
    is_number = isinstance(minutes, str) and re.fullmatch(r"\d{1,6}", minutes, re.ASCII)
    return float(minutes) * 60 if is_number else 0.0  # type: ignore[arg-type]


class _Entry:
    """An entry of a feed. The library's own `get` warns, and takes one field for another."""

    def __init__(self, entry: Any, feed: Any) -> None:
        self._entry = entry
        self._feed = feed

    def document(self, source: str, now: datetime) -> Document | None:
        """The entry as a document, or None when it says nothing."""
        title = _text(self._get("title_detail"))[:MAX_TITLE]
        text = self._text()[:MAX_TEXT]
        if not clean(text):
            title, text = "", title
        if not clean(text):
            return None
        return Document(
            text=text,
            id=self._id(title, text),
            title=title or None,
            published_at=self._published_at(now),
            source=source[:MAX_WORD],
            lang=self._language(),
            url=self._url(),
            author=plain_text(self._word("author"))[:MAX_WORD] or None,
        )

    def _get(self, name: str) -> Any:
        return dict.get(self._entry, name)

    def _word(self, name: str) -> str:
        value = self._get(name)
        return value if isinstance(value, str) else ""

    def _text(self) -> str:
        details: Iterable[Any] = [*(self._get("content") or []), self._get("summary_detail")]
        return next(filter(None, map(_text, details)), "")

    def _id(self, title: str, text: str) -> str:
        name = plain_text(self._word("id")) or plain_text(self._word("link"))
        if name and len(name) <= MAX_WORD:
            return name
        return hashlib.sha256((name or f"{title}\n{text}").encode()).hexdigest()

    def _published_at(self, now: datetime) -> datetime | None:
        parsed = self._get("published_parsed") or self._get("updated_parsed")
        if parsed is None:
            return None
        try:
            time = EPOCH + timedelta(seconds=calendar.timegm(parsed))
        except (ValueError, OverflowError):
            return None
        return time if EPOCH <= time <= now else None

    def _language(self) -> str | None:
        detail = self._get("title_detail") or {}
        for found in (dict.get(detail, "language"), dict.get(self._feed, "language")):
            if isinstance(found, str) and _LANGUAGE.fullmatch(found):
                return found
        return None

    def _url(self) -> str | None:
        link = self._word("link")
        try:
            return address.check(link) if len(link) <= MAX_URL else None
        except address.AddressError:
            return None


def _text(detail: Any) -> str:
    if not detail:
        return ""
    kind, value = detail.get("type") or "text/plain", detail.get("value") or ""
    if kind in _HTML:
        return html_text(value)
    return plain_text(value) if kind.startswith("text/") else ""
