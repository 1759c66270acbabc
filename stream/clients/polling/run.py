"""Poll feeds with the servers and the files of a command."""

from collections.abc import Sequence
from pathlib import Path

from stream.clients.destination import find_destination
from stream.clients.kafka_sender import kafka_sender
from stream.clients.polling.feed_parser import check_installed
from stream.clients.polling.fetch import feed_session
from stream.clients.polling.poller import Poller, PollOptions
from stream.clients.polling.state import open_state
from stream.clients.until_stopped import until_stopped
from stream.kafka import Producer
from stream.settings import Settings


async def poll(
    settings: Settings,
    urls: Sequence[str],
    options: PollOptions,
    state: Path,
    *,
    once: bool,
    create: bool,
) -> int | None:
    """Poll `urls`, with `once` once each; with `create` a missing Kafka topic is created.

    Gives how many failed; without `once` it ends when all are gone. None: Ctrl-C has ended it.

    Raises:
        FeedError: the package that parses feeds is not installed.
        KafkaUnavailable: no broker answers at the start. Later the documents wait for one.
        NothingThere: there is no such Kafka topic, and none is to be created.
        StateError: the file `state` cannot be used.
    """
    check_installed()
    await find_destination(settings, options.topic, create=create)
    with open_state(state, options.topic) as states:
        async with kafka_sender(lambda: Producer(settings)) as sender, feed_session() as session:
            poller = Poller(session, sender.send, states, options)
            work = poller.poll_once if once else poller.follow
            return await until_stopped(work(urls))
