"""The commands `petrel worker`, `feed`, `replay`, `alerts`, `dlq` and `config`.

What is heavy is imported inside the functions, so that help is quick.
"""

import asyncio
import logging
import os
import shutil
import signal
import ssl
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from bundle.manifest import BundleError
from stream import log
from stream.params import Moment, Place, Speed, TopicName, fields
from stream.settings import Settings, SettingsError, described, environment, load, masked, unknown

if TYPE_CHECKING:
    from stream import feed as feeding
    from stream.deadletters import DeadLetter, Plan
    from stream.replay import Options, Summary

_STANDARD_INPUT = "-"

# What a shell gives for a command that Ctrl-C ended.
_INTERRUPTED = 128 + signal.SIGINT


class Command(click.Command):
    """A command whose foreseen failures are a sentence and not a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; raises `click.ClickException` for what the user can do something about."""
        try:
            return super().invoke(ctx)
        except _foreseen() as error:
            raise click.ClickException(_sentence(error)) from None


def _foreseen() -> tuple[type[Exception], ...]:
    from aiokafka.errors import KafkaError
    from redis.exceptions import RedisError

    from stream.deadletters import NoLetters
    from stream.kafka import KafkaUnavailable
    from stream.replay import ReplayError
    from stream.rows import FileError, RowError
    from stream.watchlist import WatchlistError
    from stream.workers import WorkersFailed

    ours = (BundleError, FileError, KafkaUnavailable, NoLetters, ReplayError, RowError)
    theirs = (KafkaError, RedisError, TimeoutError, ssl.SSLError)
    return (*ours, SettingsError, WatchlistError, WorkersFailed, *theirs)


def _sentence(error: Exception) -> str:
    package = type(error).__module__.partition(".")[0]
    origin = {"redis": "Redis: ", "aiokafka": "Kafka: ", "ssl": "TLS: "}.get(package, "")
    return origin + (str(error) or f"no answer in time ({type(error).__name__})")


def _fields_option(command: Any) -> Any:
    return click.option(
        "--field",
        "columns",
        multiple=True,
        metavar="FIELD=COLUMN",
        callback=fields,
        help="Which column a field of the document is in, where the names differ. Repeatable.",
    )(command)


def _model_options(command: Any) -> Any:
    model = click.option(
        "--model",
        type=click.Path(path_type=Path),
        help="Folder of the model bundle.  [PETREL_MODEL]",
    )
    watchlist = click.option(
        "--watchlist",
        type=click.Path(path_type=Path),
        help="YAML file of the companies to watch.  [PETREL_WATCHLIST]",
    )
    return model(watchlist(command))


@click.command(cls=Command)
@_model_options
@click.option(
    "--input",
    "inputs",
    multiple=True,
    type=TopicName(),
    help="A Kafka topic of documents. Repeatable.  [PETREL_INPUTS]",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Processes; one that fails is started again.",
)
def worker(
    model: Path | None, watchlist: Path | None, inputs: tuple[str, ...], workers: int
) -> None:
    """Read documents from Kafka, score them, count them, raise alerts. Runs until stopped.

    Kafka topics that are missing are created. Any number of workers share the work, on one
    machine or many: each takes some of the partitions. A worker that is stopped, or killed,
    leaves nothing half done; the others take over where it was.

    \b
      petrel worker --model models/starter --watchlist watchlist.yaml
      petrel worker --input wires.raw.v1 --input social.raw.v1 --workers 4

    With Ctrl-C or SIGTERM it finishes what it holds and ends. Logs go to standard error, as JSON
    unless PETREL_LOG_FORMAT is text.
    """
    settings = _load(model=model, watchlist=watchlist, inputs=inputs or None)
    log.set_up(settings.log_level, settings.log_format)
    for sentence in unknown():
        logging.getLogger(__name__).warning(sentence)
    if workers > 1:
        _supervise(settings, workers)
    else:
        _work(settings)


def _work(settings: Settings) -> None:
    from bundle.classifier import Classifier
    from stream.kafka import ensure_topics
    from stream.watchlist import Watchlist
    from stream.worker import Worker, run

    watched = Watchlist.load(settings.watchlist) if settings.watchlist else Watchlist.empty()
    classifier = Classifier.load(settings.model, settings.threads)
    partitions = asyncio.run(ensure_topics(settings))
    run(Worker(settings, classifier, watched, partitions))


