"""What the word of a source weighs: a negative document of one that weighs less must be surer."""

from collections.abc import Mapping

from schemas.scored import ScoredDocument

# What stands for all sources that are not named.
OTHERS = "*"

# What the negative probability times the weight must reach: the least that the likeliest of three
# labels may have, rounded down, so that of a source of weight 1 all that is negative counts.
_MIN_NEGATIVE = 0.33


class SourceWeights:
    """Weights from 0 to 1, by the name of the source or `OTHERS`; without one it is 1."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = weights
        self._others = weights.get(OTHERS, 1.0)

    def is_heard(self, document: ScoredDocument) -> bool:
        """Whether `document` counts among the negative texts, if it is negative."""
        weight = self._weights.get(document.source, self._others)
        return document.sentiment.negative * weight >= _MIN_NEGATIVE


def parse(text: str) -> dict[str, float]:
    """The weights of `Reuters=1,*=0.5`.

    Raises:
        ValueError: it is none such.
    """
    return dict(map(_weight, filter(None, map(str.strip, text.split(",")))))


def _weight(part: str) -> tuple[str, float]:
    name, _, number = part.rpartition("=")
    try:
        weight = float(number)
    except ValueError:
        weight = -1.0
    if not (name.strip() and 0 <= weight <= 1):
        raise ValueError("must be SOURCE=WEIGHT, weights from 0 to 1, several with comma between")
    return name.strip(), weight
