import pytest

from bundle.entities import Mention, mentions, snapped, tag_ids, tagged_runs
from bundle.heads import TAGS

O, B_PER, I_PER, B_LOC, I_LOC, B_ORG, I_ORG = range(len(TAGS))  # noqa: E741


def test_tags_follow_the_mentions() -> None:
    offsets = [(0, 0), (0, 3), (4, 8), (9, 14), (0, 0)]
    tags = tag_ids([Mention(0, 8, "PER"), Mention(9, 14, "ORG")], offsets)
    assert tags == [O, B_PER, I_PER, B_ORG, O]


def test_token_that_an_entity_shares_with_other_text_is_tagged() -> None:
    assert tag_ids([Mention(2, 4, "ORG")], [(0, 3), (3, 6)]) == [B_ORG, I_ORG]


@pytest.mark.parametrize(
    ("tags", "runs"),
    [
        ([O, B_ORG, I_ORG, O], [("ORG", 1, 3)]),
        ([B_ORG, B_ORG], [("ORG", 0, 1), ("ORG", 1, 2)]),
        ([I_LOC, I_LOC], [("LOC", 0, 2)]),
        ([B_ORG, I_PER], [("ORG", 0, 1), ("PER", 1, 2)]),
        ([], []),
    ],
)
def test_runs(tags: list[int], runs: list[tuple[str, int, int]]) -> None:
    assert list(tagged_runs(tags)) == runs


@pytest.mark.parametrize(
    ("text", "start", "end", "expected"),
    [
        ("at Volkswagen today", 5, 7, "Volkswagen"),
        ("at Acme today", 2, 8, "Acme"),
        ("苹果公司亏损", 0, 2, "苹果"),
        ("Acme亏损", 0, 2, "Acme"),
        ("$AAPL", 1, 3, "AAPL"),
    ],
)
def test_snapped(text: str, start: int, end: int, expected: str) -> None:
    first, last = snapped(text, start, end)
    assert text[first:last] == expected


def test_two_runs_in_one_word_are_one_entity() -> None:
    found = list(mentions("Volkswagen", [(0, 5), (5, 10)], [B_ORG, B_PER]))
    assert found == [(Mention(0, 10, "ORG"), 0, 1)]


def test_special_token_is_in_no_entity() -> None:
    assert list(mentions("", [(0, 0), (0, 0)], [B_ORG, I_ORG])) == []