def _supervise(settings: Settings, workers: int) -> None:
    from stream.kafka import ensure_topics
    from stream.watchlist import Watchlist
    from stream.workers import supervise

    # What would fail in each of them is said once, here.
    if settings.watchlist:
        Watchlist.load(settings.watchlist)
    if not settings.model.is_dir():
        raise BundleError(f"{settings.model} is not a bundle: there is no such folder")
    asyncio.run(ensure_topics(settings))
    supervise(workers, environment(settings))


@click.command(cls=Command)
@click.argument("topic", type=TopicName())
@click.argument(
    "file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    default=_STANDARD_INPUT,
)
@_fields_option
@click.option("--source", metavar="NAME", help="The source of documents that name none.")
@click.option("--lang", metavar="TAG", help="The language of documents that name none, such as zh.")
@click.option("--lines", is_flag=True, help="Take every line for a text, even one that begins {.")
def feed(
    topic: str,
    file: Path,
    columns: Mapping[str, str],
    source: str | None,
    lang: str | None,
    lines: bool,
) -> None:
    """Send documents to the Kafka TOPIC from FILE, or from standard input.

    FILE is .jsonl, .csv, .parquet or .txt. On standard input a line that begins with { is a JSON
    document, any other line is a text. Only the text is needed; id, title, published_at, source,
    lang, url, author and entities are used where they are there. Times carry a zone.

    \b
      echo "Acme warns on profit" | petrel feed news.raw.v1 --source desk
      petrel feed social.raw.v1 tweets.jsonl --field published_at=ts
      tail -F wire.log | petrel feed news.raw.v1 --lines

    Without --field, --source and --lang, lines of JSON are sent as they are, byte for byte: a
    worker sets aside those that are no document. A row that cannot be read is reported, the next
    one is sent, and the exit status is 1.
    """
    settings = _begin()
    from stream.feed import Options

    options = Options(fields=columns, source=source, lang=lang, lines=lines)
    # Not sys.stdin: at exit Python would wait for the thread that reads from it.
    stdin = os.fdopen(0, "rb", closefd=False) if str(file) == _STANDARD_INPUT else None
    _feed(settings, topic, stdin or file, options)


def _feed(
    settings: Settings, topic: str, source: Path | BinaryIO, options: "feeding.Options"
) -> None:
    from stream import feed as feeding
    from stream.meter import Meter

    refused = 0

    def refuse(why: object) -> None:
        nonlocal refused
        refused += 1
        click.echo(f"not fed: {why}", err=True)

    is_typed = not isinstance(source, Path) and source.isatty()
    if is_typed:
        click.echo("One document a line; Ctrl-D ends.", err=True)
    with Meter("documents", bar=not is_typed) as meter:
        items = feeding.records(source, topic, options, refuse)
        fed = asyncio.run(feeding.feed(settings, topic, items, meter.show, refuse))
    click.echo(f"fed {fed.sent} documents to {topic}")
    if fed.interrupted:
        raise SystemExit(_INTERRUPTED)
    if refused:
        raise click.ClickException(f"rows that were not fed: {refused}")


@click.command(cls=Command)
@click.argument("source", metavar="FILE|kafka:TOPIC")
@_fields_option
@click.option("--from", "start", type=Moment(), help="Leave out what is older.")
@click.option("--to", "end", type=Moment(), help="Leave out what is as old or newer.")
@click.option(
    "--speed",
    type=Speed(),
    default="max",
    show_default=True,
    help="`real`, a number (60: an hour in a minute) or `max`: as fast as it goes.",
)
@_model_options
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True)
@click.option(
    "--partitions",
    type=click.IntRange(1, 1024),
    help="Partitions of the replay's Kafka topics.  [PETREL_PARTITIONS]",
)
@click.option("--keep", is_flag=True, help="Leave the replay's Kafka topics and Redis keys there.")
@click.option(
    "--log",
    "log_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the workers write their log. By default it is kept only when they fail.",
)
@click.option("--json", "as_json", is_flag=True, help="The summary and all alerts as JSON.")
def replay(
    source: str,
    columns: Mapping[str, str],
    start: datetime | None,
    end: datetime | None,
    speed: float | None,
    model: Path | None,
    watchlist: Path | None,
    workers: int,
    partitions: int | None,
    keep: bool,
    log_file: Path | None,
    as_json: bool,
) -> None:
    """Run past documents through workers of their own, and say which alerts they would have raised.

    The documents come from a .jsonl, .csv, .parquet or .txt file, or from a Kafka topic. A replay
    has Kafka topics and Redis keys of its own: what is live is not touched. The time that counts
    is when a document was published, so windows and alerts are the same at any speed.

    \b
      petrel replay tweets.jsonl --field published_at=ts --workers 2
      petrel replay kafka:news.raw.v1 --from 7d --watchlist new.yaml
      petrel replay day.csv --speed 60 --keep

    It ends when everything is through, with a summary. The exit status is 1 when a document came
    out neither as a score nor as a dead letter.
    """
    from stream.replay import Options

    settings = _begin(model=model, watchlist=watchlist, partitions=partitions)
    with _workers_log(log_file) as path:
        options = Options(
            source=source,
            fields=columns,
            start=start,
            end=end,
            speed=speed,
            workers=workers,
            keep=keep,
            log=path,
        )
        summary = _replay(settings, options)
    _show_summary(summary, source, keep=keep, as_json=as_json)
    if summary.missing:
        raise click.ClickException(f"{summary.missing} documents came out nowhere")


