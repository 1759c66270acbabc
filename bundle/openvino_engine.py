"""The forward pass in 8-bit integers, by OpenVINO, on a CPU."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bundle.batching import padded_rows
from bundle.heads import HeadName
from bundle.manifest import BundleError
from bundle.tokens import Tokens

IntArray = NDArray[np.int64]

MODEL_FILE = "int8.xml"
WEIGHTS_FILE = "int8.bin"

# OpenVINO compiles for each shape, in some 30 ms, and keeps 5 MB of it: with passes of any number
# of rows a worker grew to 3.7 GB within minutes, and spent half of its time on compiling. More rows
# than these make a pass no faster a row.
_MAX_ROWS = 16

# Masked, so that any id will do.
_PAD_ID = 0

# OpenVINO and NNCF report their use to their makers where they find this package; a name that
# stands for None cannot be imported.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]


class OpenVinoEngine:
    """Runs a network that `petrel optimize` wrote.

    The logits of a text do not depend on what shares its batch, where texts are padded alike:
    sums of integers do not depend on their order, and what lies between them is computed token by
    token or text by text.
    """

    def __init__(
        self, folder: Path, heads: Iterable[HeadName], max_length: int, threads: int | None
    ) -> None:
        """Load it from `folder`; raises `BundleError` when OpenVINO is not there or refuses.

        `max_length` is that of the manifest: the network has no position beyond it.
        """
        openvino = _openvino()
        # Where the processor has bfloat16, what is no integer would be computed in it: logits moved
        # by up to 2 with the texts of the batch, and from one kind of processor to another.
        options: dict[str, int | str] = {"NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
        if threads:
            options["INFERENCE_NUM_THREADS"] = threads
        try:
            model = openvino.Core().compile_model(folder / MODEL_FILE, "CPU", options)
        except RuntimeError as error:
            raise BundleError(f"{folder / MODEL_FILE} cannot be loaded: {error}") from None
        self._request = model.create_infer_request()
        self._heads = tuple(heads)
        self._max_length = max_length

    def logits(self, batch: Sequence[Tokens]) -> dict[HeadName, Tensor]:
        """The logits of each head, float64: see `bundle.network.Scorer.forward`."""
        ids, mask = map(np.array, padded_rows(batch, _PAD_ID, self._max_length))
        passes = [
            self._pass(ids[start : start + _MAX_ROWS], mask[start : start + _MAX_ROWS])
            for start in range(0, len(batch), _MAX_ROWS)
        ]
        return {name: torch.cat([logits[name] for logits in passes]) for name in self._heads}

    def _pass(self, ids: IntArray, mask: IntArray) -> dict[HeadName, Tensor]:
        """One forward pass, of as many rows as the next power of two: the last one repeated."""
        count = len(ids)
        rows = np.minimum(np.arange(1 << (count - 1).bit_length()), count - 1)
        results = self._request.infer([ids[rows], mask[rows]])
        return {name: torch.from_numpy(results[name][:count]).double() for name in self._heads}


def _openvino() -> Any:
    try:
        import openvino
    except ImportError:
        raise BundleError(
            "this bundle holds 8-bit integers, which need OpenVINO: pip install 'petrel[openvino]'"
        ) from None
    return openvino
