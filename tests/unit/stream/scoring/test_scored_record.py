from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bundle.classifier import Prediction
from bundle.entities import EntitySpan
from schemas import Document, Entity, Origin, Place, ScoredDocument
from schemas.scored import Model, Mould
from stream.scoring.copied_scores import from_prediction, to_prediction
from stream.scoring.duplicates import Copy, First, sketch
from stream.scoring.parsing import ParsedDocument
from stream.scoring.reading import read_content
from stream.scoring.scored_record import model_entities, scored_record, sentiment
from stream.scoring.stages import ClassifiedDocument, MatchedDocument

NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)
MODEL = Model("tiny", "0123456789ab")
NEGATIVE = Prediction((0.9, 0.08, 0.02), [], [])
LOGITS = st.floats(0.001, 1000)


def parsed(text: str, title: str | None = None) -> ParsedDocument:
    document = Document(text=text, title=title)
    return ParsedDocument(
        document,
        id="1",
        published_at=NOW,
        arrived_at=NOW,
        stale=False,
        source="wire",
        received_at=NOW,
        origin=Origin("t", 0, 0),
        reading=read_content(document),
    )


def watched(name: str, place: Place) -> Entity:
    return Entity(name.lower(), name, "ORG", "watchlist", 1, [place])


def record(
    found: Copy | First, text: str = "Acme warns", notes: Sequence[str] = ()
) -> ScoredDocument:
    """The record of a document with this `text` and `notes`."""
    matched = MatchedDocument(replace(parsed(text), notes=notes), [], sketch(text))
    return scored_record(ClassifiedDocument(matched, found, NEGATIVE), MODEL, NOW)


@pytest.mark.parametrize(
    ("text", "said", "expected"),
    [("Acme warns", None, "en"), ("下调全年指引", None, "zh"), ("Acme warns", "en-GB", "en-GB")],
)
def test_language_is_detected_where_the_document_says_none(
    text: str, said: str | None, expected: str
) -> None:
    document = parsed(text)
    document = replace(document, document=replace(document.document, lang=said))
    matched = MatchedDocument(document, [], sketch(text))
    scored = scored_record(ClassifiedDocument(matched, First(1), NEGATIVE), MODEL, NOW)
    assert scored.lang == expected


def test_mould_that_came_before_is_in_the_record() -> None:
    mould = Mould("0123456789abcdef", 4)

    assert record(First(1, mould=mould)).mould == mould
    assert record(First(1)).mould is None


def test_a_first_has_a_story_of_its_own() -> None:
    assert record(First(1)).story == sketch("Acme warns").story.hex()
    assert record(First(1)).story != record(First(2), "Acme soars").story


def test_a_copy_has_the_story_of_its_first() -> None:
    first = record(First(1), "Acme warns of a loss")

    assert record(Copy("1", 1, bytes.fromhex(first.story or ""))).story == first.story


@pytest.mark.parametrize("found", [First(1, "news/0/7"), Copy("1", 1, bytes(8), None, "news/0/7")])
def test_an_id_that_another_document_has_is_told_behind_what_was_cut(found: Copy | First) -> None:
    notes = ["title: cut off"]

    assert record(found, notes=notes).notes == [
        "title: cut off",
        "id: another document has it too: news/0/7",
    ]


@given(LOGITS, LOGITS, LOGITS)
def test_rounded_probabilities_still_sum_to_one(a: float, b: float, c: float) -> None:
    total = a + b + c

    result = sentiment((a / total, b / total, c / total))

    assert abs(result.negative + result.neutral + result.positive - 1) < 1e-9
    largest = max(result.negative, result.neutral, result.positive)
    assert abs(getattr(result, result.label) - largest) < 3e-6


def test_an_entity_of_the_model_in_the_title_is_placed_there() -> None:
    document = parsed("Its shares fell.", title="Acme warns")

    (entity,) = model_entities(document, [EntitySpan(0, 4, "ORG", 0.9)], [])

    assert (entity.id, entity.places) == ("org:acme", [Place("title", 0, 4)])


def test_an_entity_of_the_model_in_the_text_is_counted_from_its_start() -> None:
    document = parsed("Acme fell.", title="Markets")

    (entity,) = model_entities(document, [EntitySpan(8, 12, "ORG", 0.9)], [])

    assert entity.places == [Place("text", 0, 4)]


def test_the_watch_list_has_the_last_word_on_its_places() -> None:
    known = [
        watched("Acme Corp of Ohio", Place("text", 0, 17)),
        watched("Ohio", Place("text", 13, 17)),
        watched("Acme", Place("text", 40, 44)),
    ]
    spans = [EntitySpan(5, 9, "ORG", 0.9), EntitySpan(18, 22, "ORG", 0.9)]

    (entity,) = model_entities(parsed("Acme Corp of Ohio Bolt"), spans, known)

    assert entity.name == "Bolt"


def test_a_place_in_the_title_is_none_in_the_text() -> None:
    document = parsed("Bolt fell", title="Acme")
    known = [watched("Acme", Place("title", 0, 4))]

    found = model_entities(document, [EntitySpan(5, 9, "ORG", 0.9)], known)

    assert [one.name for one in found] == ["Bolt"]


def test_a_text_without_spaces_is_no_name() -> None:
    assert list(model_entities(parsed("a" * 300), [EntitySpan(0, 300, "ORG", 0.9)], [])) == []


def test_a_copy_has_its_entities_where_they_stand_in_it() -> None:
    first = "Acme sues Bolt"
    prediction = Prediction((1.0, 0.0, 0.0), [], [EntitySpan(10, 14, "ORG", 0.8)])
    scores = from_prediction(prediction, first, b"key")

    copy = "RT @wire: Acme sues Bolt"
    copied = to_prediction(scores, copy)

    (span,) = copied.entities
    assert copy[span.start : span.end] == "Bolt"
    assert copied.sentiment == (1.0, 0.0, 0.0)


def test_a_copy_has_a_place_for_each_mention_none_inside_another_word() -> None:
    text = "TRADING halt: ING sues Bolt, ING wins"
    spans = [EntitySpan(start, start + 3, "ORG", 0.9) for start in (14, 29)]

    copied = to_prediction(from_prediction(Prediction((1.0, 0.0, 0.0), [], spans), text, b""), text)

    assert copied.entities == spans
