"""Whether a model is broken: tried on a text that every model can read."""

from collections.abc import Sequence

from bundle.classifier import Classifier, Prediction
from bundle.text import read
from bundle.tokens import Tokens
from schemas.codec import InvalidRecord
from schemas.errors import PetrelError

# A model can load and yet not predict. It also predicts its first text more slowly than others.
_TRIAL = read("Shares of the company fell after the report.")

# Rounding apart: a model that gives NaN, or no distribution, must not be taken at its word.
_SUM_TOLERANCE = 1e-3


class BrokenModel(PetrelError):
    """A model that fails on a text that every model can read; the message says how."""


def predict(classifier: Classifier, batch: Sequence[Tokens]) -> list[Prediction]:
    """The prediction for each text of `batch`, in order: one forward pass.

    Raises:
        InvalidRecord: the probabilities of a text sum to something else than 1, or are NaN.
    """
    predictions = classifier.predict(batch)
    for prediction in predictions:
        if not abs(sum(prediction.sentiment) - 1) < _SUM_TOLERANCE:
            raise InvalidRecord(
                f"the model's probabilities must sum to 1; they are {prediction.sentiment}"
            )
    return predictions


def try_model(classifier: Classifier) -> None:
    """Let `classifier` predict a trial text.

    Raises:
        BrokenModel: it fails on that, too.
    """
    try:
        predict(classifier, classifier.tokenize([_TRIAL]))
    except Exception as error:
        raise BrokenModel(
            f"the model {classifier.name} {classifier.version} is broken:"
            f" it fails on a trial text: {type(error).__name__}: {error}"
        ) from error
