"""The groups of commands."""

import typer

data_app = typer.Typer(help="Articles, examples, public corpora, splits and audits.", no_args_is_help=True)
label_app = typer.Typer(help="Labels by people: exchange, agreement, what to label next.", no_args_is_help=True)
