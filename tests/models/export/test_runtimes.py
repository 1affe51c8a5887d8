"""Which precision an export is written and run in."""

import pytest

from detente.configs.errors import InputError
from detente.models.export import runtimes
from detente.models.export.runtimes import precision_to_export, precision_to_run


@pytest.fixture(params=[True, False], ids=["bf16", "no bf16"])
def has_bf16(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(runtimes, "_bf16_pays", lambda: request.param)
    return bool(request.param)


@pytest.mark.parametrize(
    ("backend", "dtype", "int8", "precision"),
    [
        ("onnx", "auto", False, "fp32"),
        ("onnx", "fp32", False, "fp32"),
        ("onnx", "auto", True, "int8"),
        ("openvino", "fp32", False, "fp32"),
        ("openvino", "bf16", False, "bf16"),
    ],
)
def test_the_precision_of_an_export(backend: str, dtype: str, precision: str, *, int8: bool):
    assert precision_to_export(backend, dtype, int8=int8) == precision


def test_openvino_takes_bf16_where_the_hardware_has_it(*, has_bf16: bool):
    assert precision_to_export("openvino", "auto", int8=False) == ("bf16" if has_bf16 else "fp32")


@pytest.mark.parametrize(
    ("backend", "dtype", "int8", "message"),
    [
        ("onnx", "bf16", False, "--dtype: expected a precision of ONNX Runtime, auto, fp32; found bf16"),
        ("onnx", "fp32", True, "--dtype: expected none beside --int8; found fp32"),
        ("openvino", "auto", True, "--int8: expected a precision of OpenVINO, fp32, bf16; found int8"),
    ],
)
def test_a_precision_that_a_runtime_lacks_is_refused(backend: str, dtype: str, message: str, *, int8: bool):
    with pytest.raises(InputError) as caught:
        precision_to_export(backend, dtype, int8=int8)
    assert str(caught.value) == message


def test_an_export_answers_in_what_it_was_admitted_in(*, has_bf16: bool):
    assert precision_to_run("fp32", "auto") == precision_to_run("fp32", "fp32") == "fp32"
    assert precision_to_run("int8", "auto") == "int8"
    assert precision_to_run("bf16", "auto") == ("bf16" if has_bf16 else "fp32")
    assert precision_to_run("bf16", "bf16") == "bf16"
    assert precision_to_run("bf16", "fp32") == "fp32"


@pytest.mark.parametrize(
    ("admitted", "dtype", "expected"),
    [("fp32", "bf16", "auto or fp32"), ("int8", "fp32", "auto"), ("int8", "bf16", "auto")],
)
def test_what_it_was_not_checked_in_is_refused(admitted: str, dtype: str, expected: str):
    with pytest.raises(InputError) as caught:
        precision_to_run(admitted, dtype)
    assert str(caught.value) == (
        f"--dtype: expected {expected} for a model that was exported and checked in {admitted}; found {dtype}. "
        "For another precision, export it again."
    )