@contextmanager
def _workers_log(path: Path | None) -> Iterator[Path]:
    """`path`, or a file that is deleted unless the workers fail: then the error names it."""
    from stream.workers import WorkersFailed

    if path is not None:
        yield path
        return
    folder = Path(tempfile.mkdtemp(prefix="petrel-replay-"))
    keep = False
    try:
        yield folder / "workers.log"
    except WorkersFailed:
        keep = True
        raise
    finally:
        if not keep:
            shutil.rmtree(folder)


def _replay(settings: Settings, options: "Options") -> "Summary":
    from stream import replay as replaying
    from stream.meter import Meter

    with Meter("documents") as meter:
        return replaying.replay(
            settings, options, lambda progress: meter.show(progress.out, progress.total)
        )


def _show_summary(summary: "Summary", source: str, *, keep: bool, as_json: bool) -> None:
    from schemas.codec import encode
    from stream.display import alert_block

    if as_json:
        click.echo(encode(summary))
        return
    for alert in sorted(summary.alerts, key=lambda one: one.at):
        click.echo(alert_block(alert, _width()) + "\n")
    click.echo(f"{summary.documents} documents of {source} in {summary.seconds:.1f} s")
    click.echo(
        f"  {summary.scored} scored, {summary.dead_letters} dead letters, {summary.missing}"
        f" missing; {summary.repeats} repeats, {summary.too_late} too late to count"
    )
    opened = sum(alert.transition == "open" for alert in summary.alerts)
    click.echo(f"  {summary.windows} windows, {opened} alerts")
    if summary.worker_failures:
        click.echo(f"  workers failed {summary.worker_failures} times and were started again")
    if keep:
        click.echo(f"  kept: PETREL_NAMESPACE={summary.namespace} petrel alerts")


@click.command(cls=Command)
@click.option("-f", "--follow", is_flag=True, help="Go on with the alerts that come.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line, as Kafka has it.")
@click.option(
    "--since", type=Moment(), help="Leave out what is older: a time, or 90s, 30m, 2h, 7d."
)
def alerts(follow: bool, as_json: bool, since: datetime | None) -> None:
    """Show the alerts: each time one opens, grows worse, or resolves.

    Without --follow it shows what is there and ends. Times are those of the documents. The
    numbers of an alert are the negative documents in its window, how many different texts these
    are and how many were to be expected, and the negative share against the usual one.

    \b
      petrel alerts --since 2h
      petrel alerts --follow
      petrel alerts --follow --json | jq 'select(.severity == "critical")'

    An alert may come twice when a worker was killed: its id is then the same. With --json both
    are shown.
    """
    settings = _begin()
    try:
        asyncio.run(_alerts(settings, follow=follow, as_json=as_json, since=since))
    except KeyboardInterrupt:
        if not follow:
            raise
        # The terminal has written ^C.
        click.echo(err=True, nl=sys.stderr.isatty())


async def _alerts(
    settings: Settings, *, follow: bool, as_json: bool, since: datetime | None
) -> None:
    from stream import tail
    from stream.display import alert_block

    if not await tail.exists(settings):
        name = settings.topics.alerts
        click.echo(f"no alerts yet: there is no Kafka topic {name}", err=True)
        if not follow:
            return
        await tail.wait_until_exists(settings)
    shown: set[str] = set()
    async for told in tail.tail(settings, follow=follow, since=since):
        if as_json:
            click.echo(told.value)
        elif told.alert.id not in shown:
            shown.add(told.alert.id)
            click.echo(alert_block(told.alert, _width()) + "\n")


