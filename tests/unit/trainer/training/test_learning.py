import math
import random

import pytest
import torch
from msgspec.structs import replace

from bundle.head_kinds import kind_of
from bundle.heads import TAGS, Head, HeadName
from bundle.tokens import Tokens
from schemas.scored import LABELS
from trainer.errors import TrainerError
from trainer.evaluation.calibration import calibrate
from trainer.evaluation.report import report
from trainer.heads import learner_of
from trainer.heads.reliability import reliability
from trainer.heads.scored import NO_TAG, Scored, Target
from trainer.heads.single import recall_at
from trainer.heads.tokenized_example import TokenizedExample
from trainer.training.batches import shuffled_batches
from trainer.training.fit import ramp
from trainer.training.loss import MaskedLoss, class_weights

SENTIMENT = Head(kind="single", labels=list(LABELS))
TOPIC = Head(kind="multi", labels=["deals", "macro"])
ENTITY = Head(kind="tags", labels=list(TAGS))
HEADS: dict[HeadName, Head] = {"sentiment": SENTIMENT, "topic": TOPIC, "entity": ENTITY}
CPU = torch.device("cpu")


def test_missing_label_gives_no_gradient() -> None:
    logits = torch.zeros(2, 3, requires_grad=True)
    loss = MaskedLoss(HEADS, {}, CPU)({"sentiment": logits}, [item(sentiment=0), item()])
    (gradient,) = torch.autograd.grad(loss, logits)
    assert gradient[0].abs().sum() > 0
    assert gradient[1].abs().sum() == 0


def test_loss_is_the_sum_over_heads_of_the_mean_over_their_examples() -> None:
    logits: dict[HeadName, torch.Tensor] = {
        "sentiment": torch.zeros(2, 3),
        "topic": torch.zeros(2, 2),
    }
    batch = [item(sentiment=0, topic=[1.0, 0.0]), item(sentiment=2)]
    expected = math.log(3) + 2 * math.log(2)
    assert float(MaskedLoss(HEADS, {}, CPU)(logits, batch)) == pytest.approx(expected)


def test_special_tokens_have_no_tag_to_learn() -> None:
    logits = torch.zeros(1, 3, len(TAGS), requires_grad=True)
    batch = [item(entity=[NO_TAG, 5])]
    (gradient,) = torch.autograd.grad(MaskedLoss(HEADS, {}, CPU)({"entity": logits}, batch), logits)
    assert gradient[0].abs().sum(-1).tolist() == [0.0, pytest.approx(12 / 7), 0.0]


def test_balanced_weights_make_classes_count_alike() -> None:
    items = [item(sentiment=0), *[item(sentiment=1)] * 3]
    assert class_weights({"sentiment": None}, HEADS, items) == {
        "sentiment": [2.0, pytest.approx(2 / 3), 1.0]
    }


def test_balanced_weights_of_topics() -> None:
    items = [item(topic=[1.0, 0.0]), *[item(topic=[0.0, 1.0])] * 3]
    assert class_weights({"topic": None}, HEADS, items) == {"topic": [3.0, pytest.approx(1 / 3)]}


def test_given_weights_are_put_in_order() -> None:
    given = {"sentiment": {"positive": 3.0, "negative": 2.0}}
    assert class_weights(given, HEADS, []) == {"sentiment": [2.0, 1.0, 3.0]}


def test_weight_of_a_label_that_is_none() -> None:
    with pytest.raises(TrainerError, match="'angry' is not a label; they are negative"):
        class_weights({"sentiment": {"angry": 2.0}}, HEADS, [])


def test_weight_of_a_head_that_no_file_labels() -> None:
    with pytest.raises(TrainerError, match="no file labels topic, only sentiment"):
        class_weights({"topic": None}, {"sentiment": SENTIMENT}, [])


def test_batches_hold_every_item_once_with_like_lengths_together() -> None:
    items = [item(length=length) for length in (1, 2, 3, 4) * 8]
    batches = list(shuffled_batches(items, 8, random.Random(1)))
    assert sorted(map(id, (one for batch in batches for one in batch))) == sorted(map(id, items))
    assert [len({len(one.tokens) for one in batch}) for batch in batches] == [1] * 4


def test_rates_rise_and_fall() -> None:
    factor = ramp(steps=10, warmup=0.2)
    assert [factor(step) for step in (0, 1, 2, 6, 10)] == [0.5, 1.0, 1.0, 0.5, 0.0]


