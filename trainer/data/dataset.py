"""All examples of a training run, and the heads that they have labels for."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from bundle.head_kinds import kind_of
from bundle.heads import HEADS, Head, HeadKindName, HeadName
from trainer.data.examples import Example, read_examples
from trainer.data.label_map import LabelMap
from trainer.data.labels import ExampleLabel, class_names
from trainer.data.task import Layout, Task
from trainer.errors import TrainerError

STARTER = Task(("sentiment", "topic", "entity"), Path(__file__).with_name("starter.jsonl"))


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
        if empty := [label for label in kind_of(head).classes(head) if label not in seen]:
            notes.append(f"head {name} cannot learn {', '.join(empty)}: no text to train on has it")
    return notes


def check_labels(examples: Iterable[Example], heads: Mapping[HeadName, Head]) -> None:
    """Raise `TrainerError` for a label of `examples` that `heads` lack."""
    for example in examples:
        for name, value in example.labels.items():
            _check_label(name, value, heads)


def _head(name: HeadName, values: list[ExampleLabel], layout: Layout) -> Head:
    counts = Counter(label for value in values for label in class_names(value))
    named = layout.labels.get(name, LabelMap()).labels or sorted(counts)
    head = Head(kind=_kind(name, values), labels=list(HEADS[name].labels or named))
    if len(counts) < kind_of(head).min_classes:
        raise TrainerError(
            f"head {name} needs at least two classes to learn, its {len(values)} examples have"
            f" only {', '.join(map(repr, counts)) or 'none'}"
        )
    return replace(head, threshold=kind_of(head).threshold)


def _kind(name: HeadName, values: list[ExampleLabel]) -> HeadKindName:
    kinds = HEADS[name].kinds
    single = sum(isinstance(value, str) for value in values)
    if len(kinds) == 1:
        return kinds[0]
    if 0 < single < len(values):
        raise TrainerError(
            f"head {name} must be single-label or multi-label throughout: {single} of its"
            f" {len(values)} examples have one label, the others a list; give --separator where"
            " one cell holds a list"
        )
    return "single" if single else "multi"


def _check_label(name: HeadName, value: ExampleLabel, heads: Mapping[HeadName, Head]) -> None:
    head = heads.get(name)
    if head is None:
        raise TrainerError(f"the bundle has no head {name}, only {', '.join(heads)}")
    unknown = [label for label in class_names(value) if label not in kind_of(head).classes(head)]
    if unknown:
        raise TrainerError(
            f"the bundle's head {name} has no label {unknown[0]!r}; it has {', '.join(head.labels)}"
        )
