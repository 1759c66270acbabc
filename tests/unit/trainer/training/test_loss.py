import math

import pytest
import torch

from bundle.heads import TAGS, Head, HeadName
from bundle.text import read
from bundle.tokens import Tokens
from schemas.scored import LABELS
from trainer.errors import TrainerError
from trainer.heads.scored import NO_TAG, Target
from trainer.heads.tokenized_example import TokenizedExample
from trainer.training.loss import MaskedLoss, class_weights

SENTIMENT = Head(kind="single", labels=list(LABELS))
TOPIC = Head(kind="multi", labels=["deals", "macro"])
ENTITY = Head(kind="tags", labels=list(TAGS))
HEADS: dict[HeadName, Head] = {"sentiment": SENTIMENT, "topic": TOPIC, "entity": ENTITY}
CPU = torch.device("cpu")


def test_missing_label_gives_no_gradient() -> None:
    logits = torch.zeros(2, 3, requires_grad=True)
    loss = MaskedLoss(HEADS, {}, CPU)({"sentiment": logits}, [example(sentiment=0), example()])
    (gradient,) = torch.autograd.grad(loss, logits)
    assert gradient[0].abs().sum() > 0
    assert gradient[1].abs().sum() == 0


def test_loss_is_the_sum_over_heads_of_the_mean_over_their_examples() -> None:
    logits: dict[HeadName, torch.Tensor] = {
        "sentiment": torch.zeros(2, 3),
        "topic": torch.zeros(2, 2),
    }
    batch = [example(sentiment=0, topic=[1.0, 0.0]), example(sentiment=2)]
    expected = math.log(3) + 2 * math.log(2)
    assert float(MaskedLoss(HEADS, {}, CPU)(logits, batch)) == pytest.approx(expected)


def test_special_tokens_have_no_tag_to_learn() -> None:
    logits = torch.zeros(1, 3, len(TAGS), requires_grad=True)
    batch = [example(entity=[NO_TAG, 5])]
    (gradient,) = torch.autograd.grad(MaskedLoss(HEADS, {}, CPU)({"entity": logits}, batch), logits)
    assert gradient[0].abs().sum(-1).tolist() == [0.0, pytest.approx(12 / 7), 0.0]


def test_balanced_weights_make_classes_count_alike() -> None:
    examples = [example(sentiment=0), *[example(sentiment=1)] * 3]
    assert class_weights({"sentiment": None}, HEADS, examples) == {
        "sentiment": [2.0, pytest.approx(2 / 3), 1.0]
    }


def test_balanced_weights_of_topics() -> None:
    examples = [example(topic=[1.0, 0.0]), *[example(topic=[0.0, 1.0])] * 3]
    assert class_weights({"topic": None}, HEADS, examples) == {"topic": [3.0, pytest.approx(1 / 3)]}


def test_given_weights_are_put_in_order() -> None:
    given = {"sentiment": {"positive": 3.0, "negative": 2.0}}
    assert class_weights(given, HEADS, []) == {"sentiment": [2.0, 1.0, 3.0]}


def test_weight_of_a_label_that_is_none() -> None:
    with pytest.raises(TrainerError, match="'angry' is not a label; they are negative"):
        class_weights({"sentiment": {"angry": 2.0}}, HEADS, [])


def test_weight_of_a_head_that_no_file_labels() -> None:
    with pytest.raises(TrainerError, match="no file labels topic, only sentiment"):
        class_weights({"topic": None}, {"sentiment": SENTIMENT}, [])


def example(**targets: Target) -> TokenizedExample:
    tokens = Tokens([0] * 3, read(""), [(0, 0)] * 3)
    return TokenizedExample(tokens, {name: targets[name] for name in HEADS if name in targets})
