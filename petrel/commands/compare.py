"""The command `petrel compare`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from petrel.console.command import Command
from petrel.console.data_options import data_options, limit_option
from petrel.console.param_types import BundleParam
from trainer.data.dataset import read_tasks
from trainer.data.task import Layout, Task
from trainer.errors import TrainerError

if TYPE_CHECKING:
    from trainer.evaluation.compare import Comparison


@click.command(cls=Command)
@click.argument("first", metavar="A", type=BundleParam())
@click.argument("second", metavar="B", type=BundleParam())
@data_options
@limit_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a head.")
def compare(
    tasks: list[Task], layout: Layout, first: Path, second: Path, limit: int | None, as_json: bool
) -> None:
    """Tell whether bundle B is better than bundle A on labelled files, or whether it is chance.

    Both read the same texts. Of each head: the score of each (macro-F1, of topics and entities
    micro-F1) and the 95 % interval of the difference by paired bootstrap; how many texts just one
    of them has quite right, and how likely such a difference is between bundles that are equally
    good (McNemar's exact test). Use texts that neither was trained on.

    \b
    petrel compare models/live models/new --task sentiment=held_out.csv
    """
    if not tasks:
        raise TrainerError("compare needs a --task HEAD=FILE to compare on")
    examples = read_tasks(tasks, layout, limit)

    from bundle.classifier import Classifier
    from trainer.evaluation.compare import compare as compare_decisions
    from trainer.evaluation.evaluate import scored_by
    from trainer.heads import learner_of

    bundles = [Classifier.load(path) for path in (first, second)]
    scored = [scored_by(classifier, examples) for classifier in bundles]
    for name in scored[0]:
        heads = [classifier.manifest.heads[name] for classifier in bundles]
        first_decisions, second_decisions = (
            learner_of(head).decisions(each[name]) for head, each in zip(heads, scored, strict=True)
        )
        found = compare_decisions(name, heads[0], first_decisions, second_decisions)
        click.echo(msgspec.json.encode(found) if as_json else _verdict(found))


def _verdict(found: "Comparison") -> str:
    (one, two), (low, high) = found.scores, found.interval
    return (
        f"{found.head}: {found.examples} examples\n"
        f"  score A {one:.4f}, B {two:.4f}; B - A {two - one:+.4f},"
        f" 95 % interval {low:+.4f} to {high:+.4f}\n"
        f"  right in A only {found.only_first}, in B only {found.only_second};"
        f" McNemar's exact p = {found.p_value:.4g}"
    )
