import pytest
import torch
from msgspec.structs import replace

from bundle.head_kinds import kind_of
from bundle.heads import Head
from schemas.scored import LABELS
from trainer.evaluation.calibration import calibrate
from trainer.heads import learner_of
from trainer.heads.reliability import reliability
from trainer.heads.scored import Scored, Target

SENTIMENT = Head(kind="single", labels=list(LABELS))
TOPIC = Head(kind="multi", labels=["deals", "macro"])


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
