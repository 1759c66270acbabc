"""Labelled text in, a model bundle out.

The rooms, and what each may import beside `bundle`, `trainer.errors` and `trainer.hyperparameters`:

- `data`: labelled files as examples, merged, corrected and split. Imports no other room, no torch.
- `encoders`: what training starts from, found, checked and unpacked. Imports no other room.
- `heads`: what each kind of head learns, its loss, decisions and metrics. Imports `data`.
- `training`: layers, loss, training loop, checkpoints. Imports `heads` and `data`.
- `tracking`: the course of it as TensorBoard events, at Weights & Biases and as pictures. Imports
  `training`.
- `evaluation`: a bundle on labelled examples: reports, calibration, comparison. Imports `heads` and
  `data`.
- here, the entry points, which import all rooms: `train` makes a bundle of a `TrainingRun`;
  `repeat` and `search` call `train` many times; `optimize` quantises a bundle. They write through
  `bundle_folder` and `model_card`.

`petrel.commands` calls the entry points and `evaluation`, reads files through `data`, and shows the
decisions of `heads`.
A new text head is one entry of `bundle.heads.HEADS`; a new kind of head is one module of `heads`,
and one class of `bundle.head_kinds`.
"""
