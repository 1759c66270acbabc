"""The commands `petrel model list`, `add`, `activate` and `rollback`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bundle.manifest import BundleError, Manifest
from bundle.registry import Registry, Version

_DIRECTORY = click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))


@click.group()
def model() -> None:
    """Put models live, and take them back, while workers run.

    DIR is a model directory: bundles by version, one of them active. Workers that were given DIR
    as their model load what is activated beside the old one, and switch between two batches.

    \b
      petrel model add models/live models/desk
      petrel model activate models/live 3f0c2a9b7d14
      petrel worker --model models/live
    """


@model.command("list")
@_DIRECTORY
def list_versions(directory: Path) -> None:
    """Show the versions in DIR, oldest first: when made, how good on held-out texts, which active.

    \b
      petrel model list models/live
    """
    with _errors():
        registry = Registry(directory)
        active, versions = registry.active(), registry.versions()
    for one in versions:
        click.echo(_line(one, is_active=one.version == active))
    if active is None:
        click.echo(f"none is active: petrel model activate {directory} VERSION")


@model.command()
@_DIRECTORY
@click.argument("bundle", type=click.Path(exists=True, file_okay=False, path_type=Path))
def add(directory: Path, bundle: Path) -> None:
    """Copy BUNDLE into DIR under its version. What is active stays so.

    \b
      petrel model add models/live models/desk
    """
    with _errors():
        manifest = Registry(directory).add(bundle)
    click.echo(f"{_named(manifest)} is in {directory}")


@model.command()
@_DIRECTORY
@click.argument("version")
def activate(directory: Path, version: str) -> None:
    """Make VERSION the active one of DIR, once every file of it is found whole.

    \b
      petrel model activate models/live 3f0c2a9b7d14
    """
    with _errors():
        manifest = Registry(directory).activate(version)
    click.echo(f"{_named(manifest)} is active in {directory}")


@model.command()
@_DIRECTORY
def rollback(directory: Path) -> None:
    """Make the version active again that was so before the present one. Repeated, it goes further.

    \b
      petrel model rollback models/live
    """
    with _errors():
        manifest = Registry(directory).rollback()
    click.echo(f"{_named(manifest)} is active again in {directory}")


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except BundleError as error:
        raise click.ClickException(str(error)) from None


def _named(manifest: Manifest) -> str:
    return f"{manifest.name} {manifest.version}"


def _line(version: Version, *, is_active: bool) -> str:
    mark = "*" if is_active else " "
    return f"{mark} {version.version}  {version.made:%Y-%m-%d %H:%M}Z  {_described(version)}"


def _described(version: Version) -> str:
    if version.complaint:
        return f"broken: {version.complaint}"
    heads = [f"{head} {_shown(figures)}" for head, figures in version.figures.items()]
    return f"{version.name}  {'; '.join(heads) or 'no held-out figures'}"


def _shown(figures: dict[str, float]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in figures.items())
