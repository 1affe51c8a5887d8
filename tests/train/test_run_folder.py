"""Folders of runs: made, and found again."""

from pathlib import Path

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
