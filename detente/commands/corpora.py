"""Public corpora: `detente data import`, `detente data fetch`."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.commands.apps import data_app
from detente.configs.errors import InputError

if TYPE_CHECKING:
    from detente.data.corpora.corpus import Corpus
    from detente.data.corpora.imported import Imported


@data_app.command("import")
def import_cli(
    corpus: Annotated[str | None, typer.Argument(help="Name of the corpus; without one, lists them.")] = None,
    path: Annotated[Path | None, typer.Argument(help="Its published files: a folder, an archive or one file.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder for the examples.")] = None,
    show_list: Annotated[
        bool, typer.Option("--list", help="List the corpora, with licence, size and citation.")
    ] = False,
) -> None:
    """Turn the published files of a public corpus into examples, and audit its parts."""
    from detente.data.corpora.registry import CORPORA, find_corpus  # noqa: PLC0415

    if corpus is None or show_list:
        _show_corpora(CORPORA.values())
        return
    known = find_corpus(corpus)
    if path is None or output is None:
        missing = "PATH" if path is None else "-o OUT"
        raise InputError(
            f"detente data import {known.name}: expected PATH and -o OUT; found no {missing}. "
            f"PATH is where {known.published_as} are; detente data fetch {known.name} -o PATH gets them."
        )
    from detente.data.corpora.importing import import_corpus  # noqa: PLC0415

    _show_import(import_corpus(known, path, output), output)


@data_app.command("fetch")
def fetch_cli(
    corpus: Annotated[str, typer.Argument(help="Name of the corpus.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the files.")],
) -> None:
    """Download the published files of a public corpus, each checked."""
    from detente.data.corpora.fetch import fetch_corpus, import_source  # noqa: PLC0415
    from detente.data.corpora.registry import find_corpus  # noqa: PLC0415

    known = find_corpus(corpus)
    _show_facts(known)
    files = fetch_corpus(known, output)
    for file in files:
        how = "checksum as published" if file.pinned else "checksum not known beforehand, kept in checksums.json"
        typer.echo(f"{file.path}  {how}")
    typer.echo(f"Next: detente data import {known.name} {import_source(known, output)} -o OUT")


def _show_corpora(corpora: Iterable["Corpus"]) -> None:
    for corpus in corpora:
        typer.echo(f"{corpus.name}: {corpus.title}")
        for name, value in (("size", corpus.size), ("licence", corpus.licence), ("cite", corpus.citation)):
            typer.echo(f"  {name:8} {value}")
    typer.echo("Next: detente data fetch CORPUS -o FOLDER, then detente data import CORPUS FOLDER -o OUT")


def _show_facts(corpus: "Corpus") -> None:
    from detente.data.corpora.card import facts  # noqa: PLC0415

    typer.echo(corpus.title)
    for name, value in facts(corpus):
        typer.echo(f"  {name:8} {value}")
    for defect in corpus.defects:
        typer.echo(f"  defect   {defect}")


def _show_import(imported: "Imported", folder: Path) -> None:
    from detente.data.corpora.card import audit_lines  # noqa: PLC0415

    _show_facts(imported.corpus)
    for part, counts in imported.stances.items():
        stances = ", ".join(f"{count} {stance}" for stance, count in counts.items())
        typer.echo(f"{folder / part}.jsonl: {sum(counts.values())} examples ({stances})")
    if imported.absent:
        typer.echo(f"not among the files: {', '.join(imported.absent)}", err=True)
    for reason, count in imported.reasons.most_common():
        typer.echo(f"{count} set aside: {reason}", err=True)
    for line in audit_lines(imported):
        typer.echo(f"audit: {line}")
    typer.echo(f"more in {folder / 'CORPUS.md'}")
