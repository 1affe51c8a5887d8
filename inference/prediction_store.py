"""Predictions from files into a database on disk, where they are counted out of core.

DuckDB holds them: what doesn't fit into the memory that it is given goes to a temporary folder. Probabilities become
whole numbers of billionths, so that sums don't depend on the order in which the parts and threads come by.
"""
# ruff: noqa: S608  (what goes into the SQL is ours, but for the names of files, which are quoted)

import glob
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

import duckdb

from detente.configs.errors import InputError, RecordError
from detente.data.formats import FORMATS, MANIFEST, PARTS, REJECTS, file_format, read_rows
from detente.data.reading import FAULTS_SHOWN, read_predictions, write_records
from detente.data.records import STANCES, Prediction
from detente.inference.periods import FIRST_DAY_SQL, PRECISION_SQL

Paths = str | Path | Iterable[str | Path]

BILLION = 1_000_000_000
_SUM_TOLERANCE = 0.02
"""How far the three probabilities may be from a sum of 1: other people's files have them rounded."""
_COLUMNS = {
    **dict.fromkeys(("example_id", "actor", "target", "text", "stance"), "VARCHAR"),
    **dict.fromkeys(("p_support", "p_neutral", "p_oppose"), "DOUBLE"),
    "confident": "BOOLEAN",
}
_OPTIONAL_TEXTS = ("article_id", "group", "speaker", "published", "outlet", "url", "actor_kind", "target_kind")
_SPANS = ("actor_span", "target_span")

_FAULTS = {
    "actor": ("coalesce(trim(actor), '') = ''", "a name", "actor"),
    "target": ("coalesce(trim(target), '') = ''", "a name", "target"),
    "example_id": ("example_id IS NULL", "an id", "example_id"),
    "text": ("text IS NULL", "text", "text"),
    "stance": (f"stance IS NULL OR stance NOT IN {tuple(map(str, STANCES))}", ", ".join(STANCES), "stance"),
    "confident": ("confident IS NULL", "true or false", "confident"),
    **{
        # a comparison alone may not see NaN, which Parquet's statistics leave out
        name: (f"{name} IS NULL OR isnan({name}) OR NOT {name} BETWEEN 0 AND 1", "a probability from 0 to 1", name)
        for name in ("p_support", "p_neutral", "p_oppose")
    },
    "p_support, p_neutral, p_oppose": (
        f"abs(p_support + p_neutral + p_oppose - 1) > {_SUM_TOLERANCE}",
        "a sum of 1",
        "round(p_support + p_neutral + p_oppose, 3)",
    ),
}
"""What makes a prediction useless: the condition, what was expected, and the SQL for what was found."""

# the kind that a name has most often, whichever side it stands on
_NAMES_SQL = """
CREATE TABLE names AS
WITH seen AS (
    SELECT actor AS name, actor_kind AS kind, count(*) AS times FROM source GROUP BY ALL
    UNION ALL SELECT target, target_kind, count(*) FROM source GROUP BY ALL
),
kinds AS (SELECT name, kind, sum(times) AS times FROM seen GROUP BY ALL),
likeliest AS (
    SELECT name, kind FROM kinds
    QUALIFY row_number() OVER (PARTITION BY name ORDER BY kind IS NULL, times DESC, kind) = 1
)
SELECT (row_number() OVER (ORDER BY name) - 1)::INTEGER AS id, name, kind FROM likeliest
"""

_ANSWERS_SQL = f"""
CREATE TABLE answers AS
SELECT
    actors.id AS actor, targets.id AS target, hash(coalesce("group", article_id, text)) AS story,
    round(p_support * {BILLION})::BIGINT AS support, round(p_neutral * {BILLION})::BIGINT AS neutral,
    round(p_oppose * {BILLION})::BIGINT AS oppose, stance, confident, outlet,
    {FIRST_DAY_SQL} AS day, {PRECISION_SQL} AS precision, file, row,
    hash(example_id, article_id, text, actor_span, target_span, speaker, published, outlet, url) AS tie
FROM source
JOIN names AS actors ON actors.name = source.actor
JOIN names AS targets ON targets.name = source.target
"""


def find_predictions(predictions: Paths) -> list[Path]:
    """The files that are meant: of the folder of a run its parts, of another all files of a format that we read.

    Raises:
        InputError: A file or folder is missing, or no file is of a known format, or a run has not finished.
    """
    given = [predictions] if isinstance(predictions, str | Path) else list(predictions)
    files = {file.resolve(): file for path in map(Path, given) for file in _files_of(path)}
    if not files:
        raise InputError("expected files of predictions; found none given")
    return [files[path] for path in sorted(files)]


