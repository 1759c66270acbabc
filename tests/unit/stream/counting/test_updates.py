"""What documents add to keys: those of a second at once, and those beyond a cap elsewhere."""

from functools import reduce
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.alert import Evidence
from schemas.codec import decode
from schemas.scored import Mould, Novelty, ScoredDocument, Sentiment
from stream.counting.updates import (
    ROUTINE,
    Update,
    by_second,
    each_alone,
    moved_to_other,
    updates_of,
)
from stream.windows.cells import Cell, EvidenceRow, Spread, merged
from tests.records import SCORED

STORY = "0123456789abcdef"
KEY = "entity:acme"

_negative = st.builds(
    Update,
    partition=st.integers(0, 1),
    offset=st.integers(0, 9),
    second=st.integers(0, 2),
    negative=st.just(1),
    positive=st.just(0),
    sentiment=st.integers(-100, 0),
    distinct_text=st.sampled_from("abc"),
    evidence=st.builds(
        EvidenceRow,
        negative=st.sampled_from([0.5, 0.9]),
        story=st.sampled_from("vwxyz"),
        seen=st.integers(0, 2),
        record=st.sampled_from("ab"),
    ),
)
_others = st.builds(
    Update,
    partition=st.integers(0, 1),
    offset=st.integers(0, 9),
    second=st.integers(0, 2),
    negative=st.just(0),
    positive=st.integers(0, 1),
    sentiment=st.integers(0, 100),
)


def update(offset: int) -> Update:
    return Update(0, offset, 60, 0, 0, 0)


def test_refused_keys_count_for_the_others_of_their_kind() -> None:
    updates = {"source:a": [update(1)], "source:b": [update(2)], "all:all": [update(1), update(2)]}

    moved = moved_to_other(updates, {"source:a", "source:b"})

    assert moved.keys() == {"source:~other", "all:all"}
    assert sorted(one.offset for one in moved["source:~other"]) == [1, 2]


def test_document_with_two_refused_entities_counts_once_for_the_others() -> None:
    updates = {"entity:a": [update(1)], "entity:b": [update(1)]}

    assert moved_to_other(updates, {"entity:a", "entity:b"}) == {"entity:~other": [update(1)]}


def cell(*documents: ScoredDocument, key: str = KEY, is_heard: bool = True) -> Cell:
    """What `documents` of one second come to for `key`."""
    updates = [
        dict(updates_of(document, [key], (0, offset), 60, is_heard=is_heard))[key]
        for offset, document in enumerate(documents)
    ]
    return merged(one.cell for one in updates)


def test_negative_document_of_a_source_that_weighs_too_little_is_no_text() -> None:
    found = cell(SCORED, is_heard=False)
    assert (found.bucket.negative, found.texts, found.evidence) == (1, [], [])


def shown(cell: Cell) -> list[str]:
    """The ids of the documents that are its evidence."""
    return [decode(row.record.encode(), Evidence).id for row in cell.evidence]


def test_copies_of_a_story_count_each_and_are_one_text() -> None:
    first = replace(SCORED, story=STORY, novelty=Novelty())
    copies = [
        replace(first, id=f"c{n}", text=f"{n} more words", novelty=Novelty(n, "n-1"))
        for n in range(1, 50)
    ]

    found = cell(first, *copies)

    assert (found.bucket.documents, found.bucket.negative) == (50, 50)
    assert found.texts == [STORY]
    assert shown(found) == ["n-1"]
    assert found.spread == [Spread(49, STORY)]


def test_documents_of_one_text_under_three_titles_are_three_texts() -> None:
    stories = [f"{number:016x}" for number in range(3)]

    assert cell(*(replace(SCORED, story=story) for story in stories)).texts == stories


def test_what_is_no_company_counts_the_companies_of_its_stories() -> None:
    found = cell(*(replace(SCORED, story=f"{n:016x}", id=f"{n}") for n in range(2)), key="all:all")

    assert found.texts == ["acme"]
    assert shown(found) == ["0", "1"]


def test_record_of_an_older_version_counts_by_its_text() -> None:
    old = [replace(SCORED, text=text) for text in ("Acme falls", "ACME falls!", "Acme fell")]

    assert SCORED.story is None
    assert len(cell(*old).texts) == 2


def test_copy_is_evidence_though_its_first_is_in_no_window() -> None:
    copy = replace(SCORED, story=STORY, novelty=Novelty(7, "of last week"))

    assert shown(cell(copy)) == [copy.id]


def test_two_documents_with_one_id_are_both_evidence() -> None:
    one, other = (replace(SCORED, story=story) for story in (STORY, STORY[::-1]))

    assert shown(cell(one, other)) == [SCORED.id] * 2


def test_the_most_negative_of_a_story_is_shown_and_of_those_alike_the_earliest() -> None:
    def copy(seen: int, negative: float) -> ScoredDocument:
        sentiment = Sentiment("negative", negative, 1 - negative, 0.0)
        return replace(
            SCORED, id=f"{seen}", novelty=Novelty(seen), sentiment=sentiment, story=STORY
        )

    assert shown(cell(copy(0, 0.6), copy(3, 0.9), copy(2, 0.9), copy(4, 0.9))) == ["2"]


def test_what_is_not_negative_is_no_evidence() -> None:
    found = cell(replace(SCORED, sentiment=Sentiment("positive", 0.1, 0.1, 0.8)))

    assert (found.texts, found.evidence) == ([], [])


@given(st.lists(_negative | _others))
def test_documents_of_a_second_add_together_what_each_adds_alone(updates: list[Update]) -> None:
    together, alone = by_second(updates), each_alone(updates)

    assert {(one.partition, one.second) for one in together} == {
        (one.partition, one.second) for one in alone
    }
    assert len(together) == len({(one.partition, one.second) for one in together})
    assert merged(one.cell for one in together) == merged(one.cell for one in alone)


@given(st.lists(_negative, max_size=30), st.randoms())
def test_what_is_kept_of_a_cell_depends_on_no_order(updates: list[Update], random: Random) -> None:
    shuffled = random.sample(updates, len(updates))

    one_by_one = reduce(lambda whole, one: merged([whole, one.cell]), shuffled, Cell())

    assert one_by_one == merged(one.cell for one in updates)


def test_documents_of_a_second_say_which_they_are() -> None:
    (found,) = by_second([update(4), update(2), update(7)])

    assert (found.first, found.last) == (2, 7)


@pytest.mark.parametrize("key", [KEY, "all:all"])
def test_texts_of_a_mould_that_came_of_another_company_are_one_text(key: str) -> None:
    notices = [
        replace(SCORED, id=f"{n}", story=f"{n:016x}", mould=Mould(STORY, seen=ROUTINE - 1))
        for n in range(12)
    ]

    found = cell(*notices, key=key)

    assert found.bucket.negative == 12
    assert found.texts == [STORY]


@pytest.mark.parametrize("key", [KEY, "topic:markets", "all:all"])
def test_text_of_a_mould_that_came_of_many_companies_counts_and_is_no_news(key: str) -> None:
    found = cell(replace(SCORED, mould=Mould(STORY, seen=ROUTINE)), key=key)

    assert (found.bucket.documents, found.bucket.negative) == (1, 1)
    assert (found.texts, found.evidence) == ([], [])


def test_first_of_a_mould_and_the_next_on_its_company_are_one_text_of_the_company() -> None:
    first = replace(SCORED, story=STORY)
    again = replace(first, id="2", story=STORY[::-1], mould=Mould(STORY, seen=1))

    assert cell(first, again).texts == [STORY]
