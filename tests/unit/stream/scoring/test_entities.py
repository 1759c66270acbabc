from datetime import UTC, datetime

import orjson

from bundle.entities import EntitySpan
from schemas import Document, Entity, Origin, Place, ScoredDocument, decode, encode
from stream.counting.updates import keys_of
from stream.scoring.entities import first_entities, merged, model_entities
from stream.scoring.parsing import ParsedDocument
from stream.scoring.reading import read_content
from tests.records import SCORED

NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)


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


def mention(name: str, start: int, origin: str = "watchlist", field: str = "text") -> Entity:
    place = Place(field, start, start + len(name))  # type: ignore[arg-type]
    return Entity(name.lower(), name, "ORG", origin, 1, [place])  # type: ignore[arg-type]


def test_mentions_of_a_company_are_one_entity_in_order_of_appearance() -> None:
    bolt, acme = merged([mention("Bolt", 0), mention("Acme", 9), mention("Bolt", 20)])

    assert (bolt.id, bolt.mentions) == ("bolt", 2)
    assert bolt.places == [Place("text", 0, 4), Place("text", 20, 24)]
    assert (acme.id, acme.mentions, acme.places) == ("acme", 1, [Place("text", 9, 13)])


def test_who_is_given_and_found_is_there_once_for_each() -> None:
    found = merged([Entity("acme", "acme", "ORG", "given"), mention("Acme", 0)])

    assert [(one.origin, one.mentions) for one in found] == [("given", 0), ("watchlist", 1)]


def test_of_sixteen_thousand_mentions_the_first_places_are_kept() -> None:
    (acme,) = merged(mention("Acme", 6 * number) for number in range(16_000))

    assert acme.mentions == 16_000
    assert [place.start for place in acme.places] == [0, 6, 12, 18, 24, 30, 36, 42]


def test_a_record_holds_the_first_entities_and_says_so() -> None:
    kept, notes = first_entities([mention(f"N{number}", 0) for number in range(16_000)])

    assert [one.id for one in kept] == [f"n{number}" for number in range(256)]
    assert notes == ["entities: the first 256 of 16,000 kept"]


def test_a_record_of_few_entities_says_nothing() -> None:
    assert first_entities([mention("Acme", 0)]) == ([mention("Acme", 0)], [])


def test_an_entity_of_the_model_in_the_title_is_placed_there() -> None:
    document = parsed("Its shares fell.", title="Acme warns")

    (entity,) = model_entities(document, [EntitySpan(0, 4, "ORG", 0.9)], [])

    assert (entity.id, entity.places) == ("org:acme", [Place("title", 0, 4)])


def test_an_entity_of_the_model_in_the_text_is_counted_from_its_start() -> None:
    document = parsed("Acme fell.", title="Markets")

    (entity,) = model_entities(document, [EntitySpan(8, 12, "ORG", 0.9)], [])

    assert entity.places == [Place("text", 0, 4)]


def test_the_watch_list_has_the_last_word_on_its_places() -> None:
    known = [mention("Acme Corp of Ohio", 0), mention("Ohio", 13), mention("Acme", 40)]
    spans = [EntitySpan(5, 9, "ORG", 0.9), EntitySpan(18, 22, "ORG", 0.9)]

    (entity,) = model_entities(parsed("Acme Corp of Ohio Bolt"), spans, known)

    assert entity.name == "Bolt"


def test_a_place_in_the_title_is_none_in_the_text() -> None:
    document = parsed("Bolt fell", title="Acme")

    found = model_entities(
        document, [EntitySpan(5, 9, "ORG", 0.9)], [mention("Acme", 0, field="title")]
    )

    assert [one.name for one in found] == ["Bolt"]


def test_a_text_without_spaces_is_no_name() -> None:
    assert list(model_entities(parsed("a" * 300), [EntitySpan(0, 300, "ORG", 0.9)], [])) == []


def test_a_record_of_an_older_version_counts_as_it_did() -> None:
    old = {"id": "acme", "name": "Acme", "type": "ORG", "origin": "watchlist"}
    places = [{"field": "text", "start": 0, "end": 4}, {"field": "text", "start": 9, "end": 13}]
    given = old | {"id": "bolt", "origin": "given", "field": None, "start": None, "end": None}
    value = orjson.dumps(
        orjson.loads(encode(SCORED)) | {"entities": [*(old | place for place in places), given]}
    )

    document = decode(value, ScoredDocument)

    assert keys_of(document, ["entity"]) == ["entity:acme", "entity:bolt"]
