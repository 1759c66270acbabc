"""The bundle: what the trainer writes and the stream reads. Importing it does not import torch.

Without torch: `manifest` (the file over all others), `heads` (which heads there are) and
`head_kinds` (how each kind is read), `text` and `tokens` (what the model reads), `entities`,
`batching`, `registry` (versions in a model directory).

With torch: `classifier` loads a bundle and predicts, through an `engine`: `torch_engine` runs a
`network` (encoder from `pretrained`, `adapters`, heads) or an `external_classifier`, with
`packed_linear` on a CPU; `openvino_engine` runs 8-bit integers.

The stream uses `classifier`, `registry`, `text`, `tokens`, `entities` and `batching`; the trainer
all but `registry`, `engine` and `external_classifier`. The bundle imports `schemas` alone.
"""

import os

# torch's threads wait for each other by spinning unless told otherwise before it is loaded. On
# cores that something else also uses, that doubles the processor time of training: measured.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
