"""Commands whose expected errors are a sentence for the user, and whose help is easy to read.

Here and in the commands what is heavy is imported inside the functions, so that help is quick.
"""

from collections.abc import Sequence
from typing import Any

import click

from schemas.errors import PetrelError
from schemas.suggestion import did_you_mean

# Looks like a hyphen, but no line is broken at it.
_NO_BREAK = "\N{NON-BREAKING HYPHEN}"


class _HelpFormatter(click.HelpFormatter):
    """Breaks lines between words, not within `--learning-rate` or `twitter-v1`."""

    def write_text(self, text: str) -> None:
        super().write_text(text.replace("-", _NO_BREAK))

    def write_dl(
        self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        held = [(name, meaning.replace("-", _NO_BREAK)) for name, meaning in rows]
        super().write_dl(held, col_max, col_spacing)

    def write(self, string: str) -> None:
        super().write(string.replace(_NO_BREAK, "-"))


class _Context(click.Context):
    formatter_class = _HelpFormatter


class Command(click.Command):
    """A command that ends with a sentence, not a traceback, when an expected error is raised."""

    context_class = _Context

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; raises `click.ClickException` for an error the user can act on."""
        try:
            return super().invoke(ctx)
        except PetrelError as error:
            raise click.ClickException(str(error)) from None
        except BrokenPipeError:
            # Whoever read our output has enough: click ends without a word.
            raise
        except _errors_of_servers() as error:
            raise click.ClickException(_sentence(error)) from None


class Group(click.Group):
    """A group of commands that says which of them a wrong name may mean."""

    context_class = _Context

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a suggestion."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            error.message = error.message.rstrip(".") + (
                did_you_mean(args[0], self.list_commands(ctx)) or "."
            )
            raise


def _errors_of_servers() -> tuple[type[Exception], ...]:
    from aiokafka.errors import KafkaError
    from redis.exceptions import RedisError

    return (KafkaError, RedisError, OSError)


def _sentence(error: Exception) -> str:
    from stream.refusals import explained

    return explained(error)
