import hashlib
from pathlib import Path
from typing import Any

import pytest

from detente.configs.errors import InputError, RecordError
from detente.configs.schema import DataConfig
from detente.data.dataset import (
    Splits,
    corpus_names,
    describe,
    fingerprint,
    joined,
    load_splits,
    read_labelled,
    to_dataset,
)
from detente.data.reading import write_records
from detente.data.records import Example
from tests.conftest import turned

BARE = Example(id="a", actor="Norway", target="Kenya", text="Norway met Kenya.")


def changed(example: Example, **changes: Any) -> Example:
    return Example.model_validate(example.model_dump() | changes)


def config(train: Path | list[Path], **changes: Any) -> DataConfig:
    others = {"unlabelled": None, "mixing_temperature": 1.0, "neutral_ratio": None, "skip_invalid": False}
    return DataConfig.model_validate({"train": train, "valid": train, "test": None, **others} | changes)


@pytest.fixture
def two_files(tmp_path: Path, examples: list[Example]) -> list[Path]:
    """The tiny examples in two files."""
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for file, part in zip(files, (examples[:10], examples[10:]), strict=True):
        write_records(file, part, Example)
    return files


class TestToDataset:
    def test_labels_are_numbered_in_the_one_order(self, examples: list[Example]) -> None:
        dataset = to_dataset(examples[:3])
        assert dataset["label"] == [0, 1, 2]
        assert dataset.features["label"].names == ["support", "neutral", "oppose"]

    def test_missing_label_and_span_are_minus_one_and_none(self) -> None:
        dataset = to_dataset([BARE])
        assert dataset["label"] == [-1]
        assert dataset["actor_span"] == [None]

    def test_rows_hold_what_the_examples_hold(self, examples: list[Example]) -> None:
        row = to_dataset(examples)[5]
        assert (row["id"], row["text"], row["actor_span"], row["target_span"]) == (
            "e5",
            "Norway condemned Kenya in round 5.",
            [0, 6],
            [17, 22],
        )

    def test_no_examples_make_an_empty_data_set_with_the_same_columns(self, examples: list[Example]) -> None:
        empty = to_dataset([])
        assert len(empty) == 0
        assert empty.features == to_dataset(examples).features


class TestFingerprint:
    def test_fingerprint_is_the_sha_256_of_the_records_as_json_lines(self) -> None:
        line = (
            '{"id":"a","actor":"Norway","target":"Kenya","text":"Norway met Kenya.","label":null,'
            '"actor_span":null,"target_span":null,"group":null}\n'
        )
        assert fingerprint([BARE, BARE]) == hashlib.sha256((line * 2).encode()).hexdigest()

    def test_fingerprint_of_nothing_is_that_of_no_bytes(self) -> None:
        assert fingerprint([]) == hashlib.sha256(b"").hexdigest()

    @pytest.mark.parametrize(
        "changes",
        [
            {"text": "Norway met Kenya!"},
            {"label": "oppose"},
            {"actor": "Oslo"},
            {"target": "Nairobi"},
            {"actor_span": (0, 6)},
            {"target_span": (11, 16)},
        ],
    )
    def test_whatever_a_model_sees_changes_the_fingerprint(self, changes: dict[str, Any]) -> None:
        assert fingerprint([changed(BARE, **changes)]) != fingerprint([BARE])

    def test_source_and_meta_leave_the_fingerprint_alone(self) -> None:
        assert fingerprint([changed(BARE, source="x", meta={"k": 1})]) == fingerprint([BARE])

    def test_order_counts(self, examples: list[Example]) -> None:
        assert fingerprint(examples) != fingerprint(examples[::-1])

    @pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl.gz"])
    def test_format_of_the_file_does_not_count(self, tmp_path: Path, examples: list[Example], suffix: str) -> None:
        path = tmp_path / f"a{suffix}"
        write_records(path, examples, Example)
        assert fingerprint(load_splits(config(path)).train) == fingerprint(iter(examples))


