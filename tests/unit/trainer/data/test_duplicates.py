from hypothesis import given
from hypothesis import strategies as st

from bundle.entities import Mention
from bundle.text import fingerprint
from trainer.data.duplicates import deduplicated
from trainer.data.examples import Example

labelled = st.builds(
    Example,
    st.sampled_from(["Acme falls", "ACME falls!", "Bolt rises", "RT @a: bolt rises"]),
    st.fixed_dictionaries({"sentiment": st.sampled_from(["negative", "positive"])}),
)


def test_duplicates_with_the_same_label_are_merged() -> None:
    found = deduplicated([mood("Acme falls", "negative"), mood("RT @x: ACME falls!", "negative")])
    assert found.examples == [mood("Acme falls", "negative")]
    assert found.notes() == ["1 examples are copies of another: joined before the split"]


def test_heads_of_duplicates_come_together() -> None:
    topic = Example("Acme falls", {"topic": ("macro",)})
    found = deduplicated([mood("Acme falls", "negative"), topic])
    assert found.examples == [Example("Acme falls", {"sentiment": "negative", "topic": ("macro",)})]
    assert not found.conflicts


def test_the_label_of_most_duplicates_is_kept() -> None:
    found = deduplicated([mood("a b", label) for label in ("neutral", "negative", "negative")])
    assert found.examples == [mood("a b", "negative")]
    assert str(found.conflicts[0]) == "sentiment of 'a b': negative 2, neutral 1"


def test_a_text_whose_labels_are_tied_goes() -> None:
    found = deduplicated([mood("a b", "negative"), mood("a b", "positive"), mood("c", "neutral")])
    assert found.examples == [mood("c", "neutral")]
    assert "1 without one were dropped, and with them 1 texts" in found.notes()[1]


def test_a_tie_of_one_head_leaves_the_others() -> None:
    other = Example("a b", {"sentiment": "positive", "topic": "macro"})
    assert deduplicated([mood("a b", "negative"), other]).examples == [
        Example("a b", {"topic": "macro"})
    ]


def test_topics_in_another_order_are_the_same() -> None:
    pair = [Example("a", {"topic": names}) for names in (("deals", "macro"), ("macro", "deals"))]
    assert not deduplicated(pair).conflicts


def test_entities_stay_with_the_text_that_they_stand_in() -> None:
    tagged = Example("RT @a: Acme falls", {"entity": (Mention(7, 11, "ORG"),)})
    found = deduplicated([mood("Acme falls", "negative"), tagged]).examples[0]
    assert found.text == tagged.text
    assert found.labels == {"sentiment": "negative", **tagged.labels}


@given(st.lists(labelled))
def test_every_text_is_left_once_or_was_dropped(examples: list[Example]) -> None:
    found = deduplicated(examples)
    left = [fingerprint(example.text) for example in found.examples]
    assert len(left) == len({*left})
    assert len(left) + found.dropped == len({fingerprint(e.text) for e in examples})


def mood(text: str, label: str) -> Example:
    return Example(text, {"sentiment": label})
