"""From articles to questions: `detente data extract`."""

from pathlib import Path
from typing import Annotated

import typer

from detente.commands.apps import data_app


@data_app.command("extract")
def extract_cli(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            help="Files or folders of articles: .txt, .html, .warc, .rss, .atom, .xml (feeds), .jsonl, .csv, .parquet."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="File of examples: .jsonl, .csv or .parquet.")],
    aliases: Annotated[
        Path | None, typer.Option(help="Your own names: a CSV of alias, actor, kind, country. They win over all rules.")
    ] = None,
    context: Annotated[
        int, typer.Option(min=0, help="Sentences of text before and after those of the two mentions.")
    ] = 0,
    neighbours: Annotated[bool, typer.Option(help="Also pair names of two neighbouring sentences.")] = True,
    author: Annotated[bool, typer.Option(help="Also ask for the author's stance.")] = False,
    max_pairs: Annotated[
        int, typer.Option(min=1, help="At most so many pairs of a sentence, or of two neighbouring ones.")
    ] = 90,
    workers: Annotated[int, typer.Option(min=1, help="Processes that share the work.")] = 1,
    rejects: Annotated[
        Path | None, typer.Option(help="Write down all that is left out, with the reasons: .jsonl.")
    ] = None,
) -> None:
    """Find who and what is named in articles; write the pairs to ask about, unlabelled."""
    from detente.data.extraction.actors.aliases import read_aliases  # noqa: PLC0415
    from detente.data.extraction.extract_files import extract_files  # noqa: PLC0415
    from detente.data.extraction.pairs import PairSettings  # noqa: PLC0415
    from detente.data.outputs import check_outputs  # noqa: PLC0415

    check_outputs([output, rejects], [*inputs, aliases])
    result = extract_files(
        inputs,
        output,
        settings=PairSettings(context=context, neighbours=neighbours, author=author, max_pairs=max_pairs),
        aliases=read_aliases(aliases) if aliases else None,
        workers=workers,
        rejects=rejects,
    )
    for reason, count in result.left_out.most_common():
        typer.echo(f"left out: {count:6}  {reason}", err=True)
    if rejects:
        typer.echo(f"all that was left out: {rejects}", err=True)
    typer.echo(f"{result.examples} examples of {result.articles} articles, {result.sentences} sentences: {output}")
    if result.failed or not result.articles:
        raise typer.Exit(1)
