"""MAD-TSC: the English files, and one target a line."""

import json
from collections.abc import Callable

TARGETS = [
    {"Input.gid": "a", "from": 0, "to": 5, "mention": "Tolve", "polarity": 2.0},
    {"Input.gid": "b", "from": 12, "to": 19, "mention": "Brandin", "polarity": 6.0},
]
LINE = json.dumps({"primary_gid": "b", "sentence_normalized": "Tolve fined Brandin.", "targets": TARGETS})
OTHER = json.dumps({"primary_gid": "b", "sentence_normalized": "Tolve strafte Brandin.", "targets": TARGETS})


def test_the_english_originals_are_read_and_no_translation(read: Callable) -> None:
    files = {"data/original/de/validation.jsonl": OTHER, "data/original/en/validation.jsonl": LINE}
    files["data/deepl/from_de_to_en/validation.jsonl"] = OTHER
    (one,) = read("mad-tsc", files, "valid").examples
    assert (one.text, one.target, one.label) == ("Tolve fined Brandin.", "Brandin", "support")
    assert one.id == "mad-tsc-valid-00001-1"


def test_files_alone_in_a_folder_are_read(read: Callable) -> None:
    (one,) = read("mad-tsc", {"train.jsonl": LINE}, "train").examples
    assert one.meta["licence"].startswith("MIT")


def test_a_part_without_a_file_gives_nothing(read: Callable) -> None:
    assert read("mad-tsc", {"train.jsonl": LINE}, "test") == ([], [])
