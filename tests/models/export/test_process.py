"""One runtime a process, with the threads that torch had."""

import pytest
import torch

from detente.configs.errors import InputError
from detente.models.export.process import claim_threads, import_extra
from tests.exports import any_runtime


@pytest.fixture(autouse=True)
def threads(monkeypatch: pytest.MonkeyPatch):
    any_runtime(monkeypatch)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_a_runtime_takes_the_threads_of_torch_over():
    assert claim_threads("ONNX Runtime") == 2
    assert torch.get_num_threads() == 1
    assert claim_threads("ONNX Runtime") == 2  # a second model


def test_a_second_runtime_is_refused():
    claim_threads("ONNX Runtime")
    with pytest.raises(InputError, match=r"one runtime in a process.*a model of ONNX Runtime.*one of OpenVINO"):
        claim_threads("OpenVINO")


def test_a_package_that_is_not_installed_is_named_with_its_extra():
    with pytest.raises(InputError) as caught:
        import_extra("no_such_runtime.part", "onnx", "runs graphs")
    assert str(caught.value) == (
        "expected the package no_such_runtime, which runs graphs; it is not installed. "
        "Install it with: pip install 'detente[onnx]'"
    )
