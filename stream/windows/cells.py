"""What detection holds of one key in a second or a minute: counts, distinct texts, evidence."""

from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from operator import add

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from schemas.alert import Evidence
from schemas.codec import encode
from stream.windows.buckets import Bucket

# Distinct negative texts of a cell that are kept: one sender's flood must not fill the store. The
# smallest stay, so that what is kept does not depend on the order of arrival.
MAX_TEXTS = 512
# Documents of a cell that are kept to be shown.
MAX_EVIDENCE = 3

# Days of which a document is kept to be shown, those of the longest window, and how many bytes of
# its text and its address: what is stored of a key stays small.
_MAX_DAYS = 3
_MAX_DAY_TEXT = 100
_MAX_DAY_URL = 100
_MINUTES_A_DAY = 1_440


class EvidenceRow(Struct, frozen=True, array_like=True):
    """A document to be shown for its story, of which `seen` came before it: `record` as JSON.

    `apply.lua` names the fields in this order.
    """

    negative: float
    story: str
    seen: int
    record: str


class CompactEvidence(Evidence, frozen=True, kw_only=True, array_like=True):
    """The same as `Evidence`, in fewer bytes."""


class DayEvidence(Struct, frozen=True, array_like=True):
    """The document of a day, in UTC, that is kept to be shown, and the `minute` in which it came.

    Its text is cut, and a long address left out.
    """

    minute: int
    story: str
    seen: int
    document: CompactEvidence

    @classmethod
    def of(cls, minute: int, row: EvidenceRow) -> "DayEvidence":
        """That of a day of which `row`, of `minute`, is the most negative."""
        fields = asdict(msgspec.json.decode(row.record, type=Evidence))
        fields["text"] = fields["text"].encode()[:_MAX_DAY_TEXT].decode(errors="ignore")
        if len((fields["url"] or "").encode()) > _MAX_DAY_URL:
            fields["url"] = None
        return cls(minute, row.story, row.seen, CompactEvidence(**fields))

    @property
    def day(self) -> int:
        """The day, counted from the epoch."""
        return self.minute // _MINUTES_A_DAY

    @property
    def row(self) -> EvidenceRow:
        """It as a cell has it."""
        record = encode(Evidence(**asdict(self.document))).decode()
        return EvidenceRow(self.document.negative, self.story, self.seen, record)


class Spread(Struct, frozen=True, array_like=True):
    """A negative story that came before, and how often: `seen` before the last of its copies.

    `apply.lua` names the fields in this order.
    """

    seen: int
    story: str


class Cell(Struct, frozen=True, array_like=True):
    """The counts of a span, its distinct negative texts, and its most negative stories.

    `spread` are those of its stories that came most often.
    """

    bucket: Bucket = Bucket()
    texts: list[str] = []
    evidence: list[EvidenceRow] = []
    spread: list[Spread] = []


class MinuteCell(Cell, frozen=True, array_like=True):
    """The cell of a minute that is over; `fresh` of its texts count in it.

    They were not heard in the hour before; of a company, nor in the day before.
    """

    fresh: int = 0


def merged(cells: Iterable[Cell]) -> Cell:
    """The cell of the span that `cells` make up, whatever their order."""
    parts = list(cells)
    if len(parts) == 1 and parts[0].bucket.documents == 1:
        # Most are: there is nothing to be put in order.
        return parts[0]
    bucket = reduce(add, [part.bucket for part in parts], Bucket())
    if not bucket.negative:
        return Cell(bucket)
    texts = {text for part in parts for text in part.texts}
    return Cell(
        bucket=bucket,
        texts=sorted(texts)[:MAX_TEXTS],
        evidence=most_negative((row for part in parts for row in part.evidence), MAX_EVIDENCE),
        spread=_most_spread(row for part in parts for row in part.spread),
    )


def most_negative(rows: Iterable[EvidenceRow], limit: int) -> list[EvidenceRow]:
    """The most negative first, one of each story: of those alike the one that came first."""
    best: dict[str, EvidenceRow] = {}
    for row in sorted(rows, key=_rank):
        best.setdefault(row.story, row)
    return list(best.values())[:limit]


def with_evidence(
    days: list[DayEvidence], minute: int, rows: Iterable[EvidenceRow]
) -> list[DayEvidence]:
    """The most negative document of each day, with the `rows` of a minute behind all others.

    Each is of another story. Of those alike the last stays: it is in more windows.
    """
    day = minute // _MINUTES_A_DAY
    before = [one for one in days if day - _MAX_DAYS < one.day < day]
    today = days[-1] if days and days[-1].day == day else None
    known = {one.story for one in before}
    row = next((one for one in rows if one.story not in known), None)
    if row is None or (today and row.negative < today.document.negative):
        return days
    return [*before, DayEvidence.of(minute, row)]


def copies_in(cells: Iterable[Cell]) -> dict[str, int]:
    """How often each story came, from the first to the last of its copies that are known."""
    seen: defaultdict[str, list[int]] = defaultdict(list)
    for cell in cells:
        for row in cell.evidence:
            seen[row.story].append(row.seen)
        for spread in cell.spread:
            seen[spread.story].append(spread.seen)
    return {story: max(some) - min(some) + 1 for story, some in seen.items()}


def _most_spread(rows: Iterable[Spread]) -> list[Spread]:
    # The largest number of each story stays: it does not depend on the order of arrival.
    best = {row.story: row for row in sorted(rows, key=lambda row: row.seen)}
    return sorted(best.values(), key=lambda row: (-row.seen, row.story))[:MAX_EVIDENCE]


def _rank(row: EvidenceRow) -> tuple[float, int, str, str]:
    return -row.negative, row.seen, row.record, row.story
