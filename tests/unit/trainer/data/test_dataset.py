from collections import Counter
from pathlib import Path

import pytest

from bundle.entities import Mention
from bundle.heads import TAGS
from bundle.text import fingerprint
from schemas.scored import LABELS
from tests.commands import ROOT
from trainer.data.dataset import STARTER, check_labels, empty_classes, heads_of, read_tasks
from trainer.data.examples import Example
from trainer.data.label_map import LabelMap
from trainer.data.splits import split
from trainer.data.task import Layout
from trainer.errors import TrainerError

TEXTS = [Example(f"text number {number}", {"sentiment": "neutral"}) for number in range(2_000)]


def test_shares_of_the_split() -> None:
    sides = split(TEXTS, holdout=0.1, validation=0.2, seed=1)
    assert len(sides.test) == pytest.approx(200, abs=50)
    assert len(sides.validation) == pytest.approx(360, abs=60)
    assert sum(sides.counts().values()) == 2_000


def test_split_follows_from_the_seed() -> None:
    assert split(TEXTS, 0.1, 0.1, seed=1) == split(TEXTS, 0.1, 0.1, seed=1)
    assert split(TEXTS, 0.1, 0.1, seed=1) != split(TEXTS, 0.1, 0.1, seed=2)


def test_copies_are_on_one_side() -> None:
    copies = [Example(f"RT @a: {example.text}!", {}) for example in TEXTS]
    sides = split([*TEXTS, *copies], 0.3, 0.3, seed=1)
    places = [{fingerprint(e.text) for e in side} for side in (sides.train, sides.test)]
    assert not places[0] & places[1]


def test_heads_of_a_single_label_task() -> None:
    examples = [Example("a", {"topic": "macro"}), Example("b", {"topic": "deals"})]
    head = heads_of(examples, Layout())["topic"]
    assert (head.kind, head.labels) == ("single", ["deals", "macro"])


def test_labels_keep_the_order_of_the_map() -> None:
    examples = [Example("a", {"topic": ("macro",)}), Example("b", {"topic": ("deals",)})]
    layout = Layout(labels={"topic": LabelMap({"0": "other", "1": "macro", "2": "deals"})})
    head = heads_of(examples, layout)["topic"]
    assert (head.kind, head.labels) == ("multi", ["other", "macro", "deals"])


def test_labels_of_sentiment_and_entity_are_fixed() -> None:
    mentions = (Mention(0, 1, "ORG"),)
    examples = [
        Example("a", {"sentiment": "negative", "entity": mentions}),
        Example("b", {"sentiment": "positive", "entity": ()}),
    ]
    heads = heads_of(examples, Layout())
    assert tuple(heads["sentiment"].labels) == LABELS
    assert tuple(heads["entity"].labels) == TAGS


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ([Example("a", {"sentiment": "neutral"})], "its 1 examples have only 'neutral'"),
        ([Example("a", {"topic": ("deals",)})], "head topic needs at least two classes"),
        ([Example("a", {"entity": ()})], "its 1 examples have only none"),
        (
            [Example("a", {"topic": "deals"}), Example("b", {"topic": ("deals", "macro")})],
            "must be single-label or multi-label throughout: 1 of its 2 examples",
        ),
    ],
)
def test_head_that_cannot_be_learnt(examples: list[Example], message: str) -> None:
    with pytest.raises(TrainerError, match=message):
        heads_of(examples, Layout())


@pytest.mark.parametrize(
    ("example", "message"),
    [
        (Example("a", {"entity": ()}), "the bundle has no head entity, only topic"),
        (Example("a", {"topic": "sport"}), "no label 'sport'; it has deals, macro"),
    ],
)
def test_label_that_the_bundle_lacks(example: Example, message: str) -> None:
    known = [Example("a", {"topic": "deals"}), Example("b", {"topic": "macro"})]
    with pytest.raises(TrainerError, match=message):
        check_labels([example], heads_of(known, Layout()))


def test_starter_corpus_is_whole() -> None:
    examples = read_tasks([STARTER], Layout())
    chinese = sum(any("\u4e00" <= char <= "\u9fff" for char in e.text) for e in examples)
    sentiments = Counter(example.labels["sentiment"] for example in examples)
    assert len(examples) - chinese >= 1_200
    assert chinese >= 600
    assert min(sentiments[label] for label in LABELS) > len(examples) / 4
    assert len({fingerprint(example.text) for example in examples}) == len(examples)


def test_starter_corpus_lies_beside_the_trainer() -> None:
    assert STARTER.path.parent == ROOT / "trainer" / "data"
    assert isinstance(STARTER.path, Path)


def test_classes_that_no_text_has() -> None:
    examples = [
        Example(
            "a", {"sentiment": "negative", "topic": "macro", "entity": (Mention(0, 1, "ORG"),)}
        ),
        Example("b", {"sentiment": "positive", "topic": "m-a"}),
    ]
    layout = Layout(labels={"topic": LabelMap({"0": "macro", "1": "m-a", "2": "deals"})})
    assert empty_classes(examples, heads_of(examples, layout)) == [
        "head sentiment cannot learn neutral: no text to train on has it",
        "head topic cannot learn deals: no text to train on has it",
        "head entity cannot learn PER, LOC: no text to train on has it",
    ]
