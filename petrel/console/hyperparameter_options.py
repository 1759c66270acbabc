"""The options that set hyperparameters, made of the fields of `Hyperparameters`."""

from collections.abc import Callable
from dataclasses import Field, fields
from typing import Any, get_args, get_type_hints

import click

from trainer.hyperparameters import Hyperparameters

_FIELDS = {field.name: field for field in fields(Hyperparameters)}
_TYPES = get_type_hints(Hyperparameters)


def hyperparameter_options(
    *names: str,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for each of the hyperparameters `names`, in this order."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        for name in reversed(names):
            command = _option(_FIELDS[name], _TYPES[name])(command)
        return command

    return decorate


def _option(
    field: Field[Any], annotation: Any
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    flag = f"--{field.name.replace('_', '-')}"
    explained = field.metadata["help"]
    if annotation is bool:
        return click.option(flag, is_flag=True, default=field.default, help=explained)
    return click.option(
        flag,
        type=_value_type(annotation, field.metadata.get("minimum"), field.metadata.get("maximum")),
        default=field.default,
        show_default=True,
        help=explained,
    )


def _value_type(annotation: Any, minimum: Any, maximum: Any) -> Any:
    if choices := get_args(annotation):
        return click.Choice(choices)
    if minimum is None:
        return annotation
    ranges = {int: click.IntRange, float: click.FloatRange}
    return ranges[annotation](minimum, maximum)
