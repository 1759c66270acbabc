"""What the labels in a file mean: names of values, and classes of scores."""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

# The name of what is no label: a text with it is not labelled.
SKIPPED = "-"

Compare = Callable[[float, float], bool]
COMPARISONS: Mapping[str, Compare] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores that a label stands for: those that `compare` with `bound`."""

    compare: Compare
    bound: float
    name: str


@dataclass(frozen=True, slots=True)
class LabelMap:
    """Names of values, then of scores, then of all the `rest`; without names each is its own."""

    names: Mapping[str, str] = field(default_factory=dict)
    scores: tuple[Scores, ...] = ()
    rest: str | None = None

    @property
    def labels(self) -> list[str]:
        """All labels that it gives, in order."""
        given = [*self.names.values(), *(one.name for one in self.scores)]
        if self.rest is not None:
            given.append(self.rest)
        return [name for name in dict.fromkeys(given) if name != SKIPPED]

    def name_of(self, value: str) -> str | None:
        """The label that `value` stands for; None for one that is to be skipped.

        Raises:
            KeyError: it stands for none.
        """
        name = self._find(value)
        return None if name == SKIPPED else name

    def _find(self, value: str) -> str:
        if value in self.names:
            return self.names[value]
        if not self.labels:
            return value
        score = _number(value)
        for one in self.scores:
            if score is not None and one.compare(score, one.bound):
                return one.name
        # What is no number has no place between scores.
        if self.rest is None or (self.scores and score is None):
            raise KeyError(value)
        return self.rest

    def __str__(self) -> str:
        said = [f"{value}={name}" for value, name in self.names.items()]
        symbols = {compare: symbol for symbol, compare in COMPARISONS.items()}
        said += [f"{symbols[one.compare]}{one.bound:g}={one.name}" for one in self.scores]
        return ", ".join(said if self.rest is None else [*said, f"else {self.rest}"])


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
