"""Records of another shape, read by a mapping, against documents of our own form."""

import tempfile
from functools import partial
from pathlib import Path

import orjson
import yaml

from tests.bench.harness import Figures, compared, finish, interleaved
from tests.bench.servers import INPUT, documents, servers, throughput
from tests.bench.tweets import texts

_MAPPED, _OWN = "by a mapping", "of our own form"
_FIELDS = {"id": "payload.uid", "text": "payload.body|payload.title", "source": "payload.feed"}


def bench(folder: Path, rounds: int, count: int) -> None:
    """Measure with `count` documents and a constant model: what is left is the cost of all else."""
    own = documents(texts(count), 500.0)
    with servers(folder) as settings, tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "sources.yaml"
        path.write_text(yaml.safe_dump({"topics": {INPUT: {"fields": _FIELDS}}}))
        mapping = settings.model_copy(update={"sources": path})
        runs = {
            _MAPPED: partial(throughput, "constant", mapping, [*map(_nested, own)]),
            _OWN: partial(throughput, "constant", settings, own),
        }
        raw = interleaved(runs, rounds, warm=False)
    columns = ["records", "documents/s", "max/min", "by a mapping is × as fast"]
    finish("mapping", raw, [Figures("with a constant model", columns, compared(raw, _MAPPED))])


def _nested(value: bytes) -> bytes:
    document = orjson.loads(value)
    payload = {"uid": document["id"], "body": document["text"], "feed": document["source"]}
    return orjson.dumps({"published_at": document["published_at"], "payload": payload})
