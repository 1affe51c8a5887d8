"""From published files to a folder of examples."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from detente.configs.errors import InputError
from detente.data.corpora.importing import import_corpus
from detente.data.corpora.registry import CORPORA
from detente.data.problems import Problem
from detente.data.reading import read_examples

Publish = Callable[[dict[str, str]], Path]
DSE = CORPORA["dse"]
RAW = Path(os.environ.get("DETENTE_CORPORA", "../shared/corpora")) / "raw"
TRAIN = (
    "[Norway] praised [Kenya] for the port.\tNorway\tKenya\t1\n"
    "[Norway] blamed [Peru] for the storm.\tNorway\tPeru\t3\n"
    "[Norway] left [.] Then it rained.\tNorway\t.\t0\n"
)
VALID = "[Norway] praised [Kenya] for the port.\tNorway\tKenya\t1\n[Chile] met [Ghana] in Rome.\tChile\tGhana\t0\n"


def test_each_part_becomes_a_file_of_examples(publish: Publish, tmp_path: Path) -> None:
    import_corpus(DSE, publish({"train.txt": TRAIN, "valid.txt": VALID}), tmp_path / "out")
    assert len(list(read_examples(tmp_path / "out/train.jsonl", labelled=True))) == 4
    assert len(list(read_examples(tmp_path / "out/valid.jsonl", labelled=True))) == 4
    assert not (tmp_path / "out/test.jsonl").exists()


def test_the_result_counts_stances_absent_parts_and_reasons(publish: Publish, tmp_path: Path) -> None:
    found = import_corpus(DSE, publish({"train.txt": TRAIN, "valid.txt": VALID}), tmp_path / "out")
    assert found.stances["train"] == {"support": 1, "neutral": 2, "oppose": 1}
    assert found.absent == ("test",)
    assert found.problems == (Problem("train.txt:3", "a mention without a letter or a digit"),)
    assert found.reasons == {"a mention without a letter or a digit": 1}


def test_what_is_set_aside_is_written_with_place_and_reason(publish: Publish, tmp_path: Path) -> None:
    import_corpus(DSE, publish({"train.txt": TRAIN}), tmp_path / "out")
    (line,) = (tmp_path / "out/rejected.jsonl").read_text().splitlines()
    assert json.loads(line) == {"place": "train.txt:3", "reason": "a mention without a letter or a digit"}
    import_corpus(DSE, publish({"train.txt": VALID}), tmp_path / "out")
    assert not (tmp_path / "out/rejected.jsonl").exists()


def test_the_parts_are_audited_against_train_at_once(publish: Publish, tmp_path: Path) -> None:
    found = import_corpus(DSE, publish({"train.txt": TRAIN, "valid.txt": VALID}), tmp_path / "out")
    assert found.audits["valid"].leaks["texts"].examples == 2
    audit = json.loads((tmp_path / "out/audit.json").read_text())
    assert audit["valid"]["leaks"]["texts"]["share"] == 0.5
    assert (tmp_path / "out/audit.html").is_file()


def test_one_part_alone_is_not_audited(publish: Publish, tmp_path: Path) -> None:
    folder = publish({"train.txt": TRAIN, "valid.txt": VALID})
    found = import_corpus(DSE, folder / "train.txt", tmp_path / "out")
    assert (found.audits, found.absent) == ({}, ("valid", "test"))
    assert not (tmp_path / "out/audit.json").exists()


def test_examples_keep_corpus_and_licence(publish: Publish, tmp_path: Path) -> None:
    import_corpus(DSE, publish({"train.txt": TRAIN}), tmp_path / "out")
    for example in read_examples(tmp_path / "out/train.jsonl"):
        assert (example.meta["corpus"], example.meta["licence"]) == ("dse", DSE.licence)


def test_the_same_files_give_the_same_bytes(publish: Publish, tmp_path: Path) -> None:
    folder = publish({"train.txt": TRAIN, "valid.txt": VALID})
    for name in ("one", "two"):
        import_corpus(DSE, folder, tmp_path / name)
    for name in ("train.jsonl", "valid.jsonl", "CORPUS.md", "audit.json", "audit.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_packed_files_are_imported(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/train.txt.gz").write_bytes(gzip.compress(TRAIN.encode()))
    assert import_corpus(DSE, tmp_path / "raw", tmp_path / "out").stances["train"]["support"] == 1


def test_files_of_another_corpus_are_refused(publish: Publish, tmp_path: Path) -> None:
    folder = publish({"a.txt": ""})
    with pytest.raises(InputError) as caught:
        import_corpus(DSE, folder, tmp_path / "out")
    assert str(caught.value) == (
        f"{folder}: expected the published files of dse (train.txt, valid.txt, test.txt); found none of them. "
        "detente data fetch dse -o FOLDER gets them."
    )
    assert not (tmp_path / "out").exists()


def test_files_without_a_good_row_are_refused(publish: Publish, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"found 1 rows, none of them good \(expected 4 columns: "):
        import_corpus(DSE, publish({"train.txt": "hello\n"}), tmp_path / "out")


@pytest.mark.parametrize("inside", ["", "examples"])
def test_the_published_files_are_not_written_over(publish: Publish, inside: str) -> None:
    folder = publish({"train.txt": TRAIN})
    with pytest.raises(InputError) as caught:
        import_corpus(DSE, folder, folder / inside)
    assert str(caught.value) == f"{folder / inside}: expected a folder outside the published files of dse, {folder}"


@pytest.mark.slow
@pytest.mark.skipif(not (RAW / "dse").is_dir(), reason=f"needs the published DSE in {RAW / 'dse'}")
def test_the_audit_finds_the_leak_of_the_published_dse(tmp_path: Path) -> None:
    found = import_corpus(DSE, RAW / "dse", tmp_path / "out")
    assert found.audits["valid"].leaks["texts"].share == pytest.approx(0.27, abs=0.005)
