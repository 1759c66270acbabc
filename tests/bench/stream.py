"""End to end: from Kafka to scored, acknowledged and counted, one process of each kind."""

from functools import partial
from pathlib import Path

from bundle.classifier import Classifier
from tests.bench.harness import Figures, compared, finish, interleaved, rate
from tests.bench.servers import documents, servers, throughput
from tests.bench.tweets import texts

_NAMES = {
    "petrel": "petrel",
    "naive": "naive Faust agent: the pipeline for each message",
    "constant": "petrel with a constant model",
    "noop": "Faust, no-op agent, acknowledged by hand",
}
_ENGINE = "engine alone"


def bench(folder: Path, rounds: int, modelled: int, constant: int, per_second: float) -> None:
    """Measure with `modelled` documents where a model runs and `constant` where none does.

    `per_second` is how many are published in a second of event time.
    """
    content = texts(max(modelled, constant))
    few, many = (documents(content[:count], per_second) for count in (modelled, constant))
    classifier = Classifier.load(folder)
    with servers(folder) as settings:
        runs = {
            _ENGINE: partial(rate, modelled, partial(classifier, content[:modelled])),
            _NAMES["petrel"]: partial(throughput, "petrel", settings, few),
            _NAMES["naive"]: partial(throughput, "naive", settings, few),
        }
        with_model = interleaved(runs, rounds, warm=False)
        runs = {
            _NAMES["constant"]: partial(throughput, "constant", settings, many),
            _NAMES["noop"]: partial(throughput, "noop", settings, many),
        }
        without = interleaved(runs, rounds, warm=False)
    columns = ["", "documents/s", "max/min", "petrel is × as fast"]
    tables = [
        Figures("with the model", columns, compared(with_model, _NAMES["petrel"])),
        Figures("without", columns, compared(without, _NAMES["constant"])),
    ]
    finish("stream", with_model | without, tables)
