"""How good the probabilities of a head are, in numbers and as a table to read."""

from dataclasses import dataclass
from typing import Any

from bundle.heads import Head, HeadName
from trainer.heads import learner_of
from trainer.heads.metrics import Confusion, rounded
from trainer.heads.reliability import Reliability, reliability
from trainer.heads.scored import Scored


@dataclass(frozen=True, slots=True)
class Report:
    """One head on one set of examples.

    `score` is the figure that stands for the head: macro-F1, of a multi-label head micro-F1, of
    entities F1 over whole entities. `before` and `after` are of the calibration.
    """

    head: HeadName
    score: float
    text: str
    metrics: dict[str, Any]
    confusion: Confusion
    before: Reliability
    after: Reliability


def report(name: HeadName, head: Head, scored: Scored) -> Report:
    """The report of a head; `scored` holds probabilities."""
    learner = learner_of(head)
    outputs, targets = learner.flat(scored)
    before = reliability(*learner.confidence(learner.uncalibrated(outputs), targets))
    after = reliability(*learner.confidence(outputs, targets))
    found = learner.metrics(scored)
    metrics = {
        **found.values,
        "calibration_error": rounded(after.error),
        "calibration_error_before": rounded(before.error),
    }
    score = metrics[learner.score_name]
    return Report(name, score, found.table, metrics, found.confusion, before, after)
