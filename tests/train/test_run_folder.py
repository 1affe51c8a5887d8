"""Folders of runs: made, and found again."""

from pathlib import Path

import pytest

from detente.configs.errors import InputError
from detente.configs.loading import load_config
from detente.train.run_folder import RunFolder, find_run_folder, new_run_folder


def test_two_runs_in_one_second_get_folders_of_their_own(workplace: Path, overrides: list[str]) -> None:
    config = load_config("debug", overrides)
    first, second = new_run_folder(config), new_run_folder(config)
    assert first.path != second.path
    assert load_config(second.config_file) == config


def test_a_run_is_found_by_folder_by_name_and_by_run_id(workplace: Path, overrides: list[str]) -> None:
    folder = new_run_folder(load_config("debug", overrides))
    folder.remember("abc123")
    for reference in (folder.path, folder.path.name, "abc123"):
        assert find_run_folder(reference)[0] == folder
    assert RunFolder(workplace).run_id is None


def test_a_checkpoint_that_was_not_written_to_its_end_is_passed_over(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert folder.last_checkpoint() is None
    for step, files in {9: ["trainer_state.json"], 10: ["trainer_state.json"], 20: ["model.safetensors"]}.items():
        (folder.checkpoints / f"checkpoint-{step}").mkdir(parents=True)
        for name in files:
            (folder.checkpoints / f"checkpoint-{step}" / name).touch()
    assert folder.last_checkpoint() == folder.checkpoints / "checkpoint-10"


def test_a_run_has_finished_when_its_model_is_whole_and_its_checkpoints_are_gone(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.model.mkdir()
    (folder.model / "model.safetensors").touch()
    assert not folder.is_finished
    folder.checkpoints.mkdir()
    (folder.model / "detente.json").touch()
    assert not folder.is_finished
    folder.remove_checkpoints()
    assert folder.is_finished


def test_a_run_is_held_to_its_data(tmp_path: Path) -> None:
    RunFolder(tmp_path).hold_to({"train": "a", "valid": "b"})
    RunFolder(tmp_path).hold_to({"valid": "b", "train": "a"})
    with pytest.raises(InputError, match=r"the data that this run began with; data.valid, data.test changed since"):
        RunFolder(tmp_path).hold_to({"train": "a", "valid": "c", "test": "d"})