@click.group()
def dlq() -> None:
    """Look at dead letters, and send them back.

    A record that no worker can process is set aside in the Kafka topic TOPIC.dlq, byte for byte,
    with headers that say where it was, when and why it failed.

    \b
      petrel dlq list news.raw.v1
      petrel dlq redrive news.raw.v1
    """


@dlq.command("list", cls=Command)
@click.argument("topic", type=TopicName())
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many to show: those that failed last.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line, with the whole value.")
def list_letters(topic: str, limit: int, as_json: bool) -> None:
    """Show the dead letters of TOPIC: where, when, at which stage, why, and how it begins.

    \b
      petrel dlq list news.raw.v1
      petrel dlq list news.raw.v1 --limit 1000 --json | jq -r .error | sort | uniq -c
    """
    from stream.deadletters import newest

    letters, count = asyncio.run(newest(_begin(), topic, limit))
    for letter in letters:
        click.echo(_letter_json(letter) if as_json else _letter_block(letter) + "\n")
    if not as_json:
        click.echo(f"{len(letters)} of {count} dead letters of {topic}")


def _letter_json(letter: "DeadLetter") -> bytes:
    import orjson

    from stream.deadletters import as_json

    return orjson.dumps(as_json(letter))


def _letter_block(letter: "DeadLetter") -> str:
    from stream.display import dead_letter_block

    where = f"{letter.partition}:{letter.offset}"
    return dead_letter_block(where, letter.why, letter.value, _width())


@dlq.command(cls=Command)
@click.argument("topic", type=TopicName())
@click.option(
    "--offset",
    "places",
    multiple=True,
    type=Place(),
    metavar="PARTITION:OFFSET",
    help="Only this dead letter, as `dlq list` shows its place. Repeatable.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def redrive(topic: str, places: tuple[tuple[int, int], ...], yes: bool) -> None:
    """Send dead letters back to TOPIC, once what they failed on is mended.

    Each goes back as it came: key, value, headers, time. Kafka remembers how far this went, so
    that a second redrive sends only what was set aside since. Letters chosen with --offset are
    sent whether or not they were sent before, and are not remembered.

    \b
      petrel dlq redrive news.raw.v1
      petrel dlq redrive news.raw.v1 --offset 0:17 --offset 3:4 --yes

    What fails again is set aside again. Let one redrive of a topic run at a time.
    """
    from stream import deadletters

    settings = _begin()
    plan = asyncio.run(
        deadletters.chosen(settings, topic, places)
        if places
        else deadletters.pending(settings, topic)
    )
    if not plan.count:
        click.echo(f"all dead letters of {topic} were sent back before")
        return
    if not yes:
        click.confirm(f"Send {plan.count} dead letters back to {topic}?", abort=True)
    click.echo(f"sent {_redrive(settings, topic, plan)} dead letters back to {topic}")


def _redrive(settings: Settings, topic: str, plan: "Plan") -> int:
    from stream import deadletters
    from stream.meter import Meter

    with Meter("dead letters") as meter:
        return asyncio.run(
            deadletters.redrive(settings, topic, plan, lambda sent: meter.show(sent, plan.count))
        )


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="As JSON: name, value and meaning of each.")
def config(as_json: bool) -> None:
    """Show every setting, and the value that is in force. Secrets are masked.

    Settings are read from the environment, each as it is called here:

    \b
      petrel config
      PETREL_GRACE=60 petrel config | grep -B1 GRACE

    A variable that begins with PETREL_ and is no setting is named on standard error.
    """
    settings = _load()
    _warn_of_unknown()
    values, meanings = masked(settings), described()
    if as_json:
        import orjson

        rows = [{"name": n, "value": v, "meaning": meanings[n]} for n, v in values.items()]
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        return
    for name, value in values.items():
        click.echo(click.style(f"# {meanings[name]}", dim=True))
        click.echo(click.style(name, bold=name in os.environ) + f"={value}")


def _begin(**overrides: object) -> Settings:
    """The settings for a command that a person runs, with its log on standard error."""
    settings = _load(**overrides)
    log.set_up(settings.log_level, "text")
    # It logs what it also raises.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    _warn_of_unknown()
    return settings


def _load(**overrides: object) -> Settings:
    return load(**{name: value for name, value in overrides.items() if value is not None})


def _warn_of_unknown() -> None:
    for sentence in unknown():
        click.echo(f"warning: {sentence}", err=True)


def _width() -> int:
    return shutil.get_terminal_size(fallback=(100, 24)).columns
