"""Whether to train in bfloat16."""

import torch

from trainer.hyperparameters import Precision

# What a processor must have to multiply in bfloat16; without it torch would emulate, slower.
_CPU_FEATURES = ("avx512_bf16", "amx_bf16", "sve_bf16")


def uses_bf16(precision: Precision, device: torch.device) -> bool:
    """Whether `precision` on `device` means autocast to bfloat16."""
    if precision != "auto":
        return precision == "bf16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(feature) for feature in _CPU_FEATURES)
