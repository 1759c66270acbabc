"""The command `petrel evaluate`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from petrel.console.command import Command
from petrel.console.data_options import data_options, limit_option, table
from petrel.console.param_types import BundleParam
from trainer.data.dataset import read_tasks
from trainer.data.task import Layout, Task
from trainer.errors import TrainerError

if TYPE_CHECKING:
    from bundle.classifier import Classifier
    from bundle.heads import HeadName
    from bundle.tokens import Tokens
    from trainer.heads.decision import Decision
    from trainer.heads.scored import Scored

_ERRORS = 20


@click.command(cls=Command)
@click.argument("bundle", type=BundleParam())
@data_options
@limit_option
@click.option(
    "--errors",
    "shown_errors",
    type=click.IntRange(min=1),
    is_flag=False,
    flag_value=_ERRORS,
    metavar="[N]",
    help=f"List the N errors ({_ERRORS}) of each head that the bundle was surest of.",
)
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON.")
def evaluate(
    tasks: list[Task],
    layout: Layout,
    bundle: Path,
    limit: int | None,
    shown_errors: int | None,
    as_json: bool,
) -> None:
    """Report how good BUNDLE is on labelled files.

    BUNDLE is a folder that petrel train wrote, or a plain Hugging Face sequence classifier with
    the labels negative, neutral and positive.

    \b
    petrel evaluate models/desk --task sentiment=held_out.csv --limit 2000
    petrel evaluate models/desk --task sentiment=held_out.csv --errors 50
    """
    if not tasks:
        raise TrainerError("evaluate needs a --task HEAD=FILE to compare with")
    examples = read_tasks(tasks, layout, limit)

    from bundle.classifier import Classifier
    from trainer.evaluation.evaluate import reports, scored_by

    classifier = Classifier.load(bundle)
    scored = scored_by(classifier, examples)
    found = reports(classifier, scored)
    figures: dict[str, Any] = {entry.head: entry.metrics for entry in found}
    errors_of = _errors_of(classifier, scored, shown_errors or 0)
    if as_json:
        figures |= {"errors": errors_of} if shown_errors else {}
        click.echo(json.dumps(figures, ensure_ascii=False))
        return
    click.echo(table(found))
    for head, those in errors_of.items():
        click.echo(f"{head}: errors, the surest first")
        for error in those:
            click.echo(_error_line(**error))


def _errors_of(
    classifier: "Classifier", scored: "dict[HeadName, Scored]", limit: int
) -> dict[str, list[dict[str, Any]]]:
    """The errors of each head, highest confidence first, at most `limit` each; none if it is 0."""
    from trainer.heads import learner_of

    found = {}
    for name, those in scored.items() if limit else ():
        decisions = learner_of(classifier.manifest.heads[name]).decisions(those)
        pairs = zip(those.tokens, decisions, strict=True)
        wrong = [(tokens, decision) for tokens, decision in pairs if not decision.is_right]
        wrong.sort(key=lambda pair: -pair[1].confidence)
        found[name] = [_as_error(*pair) for pair in wrong[:limit]]
    return found


def _as_error(tokens: "Tokens", decision: "Decision") -> dict[str, Any]:
    from trainer.heads.decision import described

    return {
        "text": tokens.reading.text,
        "said": described(decision.predicted, tokens),
        "labelled": described(decision.wanted, tokens),
        "confidence": round(decision.confidence, 4),
    }


def _error_line(text: str, said: str, labelled: str, confidence: float) -> str:
    return f"  {confidence:.3f}  said {said}, labelled {labelled}\n         {text}"
