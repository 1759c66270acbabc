"""A sender for each document: how far Redis grows, if the totals are right and the worker lives."""

import asyncio
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from subprocess import Popen

import click
import redis

from schemas import SentimentWindow, decode
from stream.kafka import read_to_end
from stream.settings import Settings
from tests.bench.harness import Figures, finish
from tests.bench.servers import (
    START,
    document,
    end_inputs,
    fill,
    is_closed,
    namespace,
    running,
    servers,
    wait_counted,
)

_SPAN = timedelta(minutes=10)
# By then each key has fallen silent.
_END = START + timedelta(days=2)
_PARTS = 10
_MEGABYTE = 1_000_000
_POLL_SECONDS = 0.5
_PATIENCE_SECONDS = 600.0

# So few are remembered that what grows is the keys.
_DUPLICATES = 10_000
_KINDS = ("source", "all")


def bench(bundle: Path, sources: int) -> None:
    """Let a worker count a document of each of so many `sources` in ten minutes of event time."""
    with servers(bundle) as settings:
        few = {"kinds": _KINDS, "duplicate_documents": _DUPLICATES}
        with namespace(settings.model_copy(update=few)) as own:
            with running("constant", own, sources) as process:
                rows = _count(own, sources, process)
            totals = asyncio.run(_totals(own))
    memory = Figures("Redis while sources come", ["sources", "MB of Redis", "seconds"], rows)
    counts: list[list[str | float]] = [[name, number] for name, number in totals.items()]
    finish("flood", {}, [memory, Figures("in windows of a day", ["kind", "documents"], counts)])
    if not totals["source"] == totals["all"] == sources:
        raise click.ClickException("the windows of the sources do not add up to all documents")


def _count(settings: Settings, sources: int, process: "Popen[str]") -> list[list[str | float]]:
    rows: list[list[str | float]] = []
    began, part = time.monotonic(), sources // _PARTS
    with redis.Redis.from_url(settings.redis_url.get_secret_value()) as client:
        for start in range(0, part * _PARTS, part):
            fill(settings, [_document(number, sources) for number in range(start, start + part)])
            wait_counted(settings, start + part, process)
            rows.append([start + part, _megabytes(client), round(time.monotonic() - began)])
        asyncio.run(end_inputs(settings, _END))
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not is_closed(settings, client, _END):
            if process.poll() is not None or time.monotonic() > deadline:
                raise click.ClickException("the worker did not close all windows")
            time.sleep(_POLL_SECONDS)
        rows.append(["all silent", _megabytes(client), round(time.monotonic() - began)])
    return rows


def _document(number: int, sources: int) -> bytes:
    at = START + number * _SPAN / sources
    return document(f"d{number}", f"Handle {number} says {number}.", at, source=f"handle{number}")


def _megabytes(client: "redis.Redis") -> float:
    memory = client.info("memory")
    return round(float(memory["used_memory"]) / _MEGABYTE, 1)


async def _totals(settings: Settings) -> Counter[str]:
    """How many documents there are in windows of a day, by the kind of their key.

    All come within one hop: each key has one such window with documents at its end.
    """
    totals = Counter[str]()
    windows: dict[bytes | None, SentimentWindow] = {}
    async for record in read_to_end(settings, settings.topics.windows):
        windows[record.key] = decode(record.value or b"", SentimentWindow)
    first = min(one.end for one in windows.values() if one.size == "24h")
    for one in windows.values():
        if one.size == "24h" and one.end == first:
            totals[one.kind] += one.documents
    return totals
