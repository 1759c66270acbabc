"""Documents of one mould: what law firms and robots write of one company after the other."""

from datetime import UTC, datetime

from schemas import Document, Entity, Origin, Place
from stream.scoring.moulds import MouldSketch, mould_sketch
from stream.scoring.parsing import ParsedDocument
from stream.scoring.reading import read_content

_NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)

_FIRMS = ("Varn & Osk LLP", "Ruddock Tilby, P.C.", "The Hexley Firm")
# Companies on no list.
_STEMS = ("Brev", "Corl", "Drux", "Fenn", "Gort", "Hulv", "Jask", "Kemb", "Lorv", "Myst")


def parsed(text: str, title: str | None = None) -> ParsedDocument:
    """A document as a worker has read it."""
    document = Document(text=text, title=title)
    return ParsedDocument(
        document,
        id="1",
        published_at=_NOW,
        arrived_at=_NOW,
        stale=False,
        source="wire",
        received_at=_NOW,
        origin=Origin("t", 0, 0),
        reading=read_content(document),
    )


def sketched(text: str, title: str | None = None, company: str | None = None) -> MouldSketch | None:
    """The mould of a text in which the watch list knows the `company`."""
    found = []
    for field, whole in (("title", title or ""), ("text", text)):
        if company and company in whole:
            start = whole.index(company)
            place = Place("title" if field == "title" else "text", start, start + len(company))
            found.append(Entity(company.lower(), company, "ORG", "watchlist", 1, [place]))
    return mould_sketch(parsed(text, title), found)


def notice(number: int) -> str:
    """A law firm's notice on the company of that number, of a few firms by turns."""
    name = _STEMS[number % 10] + _STEMS[number // 10 % 10].lower() + "ix" * (number // 100)
    ticker = name[:4].upper()
    return (
        f"SHAREHOLDER ALERT: {_FIRMS[number % len(_FIRMS)]} Investigates Claims on Behalf of"
        f" Investors of {name} Inc. (NASDAQ: {ticker[:3]}{chr(65 + number % 26)}) and Reminds Them"
        f" of the {1 + number % 28} May Deadline"
    )


def announcement(number: int) -> str:
    """The same in Chinese: a company's notice of a court case, with its code."""
    return f"提示性公告({600000 + number}):关于公司收到法院诉讼通知书及股东股份被冻结的公告"
