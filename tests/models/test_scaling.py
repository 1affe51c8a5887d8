"""The calibration inside a torch model."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from detente.models.calibration import Calibration
from detente.models.scaling import calibrated_logits, get_calibration, set_calibration

ONE = Calibration(scale=(2.0, 1.0, 0.5), bias=(0.25, -0.5, 0.25))


@pytest.fixture
def config() -> SimpleNamespace:
    config = SimpleNamespace(calibration_scale=[1.0, 1.0, 1.0], calibration_bias=[0.0, 0.0, 0.0])
    set_calibration(config, ONE)
    return config


@pytest.mark.parametrize("shape", [(3,), (5, 3), (2, 4, 3)])
def test_a_tensor_is_calibrated_as_an_array_is(config: SimpleNamespace, shape: tuple[int, ...]):
    logits = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    expected = ONE.apply(logits.numpy().astype(np.float64))
    assert calibrated_logits(logits, config).numpy() == pytest.approx(expected, abs=1e-6)


def test_the_result_is_in_fp32_whatever_the_model_computes_in(config: SimpleNamespace):
    logits = torch.tensor([[1.0, 2.0, 4.0]])
    calibrated = calibrated_logits(logits.bfloat16(), config)
    assert calibrated.dtype == torch.float32
    assert torch.equal(calibrated, torch.tensor([[2.25, 1.5, 2.25]]))


def test_gradients_pass_through(config: SimpleNamespace):
    logits = torch.zeros(1, 3, requires_grad=True)
    calibrated_logits(logits, config).sum().backward()
    assert logits.grad.tolist() == [[2.0, 1.0, 0.5]]


def test_a_config_keeps_it_as_plain_numbers(config: SimpleNamespace):
    assert (config.calibration_scale, config.calibration_bias) == ([2.0, 1.0, 0.5], [0.25, -0.5, 0.25])
    assert get_calibration(config) == ONE
