"""The commands of `petrel dlq`."""

import asyncio
from typing import TYPE_CHECKING

import click

from petrel.console.command import Command, Group
from petrel.console.param_types import OffsetParam, TopicParam
from petrel.console.startup import start_up
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.clients.dead_letters import DeadLetter
    from stream.clients.redrive import Redriven, RedrivePlan


@click.group(cls=Group)
def dlq() -> None:
    """Look at dead letters, and send them back.

    A record that no worker can process is set aside in the Kafka topic TOPIC.dlq, byte for byte,
    with headers that say where it was, and when and why it failed.

    \b
      petrel dlq list news.raw.v1
      petrel dlq redrive news.raw.v1
    """


@dlq.command("list", cls=Command)
@click.argument("topic", type=TopicParam())
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many to show: those that failed last.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line, with the whole value.")
def list_dead_letters(topic: str, limit: int, as_json: bool) -> None:
    """Show the dead letters of TOPIC: offset, time, stage, origin, error, and how each begins.

    \b
      petrel dlq list news.raw.v1
      petrel dlq list news.raw.v1 --limit 1000 --json | jq -r .error
    """
    from stream.clients import dead_letters

    settings = start_up()
    topic = settings.topics.named(topic)
    letters, count = asyncio.run(dead_letters.latest(settings, topic, limit))
    for letter in letters:
        click.echo(_json(letter) if as_json else _block(letter) + "\n")
    if not as_json:
        click.echo(f"{len(letters)} of {count} dead letters of {topic}")


def _json(letter: "DeadLetter") -> bytes:
    import orjson

    return orjson.dumps(letter.to_json())


def _block(letter: "DeadLetter") -> str:
    from petrel.console.display import dead_letter_block, terminal_width

    position = f"{letter.partition}:{letter.offset}"
    return dead_letter_block(position, letter.reason, letter.value, terminal_width())


@dlq.command(cls=Command)
@click.argument("topic", type=TopicParam())
@click.option(
    "--offset",
    "offsets",
    multiple=True,
    type=OffsetParam(),
    metavar="PARTITION:OFFSET",
    help="Only this dead letter, named as `dlq list` shows it. Repeatable.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def redrive(topic: str, offsets: tuple[tuple[int, int], ...], yes: bool) -> None:
    """Send dead letters back to TOPIC, once the cause of their failure is fixed.

    Each goes back as it came: key, value, headers, time. How far a redrive came is committed to
    Kafka, so that the next one sends only what was set aside since. Those named with --offset are
    sent whether or not they were sent before, and nothing is committed for them.

    \b
      petrel dlq redrive news.raw.v1
      petrel dlq redrive news.raw.v1 --offset 0:17 --offset 3:4 --yes

    What fails again is set aside again, and what was cut to fit in Kafka is not sent. Run one
    redrive of a topic at a time.
    """
    from stream.clients.redrive import plan_chosen, plan_pending

    settings = start_up()
    topic = settings.topics.named(topic)
    plan = asyncio.run(
        plan_chosen(settings, topic, offsets) if offsets else plan_pending(settings, topic)
    )
    if not plan.count:
        click.echo(f"all dead letters of {topic} were sent back before")
        return
    if not yes:
        click.confirm(f"Send {plan.count} dead letters back to {topic}?", abort=True)
    done = _redrive(settings, topic, plan)
    click.echo(f"sent {done.sent} dead letters back to {topic}")
    if done.cut:
        click.echo(
            f"{done.cut} had been cut to fit in Kafka and were not sent: their records are whole"
            " where they came from, as `petrel dlq list` says"
        )


def _redrive(settings: Settings, topic: str, plan: "RedrivePlan") -> "Redriven":
    from petrel.console.meter import Meter
    from stream.clients.redrive import redrive as send_back

    with Meter("dead letters") as meter:
        return asyncio.run(
            send_back(settings, topic, plan, lambda seen: meter.show(seen, plan.count))
        )