def test_overconfident_head_gets_a_high_temperature() -> None:
    outputs = [torch.tensor([4.0, 0.0, 0.0], dtype=torch.float64)] * 4
    head = calibrate(SENTIMENT, Scored([0, 0, 0, 1], outputs))
    # Right three times in four: softmax(4 / T) should give 3/4.
    expected = torch.tensor([4.0, 0.0, 0.0]).div(head.temperature).softmax(0)[0]
    assert float(expected) == pytest.approx(0.75, abs=0.13)
    assert head.temperature > 1.5


def test_threshold_suits_the_topics() -> None:
    outputs = [torch.tensor([value, -9.0], dtype=torch.float64) for value in (1.0, 0.8, -1.0, -2.0)]
    targets: list[Target] = [[1.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
    head = calibrate(TOPIC, Scored(targets, outputs))
    said = [float((value / head.temperature).sigmoid()[0]) >= head.threshold for value in outputs]
    assert said == [True, True, False, False]


@pytest.mark.parametrize(("hits", "expected"), [([1, 1, 1, 0], 0.0), ([0, 0, 0, 0], 0.75)])
def test_expected_calibration_error(hits: list[int], expected: float) -> None:
    found = reliability(torch.full((4,), 0.75), torch.tensor(hits) > 0)
    assert found.error == pytest.approx(expected)


@pytest.mark.parametrize("head", [SENTIMENT, TOPIC])
def test_probabilities_without_the_temperature(head: Head) -> None:
    logits = torch.tensor([[2.0, 0.5, -1.0], [0.0, 3.0, 1.0]], dtype=torch.float64)
    heated = replace(head, temperature=2.5)
    torch.testing.assert_close(
        learner_of(heated).uncalibrated(kind_of(heated).probabilities(heated, logits)),
        kind_of(head).probabilities(head, logits),
    )


@pytest.mark.parametrize(
    ("hits", "expected"),
    # The third surest is wrong: four of five are right at the fifth, three of six at the last.
    [([1, 1, 0, 1, 1, 0], 1.0), ([0, 1, 0, 0, 0, 0], 0.0), ([1, 0, 0, 0, 0, 1], 0.5)],
)
def test_recall_at_a_precision(hits: list[int], expected: float) -> None:
    claimed = torch.tensor([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    assert recall_at(claimed, torch.tensor(hits) > 0, 0.8) == expected


def test_recall_of_nothing() -> None:
    assert recall_at(torch.tensor([0.9]), torch.tensor([False]), 0.8) == 0.0


def test_report_of_a_single_label_head() -> None:
    outputs = [torch.tensor(row) for row in ([0.9, 0.1, 0.0], [0.8, 0.2, 0.0], [0.1, 0.9, 0.0])]
    found = report("sentiment", SENTIMENT, Scored([0, 1, 1], outputs))
    assert found.metrics["accuracy"] == pytest.approx(2 / 3, abs=1e-4)
    assert found.confusion.counts.tolist() == [[1, 0], [1, 1]]
    assert "negative_calibration_error" in found.metrics


def test_report_of_a_multi_label_head() -> None:
    outputs = [torch.tensor([0.9, 0.9]), torch.tensor([0.1, 0.1])]
    found = report("topic", TOPIC, Scored([[1.0, 0.0], [1.0, 0.0]], outputs))
    assert found.metrics["micro_f1"] == 0.5
    assert found.confusion.counts.tolist() == [[1, 1, 0], [0, 0, 1]]


def test_report_of_tags_counts_whole_entities() -> None:
    outputs = [torch.eye(len(TAGS))[[0, 5, 6, 0]], torch.eye(len(TAGS))[[0, 5, 0]]]
    found = report("entity", ENTITY, Scored([[NO_TAG, 5, 6, NO_TAG], [NO_TAG, 5, 6]], outputs))
    assert (found.metrics["precision"], found.metrics["recall"]) == (0.5, 0.5)
    assert found.confusion.counts[3].tolist() == [1, 0, 0, 3]


def item(length: int = 3, **targets: Target) -> TokenizedExample:
    tokens = Tokens([0] * length, "", [(0, 0)] * length)
    return TokenizedExample(tokens, {name: targets[name] for name in HEADS if name in targets})
