"""The commands `petrel model list`, `add`, `activate` and `rollback`."""

from pathlib import Path

import click

from bundle.manifest import Manifest
from bundle.registry import Registry, Version
from petrel.console.command import Command, Group
from petrel.console.param_types import BundleParam

_DIRECTORY = click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))


@click.group(cls=Group)
def model() -> None:
    """Activate models, and roll back to earlier ones, while workers run.

    DIR is a model directory: bundles by version, one of them active. Workers whose model is DIR
    load the bundle that is activated while the old one runs, and switch between two batches.

    \b
      petrel model add models/live models/desk
      petrel model activate models/live 3f0c2a9b7d14
      petrel worker --model models/live
    """


@model.command("list", cls=Command)
@_DIRECTORY
def list_versions(directory: Path) -> None:
    """Show the versions in DIR, oldest first: time, held-out scores, and which is active (*).

    \b
      petrel model list models/live
    """
    registry = Registry(directory)
    active, versions = registry.active(), registry.versions()
    for version in versions:
        click.echo(_line(version, is_active=version.version == active))
    if active is None:
        click.echo(f"none is active: petrel model activate {directory} VERSION")


@model.command(cls=Command)
@_DIRECTORY
@click.argument("bundle", type=BundleParam())
def add(directory: Path, bundle: Path) -> None:
    """Copy BUNDLE into DIR under its version. The active version does not change.

    \b
      petrel model add models/live models/desk
    """
    manifest = Registry(directory).add(bundle)
    click.echo(f"{_title(manifest)} is in {directory}")


@model.command(cls=Command)
@_DIRECTORY
@click.argument("version")
def activate(directory: Path, version: str) -> None:
    """Make VERSION the active one of DIR, after checking that all its files are intact.

    \b
      petrel model activate models/live 3f0c2a9b7d14
    """
    manifest = Registry(directory).activate(version)
    click.echo(f"{_title(manifest)} is active in {directory}")


@model.command(cls=Command)
@_DIRECTORY
def rollback(directory: Path) -> None:
    """Activate the version that was active before. Repeated, it goes back further.

    \b
      petrel model rollback models/live
    """
    manifest = Registry(directory).rollback()
    click.echo(f"{_title(manifest)} is active again in {directory}")


def _title(manifest: Manifest) -> str:
    return f"{manifest.name} {manifest.version}"


def _line(version: Version, *, is_active: bool) -> str:
    mark = "*" if is_active else " "
    return f"{mark} {version.version}  {version.made:%Y-%m-%d %H:%M}Z  {_description(version)}"


def _description(version: Version) -> str:
    if version.complaint:
        return f"broken: {version.complaint}"
    heads = [f"{head} {_scores(figures)}" for head, figures in version.figures.items()]
    return f"{version.name}  {'; '.join(heads) or 'no held-out figures'}"


def _scores(figures: dict[str, float]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in figures.items())
