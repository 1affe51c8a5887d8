"""A trained model for another runtime: `detente export`."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from detente.commands.arguments import ModelArgument
from detente.commands.quiet import quieten
from detente.configs.errors import InputError


def export_cli(
    model: ModelArgument,
    backend: Annotated[str, typer.Option(help="onnx (ONNX Runtime) or openvino.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the export.")],
    examples: Annotated[Path, typer.Option(help="Labelled examples, on which it must answer as the model does.")],
    dtype: Annotated[str, typer.Option(help="auto (bf16 where runtime and hardware have it), bf16 or fp32.")] = "auto",
    int8: Annotated[bool, typer.Option("--int8", help="Round the weights to 8 bits.")] = False,
    tolerance: Annotated[
        float, typer.Option(help="How many times the usual limits a rounded model may be off; fp32 has its own.")
    ] = 1.0,
) -> None:
    """Write a model for a faster runtime, if it answers labelled examples as the model in torch does.

    The folder is used like that of any model. Exit status 1, and no folder, if the answers differ too much.
    """
    quieten()
    from detente.evaluation.admission import export_model  # noqa: PLC0415
    from detente.evaluation.parity import in_words  # noqa: PLC0415
    from detente.models.export.record import BACKENDS  # noqa: PLC0415

    known = {str(one): one for one in BACKENDS}
    if backend not in known:
        raise InputError(f"--backend: expected {' or '.join(known)}; found {backend}")
    if dtype not in ("auto", "bf16", "fp32"):
        raise InputError(f"--dtype: expected auto, bf16 or fp32; found {dtype}")
    with _quiet():
        done = export_model(
            model,
            output,
            examples,
            known[backend],
            dtype=dtype,
            int8=int8,
            tolerance=tolerance,
            progress=lambda line: typer.echo(line, err=True),
        )
    typer.echo("\n".join(in_words(done.record.parity)))
    typer.echo(f"backend     {done.record.backend} {done.record.precision}\nmodel       {done.folder}")


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out what the exporter warns of; some of it goes to the root of the loggers, which is everybody's."""
    loggers = [logging.getLogger(name) for name in (None, "torch.onnx", "onnxscript", "onnx_ir")]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for one, level in zip(loggers, levels, strict=True):
            one.setLevel(level)
