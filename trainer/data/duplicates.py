"""Duplicates of a text among the examples: merged into one, with one label a head."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from bundle.entities import Mention
from bundle.heads import HEADS, HeadName
from bundle.text import fingerprint
from trainer.data.examples import Example
from trainer.data.labels import ExampleLabel

# What two labels have in common when they say the same of duplicates that differ in case or a URL.
_Meaning = tuple[tuple[str, str], ...]

_SHOWN_TEXT = 80


@dataclass(frozen=True, slots=True)
class Conflict:
    """One head of one text that its duplicates label differently, and how often each way."""

    head: HeadName
    text: str
    votes: dict[str, int]
    is_tie: bool

    def __str__(self) -> str:
        votes = ", ".join(f"{label} {count}" for label, count in self.votes.items())
        return f"{self.head} of {self.text[:_SHOWN_TEXT]!r}: {votes}"


@dataclass(frozen=True, slots=True)
class Deduplicated:
    """Examples, each text once: `duplicates` were merged, `dropped` had only tied labels."""

    examples: list[Example]
    duplicates: int
    dropped: int
    conflicts: list[Conflict]

    def notes(self) -> list[str]:
        """What a person should know of it, a sentence each."""
        notes = []
        if self.duplicates:
            notes.append(
                f"{self.duplicates} examples are copies of another: joined before the split"
            )
        if self.conflicts:
            ties = sum(conflict.is_tie for conflict in self.conflicts)
            notes.append(
                f"{len(self.conflicts)} labels differ between copies of a text: the most frequent"
                f" was kept, {ties} without one were dropped, and with them {self.dropped} texts;"
                f" the first is {self.conflicts[0]}"
            )
        return notes


def deduplicated(examples: Sequence[Example]) -> Deduplicated:
    """`examples` with each text once; texts of the same fingerprint are duplicates.

    A head of the text has the label that most of its duplicates give it. Where two are as frequent
    nobody knows which is right, so the text loses that label, and goes when it has no other.
    """
    groups: dict[int, list[Example]] = defaultdict(list)
    for example in examples:
        groups[fingerprint(example.text)].append(example)
    conflicts: list[Conflict] = []
    found = [_merged(group, conflicts) for group in groups.values()]
    kept = [example for example in found if example is not None]
    return Deduplicated(kept, len(examples) - len(groups), len(found) - len(kept), conflicts)


def _merged(group: list[Example], conflicts: list[Conflict]) -> Example | None:
    if len(group) == 1:
        return group[0]
    labels: dict[HeadName, ExampleLabel] = {}
    text = group[0].text
    for head in HEADS:
        winner = _majority(head, group, conflicts)
        if winner is not None:
            labels[head] = winner.labels[head]
            # Entities stand at places of the very text that they were labelled in.
            text = winner.text if HEADS[head].sees_tokens else text
    return Example(text, labels) if labels else None


def _majority(head: HeadName, group: list[Example], conflicts: list[Conflict]) -> Example | None:
    """The first example with the most frequent label; None when no example has one, or a tie."""
    voters = [example for example in group if head in example.labels]
    votes = Counter(_meaning(head, example) for example in voters)
    if not votes:
        return None
    ranked = votes.most_common()
    is_tie = len(ranked) > 1 and ranked[0][1] == ranked[1][1]
    if len(ranked) > 1:
        shown = {_described(meaning): count for meaning, count in ranked}
        conflicts.append(Conflict(head, voters[0].text, shown, is_tie))
    return None if is_tie else next(e for e in voters if _meaning(head, e) == ranked[0][0])


def _meaning(head: HeadName, example: Example) -> _Meaning:
    label = example.labels[head]
    if HEADS[head].sees_tokens:
        mentions = cast(tuple[Mention, ...], label)
        return tuple((example.text[m.start : m.end], m.type) for m in mentions)
    names = (label,) if isinstance(label, str) else cast(tuple[str, ...], label)
    return tuple((name, "") for name in sorted(names))


def _described(meaning: _Meaning) -> str:
    parts = [f"{name} ({kind})" if kind else name for name, kind in meaning]
    return " and ".join(parts) or "none"
