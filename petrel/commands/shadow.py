"""The command `petrel shadow`."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from petrel.console.cli_shared import Command, begin, width
from stream.settings import Settings

if TYPE_CHECKING:
    from bundle.classifier import Classifier
    from stream.clients.shadow import Comparison, Pair


@click.command(cls=Command)
@click.argument("bundle", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "-f", "--follow", is_flag=True, help="Score what comes, until Ctrl-C, not what is there."
)
@click.option("--json", "as_json", is_flag=True, help="A JSON object for each document.")
def shadow(bundle: Path, follow: bool, as_json: bool) -> None:
    """Let BUNDLE score what the live model has scored, and show where the two differ.

    It reads sentiment.scored.v1 and writes nothing: no worker is slower for it, and no window
    or alert is another. Each document with another label is a line, and the end is a summary.
    Copies of a text, which are not scored themselves, are left out.

    \b
      petrel shadow models/desk
      petrel shadow models/desk --follow
      petrel shadow models/desk --json | jq 'select(.live.label != .shadow.label)'
    """
    from bundle.classifier import Classifier
    from stream.clients.shadow import Comparison

    settings = begin()
    classifier = Classifier.load(bundle, settings.threads)
    comparison = Comparison()
    try:
        asyncio.run(_shadow(settings, classifier, comparison, follow=follow, as_json=as_json))
    except KeyboardInterrupt:
        if not follow:
            raise
        # The terminal has written ^C.
        click.echo(err=True, nl=sys.stderr.isatty())
    for line in _summary(classifier, comparison):
        click.echo(line, err=as_json)


async def _shadow(
    settings: Settings,
    classifier: "Classifier",
    comparison: "Comparison",
    *,
    follow: bool,
    as_json: bool,
) -> None:
    from stream.clients.shadow import shadow as pairs

    async for pair in pairs(settings, classifier, follow=follow):
        comparison.add(pair)
        if as_json:
            click.echo(_json(pair))
        elif pair.differs:
            click.echo(_line(pair))


def _json(pair: "Pair") -> bytes:
    import orjson
    from msgspec import to_builtins

    document = pair.document
    return orjson.dumps(
        {
            "id": document.id,
            "text": document.text,
            "model": to_builtins(document.model),
            "live": to_builtins(document.sentiment),
            "shadow": to_builtins(pair.shadow),
        }
    )


def _line(pair: "Pair") -> str:
    from petrel.console.display import fit, plain

    live, other = pair.document.sentiment, pair.shadow
    head = f"{live.label:8} -> {other.label:8}  {live.negative:.2f} -> {other.negative:.2f}  "
    return head + fit(plain(pair.document.text), width() - len(head))


def _summary(classifier: "Classifier", comparison: "Comparison") -> list[str]:
    if not comparison.documents:
        return ["no documents to compare"]
    live = ", ".join(f"{model.name} {model.version}" for model in comparison.live)
    models = f"live {live}, in the shadow {classifier.name} {classifier.version}"
    share = comparison.differing / comparison.documents
    apart = f"the negative probability is {comparison.shift:.3f} apart on average"
    return [
        f"{comparison.documents} documents, {models}",
        f"  {comparison.differing} have another label ({share:.1%}), {apart}",
        *(f"  {old} -> {new}: {count}" for (old, new), count in comparison.moves.most_common()),
    ]
