"""Temperatures and thresholds, fitted on the validation split."""

import math

import torch
from msgspec.structs import replace

from bundle.head_kinds import kind_of
from bundle.heads import Head
from trainer.heads import learner_of
from trainer.heads.scored import Scored

# Beyond these a head is broken rather than badly calibrated.
_MIN_TEMPERATURE, _MAX_TEMPERATURE, _STEPS = 0.2, 5.0, 200


def calibrate(head: Head, scored: Scored) -> Head:
    """`head` at the temperature (and threshold, if multi-label) that suits the logits `scored`."""
    learner = learner_of(head)
    logits, targets = learner.flat(scored)
    grid = torch.logspace(
        math.log10(_MIN_TEMPERATURE), math.log10(_MAX_TEMPERATURE), _STEPS, dtype=logits.dtype
    )
    best = min(grid, key=lambda value: learner.calibration_loss(logits / value, targets))
    fitted = replace(head, temperature=round(float(best), 4))
    probabilities = kind_of(fitted).probabilities(fitted, logits)
    return replace(fitted, threshold=learner.best_threshold(probabilities, targets))
