from msgspec.structs import replace

from schemas import Entity, Novelty, Origin, Place, ScoredDocument, TopicScore, decode, encode
from stream.output.scored import cut_document, scored_outgoing
from stream.records import MIN_RECORD_BYTES, Outgoing
from tests.records import SCORED

WORST = "\x01"  # Six bytes in JSON, the most that one character can take.


def watched(number: int) -> Entity:
    return Entity(f"w{number}", "Acme", "ORG", "watchlist", 1, [Place("text", 0, 4)])


def of_model(number: int) -> Entity:
    return Entity(f"org:m{number}", "Bolt", "ORG", "model", 1, [Place("text", 6, 10)])


DOCUMENT = replace(
    SCORED,
    text="Acme Bolt " * 1_000,
    title="Acme",
    url="https://example.org/1",
    entities=[*map(watched, range(20)), *map(of_model, range(20))],
)


def cut_by(excess: int) -> ScoredDocument:
    room = len(encode(DOCUMENT)) - excess
    smaller = cut_document(DOCUMENT, room)
    assert len(encode(smaller)) <= room
    return smaller


def test_what_fits_stays_as_it_is() -> None:
    assert cut_by(0) == DOCUMENT


def test_entities_of_the_model_go_first() -> None:
    smaller = cut_by(1)

    assert smaller.entities == DOCUMENT.entities[:20]
    assert smaller.notes == ["entities: 20 of the model left out to fit in Kafka"]
    assert smaller.text == DOCUMENT.text


def test_then_the_places() -> None:
    smaller = cut_by(2_900)

    assert [one.id for one in smaller.entities] == [f"w{number}" for number in range(20)]
    assert {one.mentions for one in smaller.entities} == {1}
    assert not any(one.places for one in smaller.entities)
    assert smaller.notes[1:] == ["entities: places left out to fit in Kafka"]


def test_then_the_end_of_the_text() -> None:
    smaller = cut_by(5_000)

    kept = len(smaller.text)
    assert 0 < kept < len(DOCUMENT.text)
    assert DOCUMENT.text.startswith(smaller.text)
    assert smaller.notes[2:] == [f"text: cut to {kept:,} of 10,000 characters to fit in Kafka"]
    assert (smaller.title, smaller.url) == (DOCUMENT.title, DOCUMENT.url)
    assert len(encode(smaller)) == len(encode(DOCUMENT)) - 5_000


def test_what_windows_count_goes_last() -> None:
    smaller = cut_document(DOCUMENT, 1_500)

    kept = len(smaller.entities)
    assert (smaller.text, smaller.title, smaller.url) == ("", None, None)
    assert smaller.entities == [replace(watched(number), places=[]) for number in range(kept)]
    assert smaller.notes == [
        "text: cut to 0 of 10,000 characters to fit in Kafka",
        "title, url: left out to fit in Kafka",
        f"entities: the first {kept} of 20 kept to fit in Kafka",
    ]
    assert (smaller.id, smaller.sentiment, smaller.origin) == (
        "n-1",
        SCORED.sentiment,
        SCORED.origin,
    )


def test_the_largest_document_can_be_cut_to_the_least_that_a_topic_must_take() -> None:
    word = WORST * 256
    document = replace(
        SCORED,
        id=word,
        source=word,
        author=word,
        text=WORST * 100_000,
        title=WORST * 2_000,
        url=WORST * 4_096,
        novelty=Novelty(1, word),
        origin=Origin("t" * 249, 9_999, 10**18),
        topics=[TopicScore("topic" * 8, 0.123456) for _ in range(32)],
        entities=[Entity(word, word, "ORG", "given") for _ in range(256)],
        notes=["n" * 300] * 20,
    )
    record = scored_outgoing(document, "scored", 0, _no_dead_letter)

    assert record.cut
    smallest = record.cut(MIN_RECORD_BYTES)

    assert record.size > 1_048_588
    assert smallest.size <= MIN_RECORD_BYTES
    assert decode(smallest.value or b"", ScoredDocument).id == word


def _no_dead_letter(error: Exception) -> Outgoing:
    raise error
