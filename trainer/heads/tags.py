"""A head with a BIO tag for each token, which spell entities."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from seqeval import metrics as by_entity
from sklearn import metrics as by_class
from torch import Tensor
from torch.nn import functional

from bundle.entities import Mention, tag_ids, tagged_runs
from bundle.heads import TAGS
from bundle.tokens import Tokens
from trainer.data.labels import ExampleLabel
from trainer.heads.decision import Decision
from trainer.heads.learner import HeadLearner
from trainer.heads.metrics import Confusion, Metrics, rounded, tables
from trainer.heads.scored import NO_TAG, Scored, Target

# Tags of a token without the place in its entity, which a confusion matrix need not tell apart.
_TYPES = ["O", "PER", "LOC", "ORG"]


class TagsLearner(HeadLearner):
    """A target is a tag for each token; the F1 over whole entities stands for the head."""

    score_name = "f1"

    def target(self, label: ExampleLabel, tokens: Tokens) -> Target:
        """Tags by where each token stood in the text as it was labelled, before it was cleaned."""
        original = tokens.reading.original
        placed = [original(start, end) if start < end else (0, 0) for start, end in tokens.offsets]
        tags = zip(tag_ids(cast(tuple[Mention, ...], label), placed), placed, strict=True)
        return [tag if start < end else NO_TAG for tag, (start, end) in tags]

    def loss(self, logits: Tensor, targets: Sequence[Target], weight: Tensor | None) -> Tensor:
        wanted = torch.tensor(_filled(targets, logits.shape[1]), device=logits.device)
        return functional.cross_entropy(
            logits.transpose(1, 2), wanted, weight=weight, ignore_index=NO_TAG
        )

    def classes(self, target: Target) -> list[int]:
        return [tag for tag in _tags(target) if tag != NO_TAG]

    def flat(self, scored: Scored) -> tuple[Tensor, Tensor]:
        outputs = torch.cat(scored.outputs)
        tags = torch.tensor([tag for target in scored.targets for tag in _tags(target)])
        return outputs[tags != NO_TAG], tags[tags != NO_TAG]

    def calibration_loss(self, logits: Tensor, targets: Tensor) -> float:
        return float(functional.cross_entropy(logits, targets))

    def decide(self, target: Target, output: Tensor) -> Decision:
        tags = zip(output.argmax(-1).tolist(), _tags(target), strict=True)
        pairs = [(0, 0) if wanted == NO_TAG else (int(tag), wanted) for tag, wanted in tags]
        confidence = output.amax(-1).tolist()
        wrong = [
            value for value, (tag, wanted) in zip(confidence, pairs, strict=True) if tag != wanted
        ]
        predicted, wanted = (frozenset(tagged_runs(tags)) for tags in zip(*pairs, strict=True))
        return Decision(predicted, wanted, max(wrong) if wrong else min(confidence))

    def metrics(self, scored: Scored) -> Metrics:
        tags = [output.argmax(-1).tolist() for output in scored.outputs]
        wanted = [_names(target, target) for target in scored.targets]
        predicted = [_names(row, target) for row, target in zip(tags, scored.targets, strict=True)]
        table, each = tables(by_entity, wanted, predicted)
        values = {
            "examples": len(wanted),
            "precision": rounded(by_entity.precision_score(wanted, predicted, zero_division=0)),
            "recall": rounded(by_entity.recall_score(wanted, predicted, zero_division=0)),
            "f1": rounded(by_entity.f1_score(wanted, predicted, zero_division=0)),
            "classes": each,
        }
        counts = by_class.confusion_matrix(_types(wanted), _types(predicted), labels=_TYPES)
        return Metrics(values, table, Confusion(counts, _TYPES, _TYPES))


def _tags(target: Target) -> list[int]:
    return cast(list[int], target)


def _filled(targets: Sequence[Target], length: int) -> list[list[int]]:
    """Tags of each row filled up to `length` with tags that do not count."""
    rows = [_tags(target) for target in targets]
    return [[*row, *[NO_TAG] * (length - len(row))] for row in rows]


def _names(tags: Target, target: Target) -> list[str]:
    """The names of the tags of all tokens but the special ones of `target`."""
    pairs = zip(np.asarray(tags), np.asarray(target), strict=True)
    return [TAGS[int(tag)] for tag, wanted in pairs if wanted != NO_TAG]


def _types(rows: Sequence[Sequence[str]]) -> list[str]:
    return [tag.rpartition("-")[2] for row in rows for tag in row]
