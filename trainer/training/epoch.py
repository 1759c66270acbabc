"""What came of one pass over the training split."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass: the mean training loss, the score on the validation split, and its time."""

    number: int
    loss: float
    score: float
    seconds: float

    def __str__(self) -> str:
        return (
            f"epoch {self.number}: training loss {self.loss:.4f}, validation score {self.score:.4f}"
        )
