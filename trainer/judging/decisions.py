"""What a head said of each example, as sets of what it found and what it should have found."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from torch import Tensor

from bundle.entities import tagged_runs
from bundle.manifest import Head, HeadName
from bundle.tokens import Tokens
from trainer.data.items import NO_TAG, Target
from trainer.judging.scoring import Scored

# A class and where it was found: nowhere in particular, or the first and last + 1 token.
Found = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Decision:
    """One head on one text.

    `confidence` is the probability given to what is wrong in it, where several things are to the
    surest of them; of a decision that is right it is that of its least sure part.
    """

    head: HeadName
    tokens: Tokens
    said: frozenset[Found]
    wanted: frozenset[Found]
    confidence: float

    @property
    def is_right(self) -> bool:
        """Whether nothing is missing and nothing too much."""
        return self.said == self.wanted

    def described(self, found: frozenset[Found]) -> str:
        """`said` or `wanted` in words."""
        return ", ".join(self._named(*entry) for entry in sorted(found)) or "none"

    def _named(self, name: str, first: int, last: int) -> str:
        if first == last:
            return name
        start, end = self.tokens.offsets[first][0], self.tokens.offsets[last - 1][1]
        return f"{self.tokens.cleaned.text[start:end]} ({name})"


def decisions(name: HeadName, head: Head, scored: Scored) -> Iterator[Decision]:
    """The decision on each example of `scored`, which holds probabilities, in order."""
    decide = {"single": _class, "multi": _labels, "tags": _entities}[head.kind]
    for tokens, target, output in zip(scored.tokens, scored.targets, scored.outputs, strict=True):
        yield Decision(name, tokens, *decide(head, target, output))


_Decided = tuple[frozenset[Found], frozenset[Found], float]


def _class(head: Head, target: Target, output: Tensor) -> _Decided:
    said = int(output.argmax())
    return _names(head, [said]), _names(head, [cast(int, target)]), float(output[said])


def _labels(head: Head, target: Target, output: Tensor) -> _Decided:
    said = [position for position, value in enumerate(output) if value >= head.threshold]
    wanted = [position for position, value in enumerate(cast(list[float], target)) if value]
    wrong = set(said) ^ set(wanted)
    sure = [float(output[k] if k in said else 1 - output[k]) for k in range(len(head.labels))]
    confidence = max(sure[k] for k in wrong) if wrong else min(sure)
    return _names(head, said), _names(head, wanted), confidence


def _entities(head: Head, target: Target, output: Tensor) -> _Decided:
    tags = zip(output.argmax(-1).tolist(), cast(list[int], target), strict=True)
    pairs = [(0, 0) if wanted == NO_TAG else (int(tag), wanted) for tag, wanted in tags]
    sure = output.amax(-1).tolist()
    wrong = [value for value, (tag, wanted) in zip(sure, pairs, strict=True) if tag != wanted]
    said, wanted = (frozenset(tagged_runs(tags)) for tags in zip(*pairs, strict=True))
    return said, wanted, max(wrong) if wrong else min(sure)


def _names(head: Head, positions: list[int]) -> frozenset[Found]:
    return frozenset((head.labels[position], 0, 0) for position in positions)
