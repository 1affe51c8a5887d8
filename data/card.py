"""A data card: what a set of examples holds, counted, and what only its owner can say, left blank.

The sections follow Gebru et al., "Datasheets for Datasets" (2021); the head is that of dataset cards on Hugging Face.
"""

import html
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from ruamel.yaml import YAML

from detente.configs.errors import InputError
from detente.data.formats import make_folder
from detente.data.reading import read_examples
from detente.data.summary import COLUMNS, Summary, summarise

TOP = 20
"""Names in a table."""
LONGEST = 500
"""Characters of a name that are shown."""
_MARKUP = re.compile(r"([\\`*_{}\[\]#|~$!])")
_SIZES = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B")


def write_card(inputs: Sequence[str | Path], output: str | Path, *, name: str | None = None) -> Summary:
    """Write the data card of one or several files of examples, the parts of one data set.

    Args:
        inputs: Files of examples.
        output: The Markdown file.
        name: What the data set is called; default: the name of the folder that holds the first file.

    Raises:
        InputError: The output exists, since its owner may have filled it in; a file is missing or given twice; or
            there is no example.
    """
    output = Path(output)
    if output.exists():
        raise InputError(
            f"{output}: expected a new file; there is one already, and its owner may have written in it. "
            "Give another name with -o"
        )
    paths = _different_files(inputs)
    summary = summarise((path, read_examples(path)) for path in paths)
    if not summary.words:
        raise InputError(f"{', '.join(map(str, paths))}: expected examples; found none")
    card = render_card(summary, name or paths[0].resolve().parent.name)
    make_folder(output.parent)
    output.write_text(card, encoding="utf-8", newline="\n")
    return summary


def _different_files(inputs: Sequence[str | Path]) -> list[Path]:
    paths = [Path(path) for path in inputs]
    if missing := next((path for path in paths if not path.is_file()), None):
        raise InputError(
            f"{missing}: expected a file of examples; found {'a folder' if missing.is_dir() else 'nothing'}"
        )
    if len({path.resolve() for path in paths}) < len(paths):
        raise InputError(f"expected different files; found {', '.join(map(str, paths))}")
    return paths


def render_card(summary: Summary, name: str) -> str:
    """The card as Markdown; whatever comes from the data is shown as text, never read as markup."""
    environment = Environment(  # noqa: S701  (Markdown: as_text escapes everything)
        loader=PackageLoader("detente.data", "."),
        finalize=as_text,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    template = environment.get_template("card.md.jinja")
    return template.render(head=Markup(_head(summary, name)), name=name, summary=summary, table=_table, top=TOP)  # noqa: S704


def _table(summary: Summary, what: str, rows: Iterable[tuple[str, Counter[str]]]) -> Markup:
    """A Markdown table of counts by stance."""
    lines = [("", what, "examples", "share", *COLUMNS, ""), ("", "---", *["---:"] * (2 + len(COLUMNS)), "")]
    for value, counts in rows:
        share = counts.total() / len(summary.words)
        figures = (f"{counts.total():,}", f"{share:.1%}", *(f"{counts[column]:,}" for column in COLUMNS))
        lines.append(("", as_text(value), *figures, ""))
    return Markup("\n".join(" | ".join(cells).strip() for cells in lines))  # noqa: S704


def as_text(value: Any) -> Any:
    """Text that Markdown and HTML show as it is, on one line; what is marked as safe, and numbers, stay."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    line = " ".join("".join(one if one.isprintable() else " " for one in value).split())
    if len(line) > LONGEST:
        line = f"{line[:LONGEST]}..."
    return _MARKUP.sub(r"\\\1", html.escape(line, quote=False))


def _head(summary: Summary, name: str) -> str:
    """The YAML head, which the Hugging Face hub reads."""
    licences = _values(summary, "licence", "license")
    head: dict[str, Any] = {
        "pretty_name": name,
        "license": "other" if licences else "unknown",
        "task_categories": ["text-classification"],
        "size_categories": [_SIZES[max(0, len(str(len(summary.words))) - 3)]],
        "tags": ["stance", "news", "detente"],
    }
    if licences:
        head["license_name"] = "; ".join(licences)
    if languages := _values(summary, "language"):
        head["language"] = languages
    sink = io.StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 10_000
    yaml.dump(head, sink)
    return sink.getvalue()


def _values(summary: Summary, *keys: str) -> list[str]:
    """All values that the importers gave for some keys of meta."""
    tallies: Iterable[Any] = (summary.provenance[key] for key in keys if key in summary.provenance)
    return sorted({value for tally in tallies for value, _ in tally.in_order()})
