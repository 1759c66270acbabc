"""Poll feeds with the servers and the files of a command."""

from collections.abc import Sequence
from pathlib import Path

from stream.clients.kafka_sender import kafka_sender
from stream.clients.polling.feed_parser import check_installed
from stream.clients.polling.fetch import feed_session
from stream.clients.polling.poller import Poller, PollOptions
from stream.clients.polling.state import open_state
from stream.clients.until_stopped import until_stopped
from stream.kafka import Admin, Producer, input_config
from stream.settings import Settings


async def poll(
    settings: Settings, urls: Sequence[str], options: PollOptions, state: Path, *, once: bool
) -> int | None:
    """Poll `urls`, with `once` once each; the Kafka topic is created when missing.

    Gives how many failed; without `once` it ends when all are gone. None: Ctrl-C has ended it.

    Raises:
        FeedError: the package that parses feeds is not installed.
        KafkaUnavailable: no broker answers at the start. Later the documents wait for one.
        StateError: the file `state` cannot be used.
    """
    check_installed()
    with open_state(state, options.topic) as states:
        async with Admin(settings) as admin:
            await admin.ensure({options.topic: input_config(settings)})
        async with kafka_sender(lambda: Producer(settings)) as sender, feed_session() as session:
            poller = Poller(session, sender.send, states, options)
            work = poller.poll_once if once else poller.follow
            return await until_stopped(work(urls))
