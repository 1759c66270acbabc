"""The command `petrel poll`."""

import asyncio
import signal
from pathlib import Path

import click

from petrel.console.command import Command
from petrel.console.options import create_option
from petrel.console.param_types import FeedParam, TopicParam
from petrel.console.startup import start_up

# The exit status of a command that Ctrl-C ended, as shells give it.
_INTERRUPTED = 128 + signal.SIGINT


@click.command(cls=Command)
@click.argument("topic", type=TopicParam())
@click.argument("urls", metavar="URL...", type=FeedParam(), nargs=-1, required=True)
@click.option(
    "--interval",
    metavar="SECONDS",
    # A server would be asked more often than its feed can change.
    type=click.IntRange(30, 86_400),
    default=300,
    show_default=True,
    help="Between two polls of a feed. A feed that asks for longer is left alone for longer.",
)
@click.option("--source", metavar="NAME", help="The source of the documents, not the feed's host.")
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that remembers what was sent.  [$XDG_STATE_HOME/petrel/poll/TOPIC.json]",
)
@click.option("--once", is_flag=True, help="Poll each feed once and end, for cron.")
@create_option
def poll(
    topic: str,
    urls: tuple[str, ...],
    interval: int,
    source: str | None,
    state: Path | None,
    once: bool,
    create: bool,
) -> None:
    """Poll RSS and Atom feeds, and send what is new in them to the Kafka TOPIC.

    Each entry becomes a document with the id that the feed gives it, once: a file remembers what
    was sent, so that a restart sends nothing twice. When the command is killed, the last entries
    may come again, with the same ids. An entry that changes later is not sent again. The first poll
    of a feed sends all that it lists: workers raise no alert of what is dated an hour ago or more.

    \b
      petrel poll news.raw.v1 https://example.org/rss https://example.com/atom
      petrel poll news.raw.v1 https://example.org/rss.xml --interval 60
      petrel poll news.raw.v1 https://example.org/rss.xml --once
      petrel poll desk.raw.v1 https://example.org/rss.xml --create

    A line of the log tells of each poll: the status, how many entries were new and how many were
    known. A feed that fails is tried again after ever longer waits, and no other waits for it; one
    that is gone for good (410) is polled no more. Until Ctrl-C. With --once the exit status is 1
    when a feed failed.
    """
    settings = start_up()
    from stream.clients.polling.poller import PollOptions
    from stream.clients.polling.run import poll as poll_feeds
    from stream.clients.polling.state import default_path

    options = PollOptions(topic=settings.topics.named(topic), interval=interval, source=source)
    path = state or default_path(options.topic)
    feeds = tuple(dict.fromkeys(urls))
    failed = asyncio.run(poll_feeds(settings, feeds, options, path, once=once, create=create))
    if failed is None and once:
        raise SystemExit(_INTERRUPTED)
    if failed:
        raise click.ClickException(f"feeds that {'failed' if once else 'are gone'}: {failed}")
