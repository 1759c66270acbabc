"""Which examples are trained on, validated with and tested with."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bundle.text import fingerprint
from trainer.data.examples import Example


@dataclass(frozen=True, slots=True)
class Split:
    """Examples apart: duplicates of a text are all in one part."""

    train: list[Example]
    validation: list[Example]
    test: list[Example]

    def counts(self) -> dict[str, int]:
        """How many examples each part has."""
        return {
            "train": len(self.train),
            "validation": len(self.validation),
            "test": len(self.test),
        }


def split(examples: Sequence[Example], holdout: float, validation: float, seed: int) -> Split:
    """Split off shares `holdout`, and `validation` of the rest, from 0 up to below 1.

    The part of a text follows from its fingerprint and `seed` alone, so that duplicates stay
    together, and a text stays where it is when others are added. Corrected ones are trained on.
    """
    return _split_by(examples, lambda fraction: fraction < holdout, validation, seed)


def folds(examples: Sequence[Example], number: int, validation: float, seed: int) -> list[Split]:
    """As `split`, `number` times, so that each example is held out just once."""
    tests = [partial(_is_in_fold, fold, number) for fold in range(number)]
    return [_split_by(examples, is_test, validation, seed) for is_test in tests]


def _is_in_fold(fold: int, number: int, fraction: float) -> bool:
    return int(fraction * number) == fold


def _split_by(
    examples: Sequence[Example], is_test: Callable[[float], bool], validation: float, seed: int
) -> Split:
    parts = Split([], [], [])
    for example in examples:
        if example.corrected:
            parts.train.append(example)
        elif is_test(_fraction(example.text, f"test {seed}")):
            parts.test.append(example)
        elif _fraction(example.text, f"validation {seed}") < validation:
            parts.validation.append(example)
        else:
            parts.train.append(example)
    return parts


def _fraction(text: str, salt: str) -> float:
    """A number from 0 up to below 1 that looks random and is the same for the same text."""
    digest = hashlib.blake2b(f"{salt} {fingerprint(text)}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
