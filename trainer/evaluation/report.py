"""How good the probabilities of a head are, in numbers and as a table to read."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from bundle.heads import Head, HeadName
from bundle.text.language import Language, language
from trainer.evaluation.compare import score
from trainer.heads import learner_of
from trainer.heads.decision import Decision
from trainer.heads.learner import HeadLearner
from trainer.heads.metrics import Confusion, rounded
from trainer.heads.reliability import Reliability, reliability
from trainer.heads.scored import Scored


@dataclass(frozen=True, slots=True)
class Report:
    """One head on one set of examples.

    `score` is the figure that stands for the head: macro-F1, of a multi-label head micro-F1, of
    entities F1 over whole entities. `before` and `after` are of the calibration. Where the examples
    are in two languages, `metrics` has the figures of each under `languages`; accuracy there is the
    share of texts that are wholly right.
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
    languages = _by_language(learner, scored)
    if len(languages) > 1:
        metrics["languages"] = languages
    table = "\n".join([found.table, *(_line(*entry) for entry in languages.items())])
    return Report(name, metrics[learner.score_name], table, metrics, found.confusion, before, after)


def _by_language(learner: HeadLearner, scored: Scored) -> dict[Language, dict[str, Any]]:
    """The figures that stand for the head, of the examples in each language."""
    parts = defaultdict[Language, list[Decision]](list)
    for tokens, decision in zip(scored.tokens, learner.decisions(scored), strict=False):
        if found := language(tokens.reading.text):
            parts[found].append(decision)
    return {found: _figures(learner, parts[found]) for found in sorted(parts)}


def _figures(learner: HeadLearner, decisions: list[Decision]) -> dict[str, Any]:
    right = sum(decision.is_right for decision in decisions)
    return {
        "examples": len(decisions),
        "accuracy": rounded(right / len(decisions)),
        learner.score_name: rounded(score(learner, decisions)),
    }


def _line(name: Language, figures: dict[str, Any]) -> str:
    said = ", ".join(f"{figure.replace('_', ' ')} {value}" for figure, value in figures.items())
    return f"{name}: {said}"
