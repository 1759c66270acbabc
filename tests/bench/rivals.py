"""What a user would run a bundle with instead: each takes clean texts and gives label numbers.

All run the bundle's own network, so that they differ in nothing but how they run it. Texts are
tokenised at once and cut into batches of like length, except by the pipeline, whose way it is to
take them as they come.
"""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AutoTokenizer, PreTrainedModel, TextClassificationPipeline
from transformers.modeling_outputs import SequenceClassifierOutput

from bundle import manifest as manifests
from bundle.classifier import Classifier, Prediction
from bundle.network import Network
from bundle.text import read
from bundle.tokens import TextTokenizer, Tokens

Labels = list[int]
# Texts and the size of a batch; gives the number of the likeliest sentiment of each text.
Rival = Callable[[Sequence[str], int], Labels]
# Logits of a padded batch: (batch, length) twice to (batch, labels).
Logits = Callable[[np.ndarray, np.ndarray], np.ndarray]

# Texts that OpenVINO's tool looks at to choose scales: its own default.
CALIBRATION = 300


class Sentiment(nn.Module):
    """A bundle's network, with the sentiment head alone to see."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return self.network(input_ids, attention_mask)["sentiment"]  # type: ignore[no-any-return]


class _Model(PreTrainedModel):  # type: ignore[no-untyped-call]
    """The same as transformers' pipeline wants it."""

    _supports_sdpa = True

    def __init__(self, sentiment: Sentiment) -> None:
        super().__init__(sentiment.network.config)
        self.sentiment = sentiment

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, **_: Tensor
    ) -> SequenceClassifierOutput:
        return SequenceClassifierOutput(logits=self.sentiment(input_ids, attention_mask))


