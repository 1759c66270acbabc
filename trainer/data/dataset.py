"""All examples of a training run: their heads, and who is trained on, validated and tested with."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import get_args

from bundle.entities import EntityType
from bundle.manifest import FIXED_LABELS, Head, HeadName, Kind
from bundle.text import fingerprint
from trainer.data.examples import Example, Value, read_examples
from trainer.data.options import HEADS, Layout, Task
from trainer.errors import TrainerError

STARTER = Task(HEADS, Path(__file__).with_name("starter.jsonl"))

# The second topic of a single-label text is worth a mention from this probability on.
_SINGLE_THRESHOLD = 0.25


@dataclass(frozen=True, slots=True)
class Split:
    """Examples apart: copies of a text are all on one side."""

    train: list[Example]
    validation: list[Example]
    test: list[Example]

    def counts(self) -> dict[str, int]:
        """How many examples each side has."""
        return {
            "train": len(self.train),
            "validation": len(self.validation),
            "test": len(self.test),
        }


def read_tasks(tasks: Sequence[Task], layout: Layout, limit: int | None = None) -> list[Example]:
    """The examples of all `tasks`, in order; raises `TrainerError` as `read_examples` does."""
    return [example for task in tasks for example in read_examples(task, layout, limit)]


def heads_of(examples: Sequence[Example], layout: Layout) -> dict[HeadName, Head]:
    """The heads that `examples` have labels for.

    Raises:
        TrainerError: topics are single in one example and several in another, or all examples
            of a head are of one class.
    """
    heads = {}
    for name in HEADS:
        values = [example.labels[name] for example in examples if name in example.labels]
        if values:
            heads[name] = _head(name, values, layout)
    return heads


def empty_classes(examples: Sequence[Example], heads: dict[HeadName, Head]) -> list[str]:
    """A sentence for each head that has labels which none of `examples` has."""
    notes = []
    for name, head in heads.items():
        values = [example.labels[name] for example in examples if name in example.labels]
        seen = {label for value in values for label in class_names(value)}
        labels = get_args(EntityType) if head.kind == "tags" else head.labels
        if empty := [label for label in labels if label not in seen]:
            notes.append(f"head {name} cannot learn {', '.join(empty)}: no text to train on has it")
    return notes


def check_labels(examples: Iterable[Example], heads: Mapping[HeadName, Head]) -> None:
    """Raise `TrainerError` for a label of `examples` that `heads` lack."""
    for example in examples:
        for name, value in example.labels.items():
            _check_label(name, value, heads)


def split(examples: Sequence[Example], holdout: float, validation: float, seed: int) -> Split:
    """Split off shares `holdout`, and `validation` of the rest, from 0 up to below 1.

    The side of a text follows from its fingerprint and `seed` alone, so that copies stay
    together, and a text stays where it is when others are added. Corrected ones are trained on.
    """
    return _sides(examples, lambda chance: chance < holdout, validation, seed)


def folds(examples: Sequence[Example], number: int, validation: float, seed: int) -> list[Split]:
    """As `split`, `number` times, so that each example is held out just once."""
    return [
        _sides(examples, partial(_is_in_fold, k, number), validation, seed) for k in range(number)
    ]


def _is_in_fold(fold: int, number: int, chance: float) -> bool:
    return int(chance * number) == fold


def _sides(
    examples: Sequence[Example], is_test: Callable[[float], bool], validation: float, seed: int
) -> Split:
    sides = Split([], [], [])
    for example in examples:
        if example.corrected:
            sides.train.append(example)
        elif is_test(_chance(example.text, f"test {seed}")):
            sides.test.append(example)
        elif _chance(example.text, f"validation {seed}") < validation:
            sides.validation.append(example)
        else:
            sides.train.append(example)
    return sides


def class_names(value: Value) -> list[str]:
    """The classes that a label counts for: entities by their type."""
    if isinstance(value, str):
        return [value]
    return [part if isinstance(part, str) else part.type for part in value]


def _head(name: HeadName, values: list[Value], layout: Layout) -> Head:
    kind = _kind(name, values)
    counts = Counter(label for value in values for label in class_names(value))
    # Text outside all entities is a class of its own.
    if len(counts) + (kind == "tags") < 2:
        raise TrainerError(
            f"head {name} needs at least two classes to learn, its {len(values)} examples have"
            f" only {', '.join(map(repr, counts)) or 'none'}"
        )
    named = dict.fromkeys(layout.labels.get(name, {}).values()) or sorted(counts)
    labels = FIXED_LABELS.get(name, tuple(named))
    return Head(
        kind=kind,
        labels=list(labels),
        threshold=_SINGLE_THRESHOLD if kind == "single" else 0.5,
    )


def _kind(name: HeadName, values: list[Value]) -> Kind:
    if name == "entity":
        return "tags"
    single = sum(isinstance(value, str) for value in values)
    if 0 < single < len(values):
        raise TrainerError(
            f"head {name} must be single-label or multi-label throughout: {single} of its"
            f" {len(values)} examples have one label, the others a list; give --separator where"
            " one cell holds a list"
        )
    return "single" if single else "multi"


def _check_label(name: HeadName, value: Value, heads: Mapping[HeadName, Head]) -> None:
    head = heads.get(name)
    if head is None:
        raise TrainerError(f"the bundle has no head {name}, only {', '.join(heads)}")
    if head.kind == "tags":
        return
    unknown = [label for label in class_names(value) if label not in head.labels]
    if unknown:
        raise TrainerError(
            f"the bundle's head {name} has no label {unknown[0]!r}; it has {', '.join(head.labels)}"
        )


def _chance(text: str, salt: str) -> float:
    digest = hashlib.blake2b(f"{salt} {fingerprint(text)}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
