"""What is measured end to end, each as a process of its own: `python -m tests.bench.apps KIND`.

Settings come from the environment, as for a worker. Those that know nothing of our store print
when they have done a tenth and when all of the documents, on the clock of `time.monotonic`.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from typing import Any, Literal
from zlib import crc32

import faust
import orjson

from bundle.classifier import Classifier, Prediction
from bundle.tokens import Reading, Tokens
from stream import log
from stream.kafka import ensure_topics
from stream.settings import Settings, load
from stream.worker import Worker, run
from tests.bench.tweets import watchlist

Kind = Literal["petrel", "constant", "naive", "noop"]

# The share of the documents after which the clock starts: by then all is loaded and connected.
WARM = 0.1

_NEGATIVE = Prediction(sentiment=(0.8, 0.15, 0.05), topics=[], entities=[])
_NEUTRAL = Prediction(sentiment=(0.05, 0.9, 0.05), topics=[], entities=[])


class Constant(Classifier):
    """A classifier that reads nothing: what is left is the cost of all else."""

    name = "constant"
    version = "0"

    def __init__(self) -> None:
        self.tokenize = self._tokenize  # type: ignore[assignment]

    def _tokenize(self, readings: Sequence[Reading]) -> list[Tokens]:
        # Every eighth is negative: distinct texts and evidence are kept as in a real stream.
        return [Tokens([crc32(one.text.encode()) % 8], one, []) for one in readings]

    def predict(self, batch: Sequence[Tokens]) -> list[Prediction]:
        return [_NEUTRAL if tokens.ids[0] else _NEGATIVE for tokens in batch]


class Progress:
    """Counts documents, and prints when a tenth and when all are done."""

    def __init__(self, total: int) -> None:
        self._marks = {max(1, int(WARM * total)), total}
        self._done = 0

    def add(self) -> None:
        """One more is done."""
        self._done += 1
        if self._done in self._marks:
            print(time.monotonic(), flush=True)


def worker(settings: Settings, kind: Kind) -> Worker:
    """Ours, with its model or with a constant one."""
    constant = kind == "constant"
    classifier = Constant() if constant else Classifier.load(settings.model, settings.threads)
    partitions = asyncio.run(ensure_topics(settings))
    return Worker(settings, classifier, watchlist(), partitions)


def noop(settings: Settings, progress: Progress) -> faust.App:
    """Faust as it is: an agent that acknowledges by hand and does nothing else."""
    app = _app(settings)

    @app.agent(app.topic(*settings.input_topics, acks=True))
    async def nothing(stream: Any) -> None:
        async for event in stream.noack().events():
            event.ack()
            progress.add()

    return app


def naive(settings: Settings, progress: Progress) -> faust.App:
    """As a first draft is written: the pipeline for each message, its answer to another topic."""
    from tests.bench.rivals import Bundle, pipeline

    app = _app(settings)
    classify = pipeline(Bundle(settings.model))

    @app.agent(app.topic(*settings.input_topics))
    async def agent(stream: Any) -> None:
        async for value in stream:
            document = orjson.loads(value)
            [label] = classify([document["text"]], 1)
            scored = orjson.dumps({**document, "label": label})
            await app.send(settings.topics.scored, key=document["id"].encode(), value=scored)
            progress.add()

    return app


def _app(settings: Settings) -> faust.App:
    return faust.App(
        settings.topics.named(settings.group),
        broker=f"kafka://{settings.kafka_bootstrap}",
        consumer_auto_offset_reset="earliest",
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        autodiscover=False,
    )


def _main(kind: Kind, total: int) -> None:
    settings = load()
    log.set_up(settings.log_level, settings.log_format)
    if kind in ("petrel", "constant"):
        run(worker(settings, kind))
    else:
        run((naive if kind == "naive" else noop)(settings, Progress(total)))


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))  # type: ignore[arg-type]
