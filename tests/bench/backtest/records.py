"""Records a second of a backtest, and of the least that could be done with them."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import msgspec
import orjson

from schemas.scored import ScoredDocument
from stream.clients.backtest.runner import run_backtest
from stream.clients.backtest.scored_log import read_scored_file
from stream.settings import load
from tests.bench.backtest.scored_logs import tweets, week, write_log
from tests.bench.harness import Figures, Raw, finish, interleaved, rate, ratio

# What one core is to reach.
_AIM = 50_000

_BACKTEST = "petrel backtest"
_PARSED, _DECODED, _READ = "parsed by orjson", "decoded by msgspec", "read and checked"


def bench(documents: int, rounds: int) -> None:
    """Measure the tweets of 2014, and a week of so many documents."""
    raw: Raw = {}
    tables: list[Figures] = []
    with TemporaryDirectory() as folder:
        for name, scored in {"tweets of 2014": tweets(), "a busy week": week(documents)}.items():
            path = Path(folder, f"{len(tables)}.jsonl")
            count = write_log(path, scored)
            found = interleaved(_ways(path, count), rounds, warm=False)
            tables.append(_table(f"{name}, {count:,} records", found))
            raw |= {f"{way}, {name}": runs for way, runs in found.items()}
    finish("backtest", raw, tables)


def _ways(path: Path, count: int) -> "dict[str, partial[float]]":
    def lines() -> Iterator[bytes]:
        with path.open("rb") as file:
            yield from file

    decode = msgspec.json.Decoder(ScoredDocument).decode

    def nothing(_: object) -> None: ...

    ways = {
        _PARSED: lambda: sum(1 for _ in map(orjson.loads, lines())),
        _DECODED: lambda: sum(1 for _ in map(decode, lines())),
        _READ: lambda: sum(1 for _ in read_scored_file(path, nothing)),
        _BACKTEST: lambda: run_backtest(load(), str(path), nothing),
    }
    return {way: partial(rate, count, work) for way, work in ways.items()}


def _table(title: str, raw: Raw) -> Figures:
    rows: list[list[str | float]] = []
    for way, runs in raw.items():
        each = round(1e6 / median(runs), 1)
        rows.append([way, round(median(runs)), each, round(ratio(raw, way, _BACKTEST), 1)])
    rows.append(["aim", _AIM, round(1e6 / _AIM, 1), round(_AIM / median(raw[_BACKTEST]), 1)])
    return Figures(title, ["way", "records/s", "us a record", "× backtest"], rows)
