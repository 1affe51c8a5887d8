"""`detente data import` and `detente data fetch`."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from detente.cli import app
from detente.configs.errors import InputError
from detente.data.corpora import registry
from detente.data.corpora.corpus import RemoteFile

ROW = "[Norway] praised [Kenya].\tNorway\tKenya\t1\n"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["data", *map(str, arguments)])


@pytest.fixture
def published(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    folder.mkdir()
    (folder / "train.txt").write_text(ROW + "[Norway] left [.] Then.\tNorway\t.\t0\n")
    (folder / "valid.txt").write_text(ROW)
    return folder


@pytest.mark.parametrize("arguments", [(), ("--list",), ("dse", "--list")])
def test_import_without_a_corpus_lists_them_with_size_licence_and_citation(arguments: tuple[str, ...]) -> None:
    result = run("import", *arguments)
    assert result.exit_code == 0
    for corpus in registry.CORPORA.values():
        assert f"{corpus.name}: {corpus.title}" in result.stdout
        assert all(fact in result.stdout for fact in (corpus.size, corpus.licence, corpus.citation))


def test_import_shows_source_licence_defects_counts_and_audit(published: Path, tmp_path: Path) -> None:
    result = run("import", "dse", published, "-o", tmp_path / "out")
    assert result.exit_code == 0
    corpus = registry.CORPORA["dse"]
    for fact in (corpus.repository, corpus.commit, corpus.licence, corpus.citation, *corpus.defects):
        assert fact in result.stdout
    assert f"{tmp_path / 'out/train.jsonl'}: 2 examples (1 support, 1 neutral, 0 oppose)" in result.stdout
    card = (tmp_path / "out/CORPUS.md").read_text()
    audited = [line.removeprefix("- ") for line in card.partition("## Audit")[2].splitlines() if line.startswith("- ")]
    assert audited
    assert all(f"audit: {line}" in result.stdout for line in audited)
    assert "not among the files: test" in result.stderr
    assert "1 set aside: a mention without a letter or a digit" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "missing"), [(["dse"], "PATH"), (["dse", "-o", "out"], "PATH"), (["dse", "folder"], "-o OUT")]
)
def test_import_says_which_argument_is_missing(arguments: list[str], missing: str) -> None:
    error = run("import", *arguments).exception
    assert isinstance(error, InputError)
    assert str(error) == (
        f"detente data import dse: expected PATH and -o OUT; found no {missing}. "
        "PATH is where train.txt, valid.txt, test.txt are; detente data fetch dse -o PATH gets them."
    )


def test_fetch_shows_the_licence_and_how_each_file_was_checked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, published: Path
) -> None:
    sha256 = hashlib.sha256(ROW.encode()).hexdigest()
    files = (
        RemoteFile("http://127.0.0.1/valid.txt", "valid.txt", sha256),
        RemoteFile("http://127.0.0.1/", "train.txt"),
    )
    corpus = replace(registry.CORPORA["dse"], files=files)
    monkeypatch.setitem(registry.CORPORA, "dse", corpus)
    result = run("fetch", "dse", "-o", published)
    assert result.exit_code == 0
    assert corpus.licence in result.stdout
    assert f"{published / 'valid.txt'}  checksum as published" in result.stdout
    assert f"{published / 'train.txt'}  checksum not known beforehand, kept in checksums.json" in result.stdout
    assert f"Next: detente data import dse {published} -o OUT" in result.stdout
