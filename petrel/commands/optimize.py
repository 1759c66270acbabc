"""The command `petrel optimize`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from petrel.console.command import Command
from petrel.console.data_options import data_options
from petrel.console.param_types import BundleParam
from trainer.data.dataset import STARTER, read_tasks
from trainer.data.task import Layout, Task

if TYPE_CHECKING:
    from trainer.optimize import BeforeAndAfter, Evaluated


@click.command(cls=Command)
@click.argument("bundle", type=BundleParam())
@data_options
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Where to write it. Default: beside BUNDLE, with -int8 after its name.",
)
@click.option(
    "--tolerance",
    type=click.FloatRange(0.0, 1.0),
    default=0.01,
    show_default=True,
    help="What a head may lose of its score; if one loses more nothing is written.",
)
def optimize(
    tasks: list[Task], layout: Layout, bundle: Path, output: Path | None, tolerance: float
) -> None:
    """Write BUNDLE once more in 8-bit integers, several times faster on a CPU.

    Some of the labelled texts say what ranges the integers must cover; on the others both bundles
    are judged, and what each head lost is shown with the speed of both on this machine. Use texts
    of the kind the stream has, best those that were held out of the training. Without --task
    the starter corpus serves.

    Workers take the result as they take any bundle: petrel worker --model models/desk-int8. Its
    records name its own version.

    \b
    petrel optimize models/desk --task sentiment=held_out.csv
    """
    output = output or bundle.with_name(f"{bundle.resolve().name}-int8")
    examples = read_tasks(tasks or [STARTER], layout)

    from trainer.optimize import optimize as optimize_bundle

    result = optimize_bundle(bundle, output, examples, tolerance)
    click.echo(_table(result))
    click.echo(f"{output}: {result.after.speed / result.before.speed:.1f} times the speed")


def _table(result: "BeforeAndAfter") -> str:
    rows = [("", "before", "after")]
    pairs = zip(result.before.reports, result.after.reports, strict=True)
    rows += [(one.head, f"{one.score:.4f}", f"{other.score:.4f}") for one, other in pairs]
    rows.append(("texts a second", _speed(result.before), _speed(result.after)))
    return "\n".join(_line(row) for row in rows)


def _speed(evaluated: "Evaluated") -> str:
    return f"{evaluated.speed:.0f}"


def _line(row: Sequence[str]) -> str:
    return f"{row[0]:<16}{row[1]:>8}{row[2]:>8}"
