"""A model that fails on what every model can read is broken, however it fails."""

from collections.abc import Callable, Sequence
from typing import cast

import pytest

from bundle.classifier import Classifier, Prediction
from bundle.tokens import Reading, Tokens
from stream.scoring.model_trial import BrokenModel, try_model

NAN = float("nan")


class Double:
    name, version = "desk", "00000000000a"

    def __init__(self, predict: Callable[[], Prediction]) -> None:
        self._predict = predict

    def tokenize(self, readings: Sequence[Reading]) -> list[Tokens]:
        return [Tokens([1], one, []) for one in readings]

    def predict(self, batch: Sequence[Tokens]) -> list[Prediction]:
        return [self._predict() for _ in batch]


def failing() -> Prediction:
    raise RuntimeError("the device is lost")


def attempt(predict: Callable[[], Prediction]) -> None:
    try_model(cast(Classifier, Double(predict)))


def test_a_model_that_predicts_passes() -> None:
    attempt(lambda: Prediction((0.2, 0.5, 0.3), [], []))


@pytest.mark.parametrize(
    ("predict", "why"),
    [
        (failing, "RuntimeError: the device is lost"),
        (lambda: Prediction((NAN, NAN, NAN), [], []), "must sum to 1; they are .nan, nan, nan."),
        (lambda: Prediction((0.9, 0.9, 0.9), [], []), "must sum to 1; they are .0.9, 0.9, 0.9."),
    ],
)
def test_a_model_that_fails_is_broken(predict: Callable[[], Prediction], why: str) -> None:
    with pytest.raises(BrokenModel, match=f"^the model desk 00000000000a is broken: .*{why}"):
        attempt(predict)
