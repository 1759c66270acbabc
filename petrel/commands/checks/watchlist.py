"""The commands of `petrel watchlist`."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from petrel.console.command import Command, Group

if TYPE_CHECKING:
    from stream.watchlist.review import Remark
    from stream.watchlist.watchlist import Mention, Watchlist

# Remarks of a kind that are shown, and columns of the text on either side of a mention.
_REMARKS = 20
_AROUND = 32


@click.group(cls=Group)
def watchlist() -> None:
    """Find out what a watch list holds, and what it would find.

    \b
      petrel watchlist check companies.yaml
      petrel watchlist check companies.yaml --text posts.txt
    """


@watchlist.command("check", cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--text",
    type=click.File(encoding="utf-8", errors="replace"),
    metavar="FILE|-",
    help="Say whom each line of this file, or of standard input, names.",
)
def check(file: Path, text: TextIO | None) -> None:
    """Say what the watch list in FILE holds, and what in it wants a second look.

    A second look want names that are words ("Gap"), surfaces that several companies share, and what
    is there twice. Each line of --text is cleaned as a document is; every mention is shown in its
    place, with its company and what makes it one. The exit status is 1 for a list that no worker
    would take.

    \b
      petrel watchlist check companies.yaml
      petrel watchlist check companies.yaml --text posts.txt
      echo 'Mind the gap' | petrel watchlist check companies.yaml --text -
    """
    from stream.watchlist.errors import errors_of
    from stream.watchlist.review import counted, review
    from stream.watchlist.watchlist import Watchlist, version_of
    from stream.watchlist.watchlist_file import parse

    with errors_of(file):
        data = file.read_bytes()
        watched = parse(data)
        loaded = Watchlist(watched, version_of(data))
    held = ", ".join(f"{kind} {count:,}" for kind, count in counted(watched).items() if count)
    click.echo(f"{loaded}: {held or 'nobody'}")
    _show_remarks(review(watched))
    if text is not None:
        _show_mentions(loaded, text)


def _show_remarks(remarks: "Iterable[Remark]") -> None:
    from petrel.console.display import one_line

    shown: Counter[str] = Counter()
    for remark in remarks:
        shown[remark.kind] += 1
        if shown[remark.kind] <= _REMARKS:
            click.echo(f"  {remark.kind:6}  {one_line(f'{remark.about}: {remark.sentence}')}")
    for kind, count in shown.items():
        if count > _REMARKS:
            click.echo(f"  {kind:6}  {count - _REMARKS:,} more")


def _show_mentions(loaded: "Watchlist", lines: Iterable[str]) -> None:
    from bundle.text import read

    number = naming = 0
    companies: Counter[str] = Counter()
    for number, line in enumerate(lines, 1):
        mentions = list(loaded.mentions_in(read(line)))
        naming += bool(mentions)
        companies.update(owner.id for mention in mentions for owner in mention.owners)
        for mention in mentions:
            click.echo(_as_line(number, line, mention))
    click.echo(
        f"{companies.total():,} mentions of {len(companies):,} companies"
        f" in {naming:,} of {number:,} lines"
    )


def _as_line(number: int, text: str, mention: "Mention") -> str:
    from petrel.console.display import one_line

    start, end = max(0, mention.start - _AROUND), mention.end + _AROUND
    before = ("…" if start else "") + text[start : mention.start]
    after = text[mention.end : end] + ("…" if end < len(text) else "")
    around = one_line(f"{before}[{text[mention.start : mention.end]}]{after}")
    owners = one_line(", ".join(owner.id for owner in mention.owners))
    return f"{number:6}  {owners} ({mention.why}): {around}"
