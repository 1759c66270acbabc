"""What commands have in common that show a Kafka topic of results, and may follow it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from stream.settings import Settings


@contextmanager
def until_interrupted(*, follow: bool) -> Iterator[None]:
    """Ctrl-C, which is how following ends, is no error."""
    try:
        yield
    except KeyboardInterrupt:
        if not follow:
            raise
        # The terminal has printed ^C.
        click.echo(err=True, nl=sys.stderr.isatty())


async def is_there(settings: Settings, topic: str, nothing: str, *, follow: bool) -> bool:
    """Whether there is the Kafka topic `topic`; if not `nothing` is said, and followers wait."""
    from stream.clients.results.received import topic_exists, wait_for_topic

    if await topic_exists(settings, topic):
        return True
    click.echo(f"{nothing}: there is no Kafka topic {topic}", err=True)
    if follow:
        await wait_for_topic(settings, topic)
    return follow
