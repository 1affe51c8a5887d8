"""Arguments and options that several commands take."""

from typing import Annotated

import typer

ModelArgument = Annotated[
    str, typer.Argument(help="A model folder, a hub id, runs:/RUN_ID/model or models:/NAME@ALIAS.", show_default=False)
]
WantedPrecision = Annotated[
    float | None,
    typer.Option(help="Share of right answers wanted among the confident ones, as 0.95; default: that of the model."),
]
