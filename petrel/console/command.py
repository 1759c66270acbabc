"""Commands whose expected errors are a sentence for the user.

Here and in the commands what is heavy is imported inside the functions, so that help is quick.
"""

import ssl
from typing import Any

import click

from schemas.errors import PetrelError


class Command(click.Command):
    """A command that ends with a sentence, not a traceback, when an expected error is raised."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; raises `click.ClickException` for an error the user can act on."""
        try:
            return super().invoke(ctx)
        except _expected_errors() as error:
            raise click.ClickException(_sentence(error)) from None


def _expected_errors() -> tuple[type[Exception], ...]:
    from aiokafka.errors import KafkaError
    from redis.exceptions import RedisError

    return (PetrelError, KafkaError, RedisError, TimeoutError, ssl.SSLError)


def _sentence(error: Exception) -> str:
    package = type(error).__module__.partition(".")[0]
    origin = {"redis": "Redis: ", "aiokafka": "Kafka: ", "ssl": "TLS: "}.get(package, "")
    return origin + (str(error) or f"no answer in time ({type(error).__name__})")