class Bundle:
    """What the rivals need of the bundle in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = manifests.read(folder)
        self.tokenizer = TextTokenizer.load(folder, self.manifest.max_length)
        self.cuda = torch.cuda.is_available()
        network = Network.load(folder, self.manifest.heads).eval()
        self.sentiment = Sentiment(network.cuda() if self.cuda else network)
        self.config = network.config

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """The tokens of each text, special ones counted."""
        return [len(tokens) for tokens in self.tokenizer([read(text) for text in texts])]


def rivals(bundle: Bundle, calibration: Sequence[str]) -> dict[str, Rival]:
    """Those that this machine can run, by name."""
    if bundle.cuda:
        return {"pipeline fp16": pipeline(bundle), "padded torch bf16": _torch(bundle)}
    return {
        "pipeline": pipeline(bundle),
        "padded torch fp32": _torch(bundle),
        "onnxruntime int8": _onnxruntime(bundle),
        **_openvino(bundle, calibration),
    }


def petrel(classifier: Classifier) -> Rival:
    """Ours, fed as the others are."""

    def label(texts: Sequence[str], size: int) -> Labels:
        tokens = classifier.tokenize([read(text) for text in texts])
        found: dict[int, int] = {}
        for positions in _by_length([len(one) for one in tokens], size):
            batch = classifier.predict([tokens[position] for position in positions])
            found.update(zip(positions, map(_label, batch), strict=True))
        return [found[position] for position in range(len(texts))]

    return label


def unbatched(classifier: Classifier) -> Rival:
    """Ours, which cuts batches as it likes."""
    return lambda texts, _: [_label(one) for one in classifier(texts)]


def _label(prediction: Prediction) -> int:
    return max(range(3), key=lambda number: prediction.sentiment[number])


def pipeline(bundle: Bundle) -> Rival:
    model = _Model(deepcopy(bundle.sentiment))
    if bundle.cuda:
        # The heads are small and stay as they are: the network gives them single precision.
        nn.Module.half(model.sentiment.network.encoder)
    pipe = TextClassificationPipeline(  # type: ignore[no-untyped-call]
        model=model,
        tokenizer=AutoTokenizer.from_pretrained(bundle.folder, local_files_only=True),
        device=0 if bundle.cuda else -1,
    )
    names = {name: number for number, name in (model.config.id2label or {}).items()}
    max_length = bundle.manifest.max_length

    def label(texts: Sequence[str], size: int) -> Labels:
        found = pipe(list(texts), batch_size=size, truncation=True, max_length=max_length)
        return [int(names[one["label"]]) for one in found]

    return label


def _torch(bundle: Bundle) -> Rival:
    device = "cuda" if bundle.cuda else "cpu"

    def logits(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=bundle.cuda):
            rows = (torch.from_numpy(part).to(device) for part in (ids, mask))
            return bundle.sentiment(*rows).float().cpu().numpy()  # type: ignore[no-any-return]

    return _batched(bundle, logits)


def _onnxruntime(bundle: Bundle) -> Rival:
    import onnxruntime
    from onnxruntime.quantization import quantize_dynamic

    with TemporaryDirectory() as name:
        plain, quantised = Path(name, "plain.onnx"), Path(name, "int8.onnx")
        _export(bundle, plain)
        quantize_dynamic(plain, quantised)
        session = onnxruntime.InferenceSession(quantised, providers=["CPUExecutionProvider"])

    def logits(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        found: np.ndarray = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        return found

    return _batched(bundle, logits)


def _export(bundle: Bundle, path: Path) -> None:
    axes = {0: "batch", 1: "length"}
    torch.onnx.export(
        bundle.sentiment,
        (*_example(),),
        path,
        dynamo=False,
        input_names=["input_ids", "attention_mask"],
        output_names=["logits"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes},
    )


def _openvino(bundle: Bundle, calibration: Sequence[str]) -> dict[str, Rival]:
    import nncf
    import openvino

    plain = openvino.convert_model(bundle.sentiment, example_input=_example())
    rows = nncf.Dataset(
        [_padded([tokens]) for tokens in bundle.tokenizer([read(text) for text in calibration])]
    )
    quantised = nncf.quantize(
        plain, rows, model_type=nncf.ModelType.TRANSFORMER, subset_size=len(calibration)
    )
    core = openvino.Core()
    latency = core.compile_model(quantised, "CPU", {"PERFORMANCE_HINT": "LATENCY"})
    throughput = core.compile_model(quantised, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT"})
    request = latency.create_infer_request()

    def logits(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        found: np.ndarray = request.infer([ids, mask])[0]
        return found

    return {
        "openvino int8": _batched(bundle, logits),
        "openvino int8 throughput": _queued(bundle, openvino.AsyncInferQueue(throughput)),
    }


def _queued(bundle: Bundle, queue: Any) -> Rival:
    """Several batches under way at once, as the throughput hint is meant to be used."""

    def label(texts: Sequence[str], size: int) -> Labels:
        found: dict[int, int] = {}

        def keep(request: Any, positions: list[int]) -> None:
            labels = request.get_output_tensor().data.argmax(-1).tolist()
            found.update(zip(positions, labels, strict=True))

        queue.set_callback(keep)
        tokens = bundle.tokenizer([read(text) for text in texts])
        for positions in _by_length([len(one) for one in tokens], size):
            queue.start_async(list(_padded([tokens[at] for at in positions])), positions)
        queue.wait_all()
        return [found[position] for position in range(len(texts))]

    return label


def _batched(bundle: Bundle, logits: Logits) -> Rival:
    def label(texts: Sequence[str], size: int) -> Labels:
        tokens = bundle.tokenizer([read(text) for text in texts])
        found: dict[int, int] = {}
        for positions in _by_length([len(one) for one in tokens], size):
            rows = logits(*_padded([tokens[position] for position in positions]))
            found.update(zip(positions, rows.argmax(-1).tolist(), strict=True))
        return [found[position] for position in range(len(texts))]

    return label


def _by_length(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    order = sorted(range(len(lengths)), key=lambda position: -lengths[position])
    return (order[start : start + size] for start in range(0, len(order), size))


def _padded(batch: Sequence[Tokens]) -> tuple[np.ndarray, np.ndarray]:
    # The mask keeps whatever stands in the padding from being read, so that 0 does for any model.
    shape = len(batch), max(len(tokens) for tokens in batch)
    ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for row, tokens in enumerate(batch):
        ids[row, : len(tokens)] = tokens.ids
        mask[row, : len(tokens)] = 1
    return ids, mask


def _example() -> tuple[Tensor, Tensor]:
    return torch.ones(2, 9, dtype=torch.long), torch.ones(2, 9, dtype=torch.long)
