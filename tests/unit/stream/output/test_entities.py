import orjson

from schemas import Entity, Place, ScoredDocument, decode, encode
from stream.counting.updates import keys_of
from stream.output.entities import first_entities, merged
from tests.records import SCORED


def mention(name: str, start: int) -> Entity:
    place = Place("text", start, start + len(name))
    return Entity(name.lower(), name, "ORG", "watchlist", 1, [place])


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


def test_a_record_of_an_older_version_counts_as_it_did() -> None:
    old = {"id": "acme", "name": "Acme", "type": "ORG", "origin": "watchlist"}
    places = [{"field": "text", "start": 0, "end": 4}, {"field": "text", "start": 9, "end": 13}]
    given = old | {"id": "bolt", "origin": "given", "field": None, "start": None, "end": None}
    value = orjson.dumps(
        orjson.loads(encode(SCORED)) | {"entities": [*(old | place for place in places), given]}
    )

    document = decode(value, ScoredDocument)

    assert keys_of(document, ["entity"]) == ["entity:acme", "entity:bolt"]