class TestLoadSplits:
    def test_each_file_is_a_split(self, tmp_path: Path, examples: list[Example]) -> None:
        for name, part in {"train": examples[:4], "valid": examples[4:6], "test": examples[6:7]}.items():
            write_records(tmp_path / f"{name}.jsonl", part, Example)
        splits = load_splits(
            config(tmp_path / "train.jsonl", valid=tmp_path / "valid.jsonl", test=tmp_path / "test.jsonl")
        )
        assert splits == Splits(examples[:4], examples[4:6], examples[6:7])
        assert [name for name, _ in splits.items()] == ["train", "valid", "test"]

    def test_unlabelled_examples_are_read_without_labels_and_have_a_source(
        self, tmp_path: Path, examples: list[Example]
    ) -> None:
        files = {name: tmp_path / f"{name}.jsonl" for name in ("train", "valid", "more")}
        for file, part in zip(files.values(), (examples[:4], examples[4:6], examples[8:12]), strict=True):
            write_records(file, part, Example)
        splits = load_splits(config(files["train"], valid=files["valid"], unlabelled=files["more"]))
        assert splits.unlabelled == [changed(one, label=None, source="more") for one in examples[8:12]]
        assert splits.learnt == [*examples[:4], *splits.unlabelled]
        assert [name for name, _ in splits.items()] == ["train", "valid", "unlabelled"]
        assert splits.measured() == [("valid", examples[4:6])]
        assert splits.describe("unlabelled") == {"file": "more.jsonl", **describe(splits.unlabelled)}

    def test_unlabelled_examples_about_measuring_texts_and_groups_are_left_out(
        self, tmp_path: Path, examples: list[Example], caplog: pytest.LogCaptureFixture
    ) -> None:
        (valid, _), (test, _) = examples[4:6], examples[6:8]
        known = [
            turned(valid, group=None, id="a"),
            changed(valid, text=f"{valid.text} Or so.", id="b"),
            changed(test, text=test.text.upper(), group=None, id="c"),
        ]
        files = {name: tmp_path / f"{name}.jsonl" for name in ("train", "valid", "test", "more")}
        parts = (examples[:4], [valid], [test], [*known, examples[10]])
        for file, part in zip(files.values(), parts, strict=True):
            write_records(file, part, Example)
        measuring = {"valid": files["valid"], "test": files["test"]}
        splits = load_splits(config(files["train"], **measuring, unlabelled=files["more"]))
        assert [one.id for one in splits.unlabelled] == ["e10"]
        assert "more.jsonl: 3 of 4 examples are about texts or groups of data.valid or data.test" in caplog.text
        write_records(files["more"], known, Example)
        with pytest.raises(InputError, match=r"more\.jsonl: expected some that can be learnt from; 3 of 3 examples"):
            load_splits(config(files["train"], **measuring, unlabelled=files["more"]))

    def test_missing_test_file_is_an_empty_split_that_is_not_listed(self, examples_file: Path) -> None:
        splits = load_splits(config(examples_file))
        assert splits.test == []
        assert [(name, len(part)) for name, part in splits.items()] == [("train", 24), ("valid", 24)]

    def test_file_without_examples_is_refused(self, tmp_path: Path, examples_file: Path) -> None:
        empty = tmp_path / "empty.jsonl"
        empty.touch()
        with pytest.raises(InputError) as caught:
            load_splits(config(examples_file, valid=empty))
        assert str(caught.value) == f"{empty}: expected labelled examples; found none"

    def test_unlabelled_example_is_refused(self, tmp_path: Path, examples_file: Path) -> None:
        write_records(tmp_path / "bare.jsonl", [BARE], Example)
        with pytest.raises(RecordError, match=r"bare\.jsonl:1: label: expected support, neutral, oppose; found none"):
            load_splits(config(examples_file, test=tmp_path / "bare.jsonl"))

    def test_bad_records_are_set_aside_if_the_config_says_so(self, tmp_path: Path, examples_file: Path) -> None:
        examples_file.write_text(examples_file.read_text() + "[]\n")
        splits = load_splits(config(examples_file, skip_invalid=True), rejects=tmp_path / "run")
        assert len(splits.train) == 24
        aside = {path.name: len(path.read_text().splitlines()) for path in (tmp_path / "run").iterdir()}
        assert aside == {"rejected-train.jsonl": 1, "rejected-valid.jsonl": 1}

    def test_bad_records_are_refused_if_the_config_does_not_say_so(self, tmp_path: Path, examples_file: Path) -> None:
        examples_file.write_text(examples_file.read_text() + "[]\n")
        with pytest.raises(RecordError, match="25: expected a JSON object; found list"):
            load_splits(config(examples_file), rejects=tmp_path / "rejects.jsonl")

    def test_missing_file_is_refused(self, tmp_path: Path, examples_file: Path) -> None:
        with pytest.raises(InputError, match=r"gone\.jsonl: expected a file; found nothing there"):
            load_splits(config(examples_file, valid=tmp_path / "gone.jsonl"))

    def test_files_of_a_part_are_joined_in_their_order(self, two_files: list[Path], examples: list[Example]) -> None:
        splits = load_splits(config(two_files, valid=two_files[1], test=two_files[:1]))
        assert [example.id for example in splits.train] == [example.id for example in examples]
        assert [(part, [file.path for file in files]) for part, files in splits.files.items()] == [
            ("train", two_files),
            ("valid", two_files[1:]),
            ("test", two_files[:1]),
            ("unlabelled", []),
        ]
        assert fingerprint(splits.train) == fingerprint(examples)

    def test_bad_records_of_several_files_are_set_aside_in_several_files(
        self, tmp_path: Path, two_files: list[Path]
    ) -> None:
        for file in two_files:
            file.write_text(file.read_text() + "[]\n")
        splits = load_splits(config(two_files, valid=two_files[0], skip_invalid=True), rejects=tmp_path / "run")
        assert len(splits.train) == 24
        assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
            "rejected-train-1.jsonl",
            "rejected-train-2.jsonl",
            "rejected-valid.jsonl",
        ]


