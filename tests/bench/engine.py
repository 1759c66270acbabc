"""Texts in, labels out: the classifier against what a user would run the same network with."""

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import msgspec
import torch
from transformers import PretrainedConfig
from transformers.utils import logging

from bundle.classifier import Classifier
from bundle.text import clean
from tests.bench.harness import Figures, Raw, Run, compared, finish, interleaved, rate
from tests.bench.rivals import CALIBRATION, Bundle, Rival, petrel, rivals, unbatched
from tests.bench.tweets import texts
from trainer.data.dataset import read_tasks
from trainer.data.option_values import parse_labels
from trainer.data.splits import split
from trainer.data.task import Layout, Task

PETREL = "petrel"

# An engine and the size of the batches it is given.
Sized = tuple[Rival, int]

_SIZES = (1, 8, 32, 64)
_CUDA_SIZES = (64, 256)
# One text at a time is an order of magnitude slower.
_FEWER_ALONE = 4

# As `petrel train` splits by default; a text stays on the side it was on in training.
_HOLDOUT, _VALIDATION = 0.1, 0.1

_CRITICAL = 50

_GEMM_SECONDS = 0.5
_GEMM_ROWS = 1024


def bench(folder: Path, count: int, rounds: int, labelled: tuple[Path, str] | None) -> None:
    """Measure the bundle in `folder` on `count` tweets.

    `labelled` is a CSV of sentiments, and what its labels mean: see `petrel evaluate`.
    """
    # Their tools warn of what is meant here, at length.
    logging.set_verbosity(_CRITICAL)
    warnings.filterwarnings("ignore")
    bundle = Bundle(folder)
    classifier = Classifier.load(folder)
    content = [clean(text) for text in texts(count + CALIBRATION)]
    measured, calibration = content[:count], content[count:]
    engines = {PETREL: petrel(classifier), **rivals(bundle, calibration)}
    sizes = _CUDA_SIZES if bundle.cuda else _SIZES
    by_size = {size: _measure(engines, measured, size, rounds) for size in sizes}
    best = _at_their_best(engines, by_size) | {PETREL: (unbatched(classifier), count)}
    last = interleaved(_runs(best, measured), rounds)
    tokens = sum(bundle.lengths(measured)) / count
    tables = [_table(runs, f"batches of {size}", tokens) for size, runs in by_size.items()]
    tables.append(_table(last, "each at its best size of batch", tokens))
    tables.append(_limits(bundle, measured))
    if labelled:
        tables.append(_accuracy(engines, folder, *labelled))
    raw = {f"{name}, {size}": one for size, runs in by_size.items() for name, one in runs.items()}
    finish("engine", raw | {f"{name}, best": runs for name, runs in last.items()}, tables)


def _measure(engines: Mapping[str, Rival], measured: Sequence[str], size: int, rounds: int) -> Raw:
    some = measured[: len(measured) // _FEWER_ALONE] if size == 1 else measured
    sized = {name: (engine, size) for name, engine in engines.items()}
    return interleaved(_runs(sized, some), rounds)


def _at_their_best(engines: Mapping[str, Rival], by_size: Mapping[int, Raw]) -> dict[str, Sized]:
    return {
        name: (engine, max(by_size, key=lambda size: median(by_size[size][name])))
        for name, engine in engines.items()
    }


def _runs(engines: Mapping[str, Sized], measured: Sequence[str]) -> dict[str, Run]:
    def run(engine: Rival, size: int) -> float:
        return rate(len(measured), partial(_label, engine, measured, size))

    return {name: partial(run, *sized) for name, sized in engines.items()}


def _label(engine: Rival, measured: Sequence[str], size: int) -> None:
    # One at a time is one call for each: nobody who has one text can sort it or tokenise ahead.
    for part in ([text] for text in measured) if size == 1 else [measured]:
        engine(part, size)


def _table(runs: Raw, title: str, tokens: float) -> Figures:
    columns = ["engine", "documents/s", "real tokens/s", "max/min", "petrel is × as fast"]
    return Figures(title, columns, compared(runs, PETREL, [tokens]))


def _limits(bundle: Bundle, measured: Sequence[str]) -> Figures:
    lengths = bundle.lengths(measured)
    operations = sum(document_operations(bundle.config, length) for length in lengths)
    rows: list[list[str | float]] = []
    for name, speed in _gemm_rates(bundle).items():
        limit = speed * len(lengths) / operations
        rows.append([name, round(speed / 1e9, 1), round(limit, 1)])
    mean = operations / len(lengths) / 1e6
    title = f"on paper: {mean:.1f} million operations a document, at the rate of a large product"
    return Figures(title, ["product of matrices", "10⁹ operations/s", "documents/s at most"], rows)


def document_operations(config: PretrainedConfig, length: int) -> float:
    """Multiplications and additions of an encoder's products for a text of `length` tokens."""
    width, inner = config.hidden_size, config.intermediate_size
    products = 2 * length * (4 * width * width + 2 * width * inner)
    attention = 2 * 2 * length * length * width
    return float(config.num_hidden_layers * (products + attention))


def _gemm_rates(bundle: Bundle) -> dict[str, float]:
    """Operations per second of the product that takes the most of the time."""
    width, inner = bundle.config.hidden_size, bundle.config.intermediate_size
    if bundle.cuda:
        return {"bf16": _cuda_rate(4 * width)}
    left, right = torch.rand(_GEMM_ROWS, width), torch.rand(width, inner)
    bytes_left = torch.randint(-128, 127, (_GEMM_ROWS, width), dtype=torch.int8)
    bytes_right = torch.randint(-128, 127, (inner, width), dtype=torch.int8).t()
    operations = 2.0 * _GEMM_ROWS * width * inner
    return {
        "fp32": _speed(operations, lambda: torch.mm(left, right)),
        "bf16": _speed(operations, partial(torch.mm, left.bfloat16(), right.bfloat16())),
        "int8": _speed(operations, lambda: torch._int_mm(bytes_left, bytes_right)),
    }


def _cuda_rate(side: int) -> float:
    matrix = torch.rand(side, side, device="cuda", dtype=torch.bfloat16)

    def product() -> None:
        torch.mm(matrix, matrix)
        torch.cuda.synchronize()

    return _speed(2.0 * side**3, product)


def _speed(operations: float, product: Callable[[], object]) -> float:
    """Operations per second of the fastest product within the time: nothing can go faster."""
    product()
    end, best = time.perf_counter() + _GEMM_SECONDS, 0.0
    while time.perf_counter() < end:
        best = max(best, rate(operations, product))
    return best


def _accuracy(engines: Mapping[str, Rival], folder: Path, path: Path, meanings: str) -> Figures:
    seed = msgspec.json.decode((folder / "metrics.json").read_bytes())["seed"]
    layout = Layout(labels=parse_labels((f"sentiment={meanings}",)))
    examples = read_tasks([Task(("sentiment",), path)], layout)
    held_out = [one for one in split(examples, _HOLDOUT, _VALIDATION, seed).test if clean(one.text)]
    names = ("negative", "neutral", "positive")
    truth = [names.index(str(one.labels["sentiment"])) for one in held_out]
    content = [clean(one.text) for one in held_out]
    rows: list[list[str | float]] = []
    for name, engine in engines.items():
        right = sum(a == b for a, b in zip(engine(content, 32), truth, strict=True))
        rows.append([name, round(100 * right / len(truth), 2)])
    return Figures(f"accuracy on {len(truth)} held out", ["engine", "accuracy, %"], rows)
