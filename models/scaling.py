"""The calibration as a part of a torch model, so that all roads to its logits give the same ones."""

from typing import Any

import torch
from torch import Tensor

from detente.models.calibration import Calibration


def calibrated_logits(logits: Tensor, config: Any) -> Tensor:
    """Calibrate raw logits, of shape (..., 3), in fp32.

    Args:
        logits: What the last layer gives.
        config: The model's, with `calibration_scale` and `calibration_bias`, three numbers each.
    """
    logits = logits.float()
    scale, bias = (
        torch.tensor(values, dtype=logits.dtype, device=logits.device)
        for values in (config.calibration_scale, config.calibration_bias)
    )
    return logits * scale + bias


def get_calibration(config: Any) -> Calibration:
    """What a model's config says."""
    return Calibration(scale=tuple(config.calibration_scale), bias=tuple(config.calibration_bias))


def set_calibration(config: Any, calibration: Calibration) -> None:
    """Write the calibration into a model's config, which is saved with it."""
    config.calibration_scale, config.calibration_bias = list(calibration.scale), list(calibration.bias)
