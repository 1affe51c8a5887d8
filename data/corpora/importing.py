"""A public corpus into a folder of examples: one file a part, what was set aside, the audit, and what to know of it."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from detente.configs.errors import InputError
from detente.data.audit.leaks import Audit, audit
from detente.data.audit.report import write_audit
from detente.data.corpora.card import corpus_card
from detente.data.corpora.corpus import Corpus
from detente.data.corpora.imported import REJECTED, TRAIN, Imported
from detente.data.corpora.published import Published, open_published
from detente.data.formats import make_folder
from detente.data.problems import Problem
from detente.data.reading import write_records
from detente.data.records import STANCES, Example


def import_corpus(corpus: Corpus, path: Path, folder: Path) -> Imported:
    """Read the published files of a corpus and write its parts, their audit and CORPUS.md.

    Args:
        corpus: Which.
        path: A folder, an archive, or one of the files.
        folder: Gets PART.jsonl for each part that is there, `rejected.jsonl`, `audit.html`, `audit.json`, `CORPUS.md`.

    Raises:
        InputError: The files are not there, or not those of the corpus, or the folder is the one they are in.
    """
    if path.resolve() in (folder.resolve(), *folder.resolve().parents) and path.is_dir():
        raise InputError(f"{folder}: expected a folder outside the published files of {corpus.name}, {path}")
    problems: list[Problem] = []
    parts: dict[str, list[Example]] = {}
    with open_published(path) as published:
        for part in corpus.parts:
            parts[part] = _read(corpus, published, part, problems)
    there = {part: examples for part, examples in parts.items() if examples}
    if not there:
        raise InputError(_nothing(corpus, path, problems))
    imported = Imported(
        corpus=corpus,
        stances={part: _count(examples) for part, examples in there.items()},
        absent=tuple(part for part in corpus.parts if part not in there),
        problems=tuple(problems),
        audits=_audits(there),
    )
    _write(imported, there, folder)
    return imported


def _read(corpus: Corpus, published: Published, part: str, problems: list[Problem]) -> list[Example]:
    examples = []
    for found in corpus.read(published, part):
        if isinstance(found, Problem):
            problems.append(found)
        else:
            examples.append(found)
    return examples


def _nothing(corpus: Corpus, path: Path, problems: Sequence[Problem]) -> str:
    found = f"{len(problems)} rows, none of them good ({problems[0].reason})" if problems else "none of them"
    return (
        f"{path}: expected the published files of {corpus.name} ({corpus.published_as}); found {found}. "
        f"detente data fetch {corpus.name} -o FOLDER gets them."
    )


def _count(examples: Sequence[Example]) -> dict[str, int]:
    counts = Counter(example.label for example in examples)
    return {stance.value: counts[stance] for stance in STANCES}


def _audits(parts: Mapping[str, Sequence[Example]]) -> dict[str, Audit]:
    if TRAIN not in parts:
        return {}
    return {part: audit(parts[TRAIN], examples) for part, examples in parts.items() if part != TRAIN}


def _write(imported: Imported, parts: Mapping[str, Sequence[Example]], folder: Path) -> None:
    make_folder(folder)
    for part, examples in parts.items():
        write_records(folder / f"{part}.jsonl", examples, Example)
    _write_rejected(imported.problems, folder / REJECTED)
    if imported.audits:
        write_audit(imported.audits, folder, train=TRAIN)
    (folder / "CORPUS.md").write_text(corpus_card(imported), encoding="utf-8")


def _write_rejected(problems: Sequence[Problem], path: Path) -> None:
    path.unlink(missing_ok=True)
    if problems:
        lines = [json.dumps({"place": one.place, "reason": one.reason}, ensure_ascii=False) for one in problems]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