class PredictionStore:
    """The predictions of some files, ready to be counted; a context manager, since it holds a temporary folder.

    Its table `answers` has a row for each prediction: `actor` and `target` (ids in `names`, in the order of the names),
    `story` (a number), `support`, `neutral`, `oppose` (billionths), `stance`, `confident`, `outlet`, `day` and
    `precision` of its date, `file` and `row` (where the rest of it stands in the view `source`), and `tie`, a number
    that puts equals in an order that doesn't depend on the files.

    A prediction without a group is of the story of its article; without an article, of that of its text.
    """

    def __init__(self, predictions: Paths, *, memory: str = "2GB", threads: int | None = None) -> None:
        """Read the predictions.

        Args:
            predictions: Files (`.parquet`, `.jsonl`, `.csv`), or folders of them, such as the parts of a batch run.
            memory: What the database may hold in memory before it goes to disk, as "500MB".
            threads: How many it may use; default: as many as there are cores.

        Raises:
            InputError: A file is missing, unknown or damaged, or lacks a column; `memory` is no size.
            RecordError: Predictions are faulty: up to 20 of them, with file and number.
        """
        if not re.fullmatch(r"[1-9]\d*(\.\d+)? ?[KMGT]i?B", memory):
            raise InputError(f"memory: expected a size, as 500MB or 2GB; found '{memory}'")
        self.files = find_predictions(predictions)
        self.views = 0
        self._folder = tempfile.TemporaryDirectory(prefix="detente-edges-")
        with ExitStack() as if_it_fails:
            if_it_fails.callback(self.close)
            self.database = _connect(Path(self._folder.name), memory, threads)
            self._read(_as_parquet(self.files, Path(self._folder.name)))
            if_it_fails.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back disk and memory."""
        if hasattr(self, "database"):
            self.database.close()
        self._folder.cleanup()

    def _read(self, parts: Sequence[Path]) -> None:
        try:
            with enough_memory():
                self.database.execute(_source_sql(self.database, parts))
                if faults := list(self._faults()):
                    raise RecordError(faults, more=len(faults) == FAULTS_SHOWN)
                self.database.execute(_NAMES_SQL)
                self.database.execute(_ANSWERS_SQL)
        except duckdb.Error as error:
            places = ", ".join(map(str, self.files[:3])) + (", ..." if len(self.files) > 3 else "")
            raise InputError(f"{places}: expected Parquet files of predictions; {error}") from error

    def _faults(self) -> Iterator[str]:
        cases = " ".join(
            f"WHEN {condition} THEN '{name}: expected {expected}; found ' || coalesce({found}::VARCHAR, 'none')"
            for name, (condition, expected, found) in _FAULTS.items()
        )
        found = self.database.execute(
            f"SELECT file, row, CASE {cases} END AS fault FROM source WHERE fault IS NOT NULL "
            f"ORDER BY file, row LIMIT {FAULTS_SHOWN}"
        )
        for file, row, fault in found.fetchall():
            yield f"{self.files[file]}: record {row + 1}: {fault}"


@contextmanager
def enough_memory() -> Iterator[None]:
    """Tell the user where the database can't do with the memory that it was given.

    Raises:
        InputError: It can't.
    """
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise InputError(f"memory: expected enough for these predictions. Give more; {error}") from error


def _files_of(path: Path) -> list[Path]:
    if path.is_file():
        file_format(path)
        return [path]
    if not path.is_dir():
        raise InputError(f"{path}: expected a file or a folder of predictions; found nothing there")
    if (path / MANIFEST).is_file():
        next(read_rows(path), None)  # it stops where the run that writes them has not finished
        return sorted(path.glob(PARTS))
    inside = sorted(file for file in path.iterdir() if file.is_file() and _is_readable(file))
    if not inside:
        raise InputError(f"{path}: expected predictions that end in {', '.join(FORMATS)}; the folder has none")
    return inside


def _is_readable(path: Path) -> bool:
    if path.name.startswith(".") or path.name.endswith(f".{REJECTS}"):
        return False
    return path.name.lower().removesuffix(".gz").endswith(FORMATS)


def _connect(folder: Path, memory: str, threads: int | None) -> duckdb.DuckDBPyConnection:
    settings: dict[str, str | int | bool | float | list[str]] = {
        "memory_limit": memory,
        "temp_directory": str(folder / "spilled"),
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,  # nothing is fetched from anywhere
    }
    return duckdb.connect(
        str(folder / "predictions.duckdb"), config=settings | ({"threads": threads} if threads else {})
    )


def _as_parquet(files: Iterable[Path], folder: Path) -> list[Path]:
    """The files, those of other formats validated and copied into Parquet."""
    parts = []
    for number, path in enumerate(files):
        is_parquet = file_format(path) == ".parquet"
        parts.append(path.resolve() if is_parquet else folder.resolve() / f"copy-{number}.parquet")
        if not is_parquet:
            write_records(parts[-1], read_predictions(path), Prediction)
    return parts


def _source_sql(database: duckdb.DuckDBPyConnection, parts: Sequence[Path]) -> str:
    """A view of the files with all columns of a prediction, of the right types.

    Raises:
        InputError: A column is missing.
    """
    database.execute("CREATE TABLE files (filename VARCHAR, file INTEGER)")
    database.executemany("INSERT INTO files VALUES (?, ?)", [(str(path), n) for n, path in enumerate(parts)])
    names = ", ".join(_quoted(glob.escape(str(path))) for path in parts)
    read = f"read_parquet([{names}], union_by_name=true, filename=true, file_row_number=true, hive_partitioning=false)"
    types = {name: kind for name, kind, *_ in database.execute(f"DESCRIBE SELECT * FROM {read}").fetchall()}
    if missing := [name for name in _COLUMNS if name not in types]:
        raise InputError(f"{parts[0]}: expected the columns of predictions; found no {', '.join(missing)}")
    columns = [f"parts.{name}::{kind} AS {name}" for name, kind in _COLUMNS.items()]
    columns += [_text_sql(name, name in types) for name in _OPTIONAL_TEXTS]
    columns += [_span_sql(name, types.get(name)) for name in _SPANS]
    return (
        f"CREATE VIEW source AS SELECT files.file, parts.file_row_number AS row, {', '.join(columns)} "
        f"FROM {read} AS parts JOIN files ON files.filename = parts.filename"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _text_sql(name: str, is_there: bool) -> str:
    value = f"nullif(trim(parts.\"{name}\"::VARCHAR), '')" if is_there else "NULL::VARCHAR"
    return f'{value} AS "{name}"'


def _span_sql(name: str, kind: str | None) -> str:
    """A span as JSON, whether it stands there as a list or as JSON."""
    if kind is None:
        return f"NULL::VARCHAR AS {name}"
    return f"parts.{name} AS {name}" if kind == "VARCHAR" else f"to_json(parts.{name})::VARCHAR AS {name}"
