"""A loaded bundle on labelled examples."""

from collections.abc import Sequence

from bundle.classifier import Classifier
from trainer.dataset import check_labels
from trainer.examples import Example
from trainer.items import prepare
from trainer.report import Report, report
from trainer.scoring import score_items


def evaluate(classifier: Classifier, examples: Sequence[Example]) -> list[Report]:
    """A report for each head that `examples` have labels for.

    Raises:
        TrainerError: a label that the bundle's heads lack.
    """
    heads = classifier.manifest.heads
    check_labels(examples, heads)
    items = prepare(examples, heads, classifier.tokenize)
    scored = score_items(classifier.probabilities, items, "evaluating")
    return [report(name, heads[name], scored[name]) for name in heads if name in scored]
