import os
from pathlib import Path

import pytest

from detente.configs.errors import InputError
from detente.data.outputs import check_outputs


def test_files_of_their_own_pass(tmp_path: Path) -> None:
    check_outputs([tmp_path / "out.jsonl", None, tmp_path / "rejects.jsonl"], [tmp_path / "in.jsonl", None, "-"])


@pytest.mark.parametrize("name", ["in.jsonl", "deep/../in.jsonl", "link.jsonl"])
def test_output_that_is_an_input_is_refused_by_whatever_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "in.jsonl").write_text("work", encoding="utf-8")
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "in.jsonl")
    with pytest.raises(InputError, match=r"\.jsonl: expected an output that is none of the inputs; give another name"):
        check_outputs([tmp_path / name], [tmp_path / "in.jsonl"])


def test_two_outputs_in_one_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected another file for each output; found it twice"):
        check_outputs([tmp_path / "out.jsonl", tmp_path / "out.jsonl"], [])


def test_folder_in_the_place_of_an_output_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a file to write; found a folder of that name"):
        check_outputs([tmp_path], [])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_folder_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with pytest.raises(InputError, match="expected a folder to write to"):
        check_outputs([tmp_path / "new" / "out.jsonl"], [])
