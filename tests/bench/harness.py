"""What all benchmarks share: alternatives run in turn, medians of ratios, a table and a JSON file.

Alternatives run A B A B, not A A B B: what else the machine does then falls on all of them, and
the ratio of two runs that follow each other says more than the ratio of two averages.
"""

import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "build" / "bench"

_PACKAGES = (
    "petrel", "torch", "transformers", "tokenizers", "onnxruntime", "openvino", "nncf",
    "faust-streaming", "aiokafka", "redis", "hiredis", "orjson", "msgspec", "ahocorasick-rs",
    "river",
)  # fmt: skip

# Runs one alternative once; gives what it reached, mostly units of work per second.
Run = Callable[[], float]

Raw = dict[str, list[float]]


class Result(Struct, frozen=True, kw_only=True):
    """One benchmark: what ran, where, the raw runs in order, and what is shown of them."""

    name: str
    at: str
    command: list[str]
    machine: dict[str, Any]
    versions: dict[str, str]
    raw: Raw
    tables: list["Figures"]


class Figures(Struct, frozen=True):
    """A table: its title, its columns, its rows."""

    title: str
    columns: list[str]
    rows: list[list[str | float]]


def interleaved(alternatives: Mapping[str, Run], rounds: int, *, warm: bool = True) -> Raw:
    """What each alternative reached in each of `rounds`; with `warm`, after a round unmeasured."""
    if warm:
        for run in alternatives.values():
            run()
    raw: Raw = {name: [] for name in alternatives}
    for number in range(1, rounds + 1):
        for name, run in alternatives.items():
            raw[name].append(run())
            print(f"round {number}: {name} {raw[name][-1]:,.1f}", file=sys.stderr)
    return raw


def ratio(raw: Raw, name: str, base: str) -> float:
    """The median over the rounds of what `name` reached against `base` in the same round."""
    return median(one / other for one, other in zip(raw[name], raw[base], strict=True))


def rate(units: float, work: Callable[[], object]) -> float:
    """Units per second of `work`, which does `units`."""
    began = time.perf_counter()
    work()
    return units / (time.perf_counter() - began)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least the share `share` of them do not exceed."""
    ranked = sorted(values)
    return ranked[max(0, ceil(share * len(ranked)) - 1)]


def compared(raw: Raw, base: str, factors: Sequence[float] = ()) -> list[list[str | float]]:
    """A row for each alternative: its median, its spread, and `base` against it.

    Each of `factors` adds the median times that. The spread is the largest over the smallest.
    """
    return [
        [
            name,
            round(median(runs), 1),
            *(round(median(runs) * factor, 1) for factor in factors),
            round(max(runs) / min(runs), 2),
            round(ratio(raw, base, name), 2),
        ]
        for name, runs in raw.items()
    ]


def machine() -> dict[str, Any]:
    """The machine as far as it decides a figure."""
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "threads": os.environ.get("OMP_NUM_THREADS", "default"),
    }


def finish(name: str, raw: Raw, tables: list[Figures]) -> Path:
    """Print the tables and write all of it as JSON; gives the file's path."""
    now = datetime.now(UTC)
    result = Result(
        name=name,
        at=now.isoformat(timespec="seconds"),
        command=[sys.executable, *sys.orig_argv[1:]],
        machine=machine(),
        versions=dict(filter(None, map(_version, _PACKAGES))),
        raw=raw,
        tables=tables,
    )
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}-{now:%Y%m%dT%H%M%SZ}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2))
    console = Console()
    console.print(*(f"{key} {value}" for key, value in result.machine.items()), sep=", ")
    for figures in tables:
        console.print(drawn(figures))
    console.print(f"written to {path}", soft_wrap=True)
    return path


def drawn(figures: Figures) -> Table:
    """`figures` as a table for the terminal."""
    table = Table(title=figures.title, title_justify="left", title_style="bold")
    for column in figures.columns:
        table.add_column(column, justify="left" if column == figures.columns[0] else "right")
    for row in figures.rows:
        table.add_row(*(cell if isinstance(cell, str) else f"{cell:,}" for cell in row))
    return table


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _version(package: str) -> tuple[str, str] | None:
    try:
        return package, version(package)
    except PackageNotFoundError:
        return None