class TestDescribe:
    def test_part_of_one_file_is_counted_and_fingerprinted(self, examples_file: Path, examples: list[Example]) -> None:
        assert load_splits(config(examples_file)).describe("train") == {
            "file": "examples.jsonl",
            "examples": 24,
            "support": 8,
            "neutral": 8,
            "oppose": 8,
            "sha256": fingerprint(examples),
        }

    def test_part_of_several_files_tells_them_apart(self, two_files: list[Path], examples: list[Example]) -> None:
        told = load_splits(config(two_files)).describe("train")
        assert told == {
            "file": "a.jsonl, b.jsonl",
            **describe(examples),
            "files": [
                {"file": "a.jsonl", **describe(examples[:10])},
                {"file": "b.jsonl", **describe(examples[10:])},
            ],
        }


class TestReadLabelled:
    def test_examples_that_name_no_source_get_their_files_name(self, tmp_path: Path, examples: list[Example]) -> None:
        named = [changed(examples[0], source="dse"), *examples[1:3]]
        write_records(tmp_path / "a.jsonl.gz", named, Example)
        write_records(tmp_path / "b.csv", examples[3:4], Example)
        read = joined(read_labelled([tmp_path / "a.jsonl.gz", tmp_path / "b.csv"]))
        assert [example.source for example in read] == ["dse", "a", "a", "b"]

    def test_examples_of_a_single_file_stay_as_they_are(self, examples_file: Path, examples: list[Example]) -> None:
        assert joined(read_labelled([examples_file])) == examples

    def test_file_named_twice_is_refused(self, tmp_path: Path, examples_file: Path) -> None:
        (tmp_path / "link.jsonl").symlink_to(examples_file)
        with pytest.raises(InputError) as caught:
            read_labelled([examples_file, tmp_path / "link.jsonl"])
        assert str(caught.value) == f"expected each file once; found {tmp_path / 'link.jsonl'} twice"

    def test_id_of_two_files_is_refused(self, tmp_path: Path, examples_file: Path, examples: list[Example]) -> None:
        write_records(tmp_path / "b.jsonl", [changed(BARE, label="neutral"), *examples[:4]], Example)
        with pytest.raises(InputError) as caught:
            read_labelled([examples_file, tmp_path / "b.jsonl"])
        assert str(caught.value) == (
            f"{tmp_path / 'b.jsonl'}: expected ids that no other file of its part has; found 4 that others have, such "
            f"as e0, e1, e2, the first in {examples_file}. Give them other ids; if the examples state none, rename one "
            "of the files: ids are then made of a file's name and the line."
        )

    def test_file_without_labels_beside_a_labelled_one_is_refused(self, tmp_path: Path, examples_file: Path) -> None:
        write_records(tmp_path / "bare.jsonl", [BARE], Example)
        with pytest.raises(RecordError, match=r"bare\.jsonl:1: label: expected support, neutral, oppose; found none"):
            read_labelled([examples_file, tmp_path / "bare.jsonl"])
        with pytest.raises(InputError, match=r"bare\.jsonl: expected labelled examples; found none"):
            read_labelled([examples_file, tmp_path / "bare.jsonl"], rejects=tmp_path / "rejected.jsonl")


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["x/dse.jsonl", "x/seesaw.csv.gz"], ["dse", "seesaw"]),
        (["dse/train.jsonl", "seesaw/train.jsonl"], ["dse", "seesaw"]),
        (["dse/train.jsonl", "dse/valid.jsonl", "seesaw/train.jsonl"], None),
    ],
)
def test_a_corpus_is_called_by_its_file_or_folder(paths: list[str], names: list[str] | None) -> None:
    assert corpus_names([Path(path) for path in paths]) == (names or paths)
