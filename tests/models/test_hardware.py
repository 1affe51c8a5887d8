"""Which device and which precision, on machines that the tests pretend to run on."""

import pytest
import torch

from detente.models.hardware import pick_batch_tokens, pick_device, use_bf16

CPU, CUDA, MPS = torch.device("cpu"), torch.device("cuda"), torch.device("mps")


def pretend(monkeypatch: pytest.MonkeyPatch, accelerator: torch.device | None) -> None:
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda check_available=False: accelerator)


@pytest.mark.parametrize(
    ("wanted", "accelerator", "device"),
    [("auto", None, CPU), ("cpu", None, CPU), ("auto", CUDA, CUDA), ("cpu", CUDA, CPU), ("auto", MPS, MPS)],
)
def test_the_accelerator_is_taken_unless_the_cpu_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, wanted: str, accelerator: torch.device | None, device: torch.device
):
    pretend(monkeypatch, accelerator)
    assert pick_device(wanted) == device


def test_the_default_device_is_the_accelerator(monkeypatch: pytest.MonkeyPatch):
    pretend(monkeypatch, CUDA)
    assert pick_device() == CUDA


@pytest.mark.parametrize("device", [CPU, CUDA, MPS])
def test_a_precision_that_is_asked_for_is_taken(device: torch.device):
    assert use_bf16("bf16", device) is True
    assert use_bf16("fp32", device) is False


@pytest.mark.parametrize(
    ("capabilities", "wanted"),
    [
        ({"avx512_bf16": True, "amx_bf16": False}, True),
        ({"avx512_bf16": False, "amx_bf16": True}, True),
        ({"avx512_bf16": True, "amx_bf16": True, "avx512_fp16": True}, True),
        ({"avx512_bf16": True, "amx_bf16": False, "avx512_fp16": True}, False),
        ({"avx512_bf16": False, "amx_bf16": False, "avx512_f": True}, False),
        ({}, False),
    ],
)
def test_a_cpu_computes_in_bf16_if_that_is_faster_than_fp32(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], wanted: bool
):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert use_bf16("auto", CPU) is wanted


def test_a_torch_that_cannot_tell_its_capabilities_computes_in_fp32(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert use_bf16("auto", CPU) is False


@pytest.mark.parametrize("native", [True, False])
def test_a_gpu_computes_in_bf16_if_it_does_not_emulate_it(monkeypatch: pytest.MonkeyPatch, native: bool):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation or native)
    assert use_bf16("auto", CUDA) is native


def test_another_accelerator_computes_in_fp32():
    assert use_bf16("auto", MPS) is False


def test_batches_are_small_on_a_cpu_and_larger_on_an_accelerator() -> None:
    assert pick_batch_tokens(CPU) == 1024
    assert pick_batch_tokens(CUDA) == 4096
