import pytest

from bundle.text import Cleaned, read
from schemas.document import Document
from stream.scoring import reading
from stream.scoring.reading import content, read_content
from tests.unit.stream.scoring.test_pipeline import Bench, running


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        (None, "Orvane  falls", "Orvane falls"),
        ("Orvane\nhalts", "Its plant burns", "Orvane halts Its plant burns"),
        ("https://t.co/a", "Its plant burns", "Its plant burns"),
        ("Orvane halts", "https://t.co/a", "Orvane halts"),
        ("Orvane halts", "RT @desk: Its plant burns", "Orvane halts Its plant burns"),
        (None, " ", ""),
    ],
)
def test_title_and_text_are_read_with_a_space_between(
    title: str | None, text: str, expected: str
) -> None:
    assert read_content(Document(title=title, text=text)).text == expected


@pytest.mark.parametrize("title", [None, "Smith &amp; Sons", "https://t.co/a"])
def test_words_stand_where_they_stood(title: str | None) -> None:
    document = Document(title=title, text="at  Orvane &amp; Co")
    found = read_content(document)

    start, end = found.original(found.text.index("Orvane"), len(found.text))

    assert content(document)[start:end] == "Orvane &amp; Co"


def test_what_spans_title_and_text_ends_with_the_title() -> None:
    document = Document(title="Lanting", text="Bank falls")

    start, end = read_content(document).original(0, len("Lanting Bank"))

    assert content(document)[start:end] == "Lanting"


async def test_a_document_is_cleaned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cleaned = []

    def counted(text: str) -> Cleaned:
        cleaned.append(text)
        return read(text)

    monkeypatch.setattr(reading, "read", counted)
    async with running(Bench()) as bench:
        for name in "abc":
            await bench.send(name)
        await bench.until("abc")

    assert [text for text in cleaned if text] == ["a", "b", "c"]
