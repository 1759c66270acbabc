import pytest
import torch

from bundle.heads import TAGS, Head
from bundle.text import read
from bundle.tokens import Tokens
from schemas.scored import LABELS
from trainer.evaluation.report import report
from trainer.heads.scored import NO_TAG, Scored
from trainer.heads.single import recall_at

SENTIMENT = Head(kind="single", labels=list(LABELS))
TOPIC = Head(kind="multi", labels=["deals", "macro"])
ENTITY = Head(kind="tags", labels=list(TAGS))


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


def test_report_has_the_figures_of_each_language() -> None:
    texts = ["Acme falls", "央行意外降息", "央行按兵不动", "🚀"]
    tokens = [Tokens([], read(text), []) for text in texts]
    outputs = [torch.tensor(row) for row in ([0.9, 0.1, 0.0], [0.8, 0.2, 0.0], [0.1, 0.9, 0.0])]
    found = report("sentiment", SENTIMENT, Scored([0, 1, 1, 1], [*outputs, outputs[2]], tokens))
    assert found.metrics["languages"] == {
        "en": {"examples": 1, "accuracy": 1.0, "macro_f1": 1.0},
        "zh": {"examples": 2, "accuracy": 0.5, "macro_f1": 0.3333},
    }
    assert "zh: examples 2, accuracy 0.5" in found.text


def test_report_of_one_language_has_no_figures_of_each() -> None:
    tokens = [Tokens([], read(text), []) for text in ("Acme falls", "Acme meets")]
    outputs = [torch.tensor([0.9, 0.1, 0.0]), torch.tensor([0.1, 0.9, 0.0])]
    found = report("sentiment", SENTIMENT, Scored([0, 1], outputs, tokens))
    assert "languages" not in found.metrics


def test_report_of_tags_counts_whole_entities() -> None:
    outputs = [torch.eye(len(TAGS))[[0, 5, 6, 0]], torch.eye(len(TAGS))[[0, 5, 0]]]
    found = report("entity", ENTITY, Scored([[NO_TAG, 5, 6, NO_TAG], [NO_TAG, 5, 6]], outputs))
    assert (found.metrics["precision"], found.metrics["recall"]) == (0.5, 0.5)
    assert found.confusion.counts[3].tolist() == [1, 0, 0, 3]
