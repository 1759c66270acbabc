"""A loaded bundle on labelled examples."""

from collections.abc import Sequence

from bundle.classifier import Classifier
from bundle.heads import HeadName
from trainer.data.dataset import check_labels
from trainer.data.examples import Example
from trainer.evaluation.report import Report, report
from trainer.evaluation.scoring import score_examples
from trainer.heads.scored import Scored
from trainer.heads.tokenized_example import tokenized


def evaluate(classifier: Classifier, examples: Sequence[Example]) -> list[Report]:
    """A report for each head that `examples` have labels for; raises as `scored_by` does."""
    return reports(classifier, scored_by(classifier, examples))


def reports(classifier: Classifier, scored: dict[HeadName, Scored]) -> list[Report]:
    """A report for each head in `scored`, which are probabilities of `classifier`."""
    heads = classifier.manifest.heads
    return [report(name, heads[name], scored[name]) for name in heads if name in scored]


def scored_by(classifier: Classifier, examples: Sequence[Example]) -> dict[HeadName, Scored]:
    """The probabilities of `classifier` for each head that `examples` have labels for, in order.

    Raises:
        TrainerError: a label that the bundle's heads lack.
    """
    heads = classifier.manifest.heads
    check_labels(examples, heads)
    read = tokenized(examples, heads, classifier.tokenize)
    return score_examples(classifier.probabilities, read, "evaluating")
