"""The command `petrel shadow`."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from petrel.console.command import Command
from petrel.console.param_types import BundleParam
from petrel.console.startup import start_up
from stream.settings import Settings

if TYPE_CHECKING:
    from bundle.classifier import Classifier
    from stream.clients.shadow import Agreement, ScoredTwice


@click.command(cls=Command)
@click.argument("bundle", type=BundleParam())
@click.option("-f", "--follow", is_flag=True, help="Score new documents only, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object for each document.")
def shadow(bundle: Path, follow: bool, as_json: bool) -> None:
    """Let BUNDLE score what the live model has scored, and show where the two differ.

    It reads sentiment.scored.v1 and writes nothing: workers, windows and alerts are not affected.
    A line shows each document with another label, and a summary ends it. Copies of a text, which
    are not scored themselves, are left out.

    \b
      petrel shadow models/desk
      petrel shadow models/desk --follow
      petrel shadow models/desk --json | jq 'select(.live.label != .shadow.label)'
    """
    from bundle.classifier import Classifier
    from stream.clients.shadow import Agreement

    settings = start_up()
    classifier = Classifier.load(bundle, settings.threads)
    agreement = Agreement()
    try:
        asyncio.run(_shadow(settings, classifier, agreement, follow=follow, as_json=as_json))
    except KeyboardInterrupt:
        if not follow:
            raise
        # The terminal has printed ^C.
        click.echo(err=True, nl=sys.stderr.isatty())
    for line in _summary(classifier, agreement):
        click.echo(line, err=as_json)


async def _shadow(
    settings: Settings,
    classifier: "Classifier",
    agreement: "Agreement",
    *,
    follow: bool,
    as_json: bool,
) -> None:
    from stream.clients.shadow import score_again

    async for scored in score_again(settings, classifier, follow=follow):
        agreement.add(scored)
        if as_json:
            click.echo(_json(scored))
        elif scored.labels_differ:
            click.echo(_line(scored))


def _json(scored: "ScoredTwice") -> bytes:
    import orjson
    from msgspec import to_builtins

    document = scored.document
    return orjson.dumps(
        {
            "id": document.id,
            "text": document.text,
            "model": to_builtins(document.model),
            "live": to_builtins(document.sentiment),
            "shadow": to_builtins(scored.shadow),
        }
    )


def _line(scored: "ScoredTwice") -> str:
    from petrel.console.display import one_line, terminal_width, truncate

    live, shadow = scored.document.sentiment, scored.shadow
    head = f"{live.label:8} -> {shadow.label:8}  {live.negative:.2f} -> {shadow.negative:.2f}  "
    return head + truncate(one_line(scored.document.text), terminal_width() - len(head))


def _summary(classifier: "Classifier", agreement: "Agreement") -> list[str]:
    if not agreement.documents:
        return ["no documents to compare"]
    live = ", ".join(f"{model.name} {model.version}" for model in agreement.live_models)
    models = f"live {live}, in the shadow {classifier.name} {classifier.version}"
    share = agreement.different_labels / agreement.documents
    difference = f"the negative probability is {agreement.mean_difference:.3f} apart on average"
    return [
        f"{agreement.documents} documents, {models}",
        f"  {agreement.different_labels} have another label ({share:.1%}), {difference}",
        *(f"  {old} -> {new}: {n}" for (old, new), n in agreement.label_changes.most_common()),
    ]
