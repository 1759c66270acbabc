"""The command `petrel serve`."""

import asyncio

import click

from petrel.console.command import Command
from petrel.console.options import create_option
from petrel.console.param_types import TopicParam
from petrel.console.startup import start_up
from stream.settings import Settings


@click.command(cls=Command)
@click.argument("topic", type=TopicParam())
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Others than loopback need a token."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8088,
    show_default=True,
    help="0 is any free one, which is printed.",
)
@create_option
def serve(topic: str, host: str, port: int, create: bool) -> None:
    """Take documents over HTTP, and send them to the Kafka TOPIC.

    POST /documents takes a document, an array of documents (application/json) or JSON lines
    (application/x-ndjson). The answer is 202 once Kafka has all of them. A document that a worker
    would set aside is refused, and with it the whole request: the answer, 400, names the first and
    its rule. It is 413 when there is too much, 429 while too much waits for Kafka and 503 while
    Kafka does not answer: send the same again after Retry-After.

    \b
      petrel serve news.raw.v1
      curl --json '{"id": "n1", "text": "Acme warns"}' localhost:8088/documents
      curl -H 'Content-Type: application/x-ndjson' --data-binary @day.jsonl \\
           localhost:8088/documents

    After a timeout or a 503 Kafka may have the documents all the same, and has them twice when they
    are sent again: give each an id, by which readers know it.

    With PETREL_HTTP_TOKEN set clients must send it as Authorization: Bearer; put TLS before it.
    GET /healthz answers 200. Until Ctrl-C, which finishes the requests in progress.
    """
    settings = start_up()
    asyncio.run(_serve(settings, settings.topics.named(topic), host, port, create=create))


async def _serve(settings: Settings, topic: str, host: str, port: int, *, create: bool) -> None:
    from stream.clients.destination import find_destination
    from stream.clients.http_endpoint import check_host, document_endpoint
    from stream.clients.kafka_sender import kafka_sender
    from stream.clients.until_stopped import until_stopped
    from stream.kafka import Producer

    # Before a Kafka topic is created for it.
    check_host(host, settings)
    await find_destination(settings, topic, create=create)
    async with (
        kafka_sender(lambda: Producer(settings)) as sender,
        document_endpoint(settings, topic, sender.send, host, port) as bound,
    ):
        at = f"[{host}]" if ":" in host else host
        click.echo(f"http://{at}:{bound}/documents takes documents for {topic}; Ctrl-C ends")
        await until_stopped(asyncio.Event().wait())
