"""The commands `petrel evaluate`, `petrel compare` and `petrel classify`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from petrel.console.data_options import data_options, errors, table
from schemas.scored import LABELS
from trainer.data.dataset import read_tasks
from trainer.data.options import Layout, Task
from trainer.errors import TrainerError

if TYPE_CHECKING:
    from bundle.classifier import Classifier, Prediction
    from bundle.heads import HeadName
    from bundle.tokens import Tokens
    from trainer.heads.decision import Decision
    from trainer.heads.scored import Scored
    from trainer.judging.compare import Comparison

_ERRORS = 20

_positive = click.IntRange(min=1)
_limit_option = click.option("--limit", type=_positive, help="Only the first rows of each file.")


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@data_options
@_limit_option
@click.option(
    "--errors",
    "shown_errors",
    type=_positive,
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
    from trainer.judging.evaluate import reports, scored_by

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


@click.command()
@click.argument("first", metavar="A", type=click.Path(path_type=Path))
@click.argument("second", metavar="B", type=click.Path(path_type=Path))
@data_options
@_limit_option
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
    from trainer.heads import learner_of
    from trainer.judging.compare import compare as compare_decisions
    from trainer.judging.evaluate import scored_by

    bundles = [Classifier.load(path) for path in (first, second)]
    scored = [scored_by(classifier, examples) for classifier in bundles]
    for name in scored[0]:
        heads = [classifier.manifest.heads[name] for classifier in bundles]
        first_decisions, second_decisions = (
            learner_of(head).decisions(each[name]) for head, each in zip(heads, scored, strict=True)
        )
        found = compare_decisions(name, heads[0], first_decisions, second_decisions)
        click.echo(msgspec.json.encode(found) if as_json else _verdict(found))


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a text.")
def classify(bundle: Path, texts: tuple[str, ...], as_json: bool) -> None:
    """Print what BUNDLE says of each TEXT: sentiment, topics and entities.

    \b
    petrel classify models/starter "Acme warns on profit, shares sink"
    petrel classify models/starter --json "央行意外降息" | jq .sentiment
    """
    with errors():
        _check_texts(texts)

        from bundle.classifier import Classifier

        predictions = Classifier.load(bundle)(texts)
    for text, prediction in zip(texts, predictions, strict=True):
        shown = _as_dict(text, prediction)
        click.echo(json.dumps(shown, ensure_ascii=False) if as_json else _lines(shown))


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
        "text": tokens.cleaned.text,
        "said": described(decision.predicted, tokens),
        "labelled": described(decision.wanted, tokens),
        "confidence": round(decision.confidence, 4),
    }


def _error_line(text: str, said: str, labelled: str, confidence: float) -> str:
    return f"  {confidence:.3f}  said {said}, labelled {labelled}\n         {text}"


def _verdict(found: "Comparison") -> str:
    (one, two), (low, high) = found.scores, found.interval
    return (
        f"{found.head}: {found.examples} examples\n"
        f"  score A {one:.4f}, B {two:.4f}; B - A {two - one:+.4f},"
        f" 95 % interval {low:+.4f} to {high:+.4f}\n"
        f"  right in A only {found.only_first}, in B only {found.only_second};"
        f" McNemar's exact p = {found.p_value:.4g}"
    )


def _check_texts(texts: Sequence[str]) -> None:
    if not texts:
        raise TrainerError("no text: give at least one TEXT to classify")
    for text in texts:
        if not text.strip():
            raise TrainerError(f"no text: a TEXT must have more than white space, not {text!r}")
        if not _is_utf8(text):
            raise TrainerError(f"a TEXT must be UTF-8: {text!r:.80}")


def _is_utf8(text: str) -> bool:
    # Bytes that are not UTF-8 come in from the command line as halves of surrogate pairs.
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _as_dict(text: str, prediction: "Prediction") -> dict[str, Any]:
    return {
        "text": text,
        "sentiment": dict(zip(LABELS, prediction.sentiment, strict=True)),
        "topics": dict(prediction.topics),
        "entities": [
            {
                "text": text[span.start : span.end],
                "type": span.type,
                "start": span.start,
                "end": span.end,
                "probability": span.probability,
            }
            for span in prediction.entities
        ],
    }


def _lines(shown: dict[str, Any]) -> str:
    scores = "  ".join(f"{label} {value:.3f}" for label, value in shown["sentiment"].items())
    topics = ", ".join(f"{topic} {value:.2f}" for topic, value in shown["topics"].items())
    entities = ", ".join(f"{span['text']} ({span['type']})" for span in shown["entities"])
    return (
        f"{shown['text']}\n  sentiment  {scores}\n  topics     {topics or 'none'}"
        f"\n  entities   {entities or 'none'}"
    )
