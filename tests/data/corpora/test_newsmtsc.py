"""NewsMTSC: which file is which part."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from detente.data.corpora.newsmtsc import read_part
from detente.data.corpora.published import open_published
from detente.data.records import Example

CORPORA = Path(os.environ.get("DETENTE_CORPORA", "../shared/corpora"))
needs_corpora = pytest.mark.skipif(
    not (CORPORA / "raw" / "newsmtsc").is_dir(), reason=f"needs the published NewsMTSC in {CORPORA / 'raw/newsmtsc'}"
)


def line(text: str) -> str:
    target = {"Input.gid": "x", "from": 0, "to": 5, "mention": text[:5], "polarity": 6.0}
    return json.dumps({"primary_gid": "x", "sentence_normalized": text, "targets": [target]})


def hf_line(text: str) -> str:
    return json.dumps({"mention": text[:5], "polarity": 1, "from": 0, "to": 5, "sentence": text, "id": "x"})


FILES = {
    "repo/newsmtsc-rw/train.jsonl": line("Alpha train"),
    "repo/newsmtsc-mt/train.jsonl": line("Alpha train"),
    "repo/newsmtsc-rw/dev.jsonl": line("Bravo rw dev"),
    "repo/newsmtsc-rw/test.jsonl": line("Cairo rw test"),
    "repo/newsmtsc-mt/dev.jsonl": line("Delta mt dev"),
    "repo/newsmtsc-mt/test.jsonl": line("Eagle mt test"),
    "repo/newsmtsc-rw-hf/dev.jsonl": hf_line("Wrong hf"),
}


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("train", "Alpha train"),
        ("rw_valid", "Bravo rw dev"),
        ("rw_test", "Cairo rw test"),
        ("mt_valid", "Delta mt dev"),
        ("mt_test", "Eagle mt test"),
    ],
)
def test_the_parts_of_both_variants_are_found_in_a_checkout(read: Callable, part: str, text: str) -> None:
    (one,) = read("newsmtsc", FILES, part).examples
    assert (one.text, one.id, one.source) == (text, f"newsmtsc-{part}-00001-0", "newsmtsc")


def test_the_exported_files_are_read_where_the_others_are_missing(read: Callable) -> None:
    (one,) = read("newsmtsc", {"newsmtsc-mt-hf/dev.jsonl": hf_line("Delta mt dev")}, "mt_valid").examples
    assert one.text == "Delta mt dev"


@needs_corpora
@pytest.mark.slow
@pytest.mark.parametrize("part", ["train", "rw_valid", "mt_valid"])
def test_rows_and_labels_are_those_that_were_prepared_by_others(part: str) -> None:
    with open_published(CORPORA / "raw" / "newsmtsc") as published:
        mine = list(read_part(published, part))
    with gzip.open(CORPORA / "newsmtsc" / f"{part}.jsonl.gz") as file:
        theirs = [json.loads(line) for line in file]
    assert len(mine) == len(theirs)
    moved = 0
    for one, row in zip(mine, theirs, strict=True):
        assert isinstance(one, Example)
        assert (one.text, one.label) == (row["text"], row["label"])
        assert one.target_span is not None
        start, end = row["target_span"]
        assert start <= one.target_span[0] < one.target_span[1] <= end
        moved += list(one.target_span) != row["target_span"]
    assert moved / len(mine) < 0.02
