"""`detente data card`: what it writes and prints, and its exit status."""

import sys
from pathlib import Path

import pytest

from detente.cli import main


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> object:
    monkeypatch.setattr(sys, "argv", ["detente", "data", "card", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        main()
    return end.value.code


def test_a_card_is_written(
    examples_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    card = tmp_path / "cards" / "CARD.md"
    assert run(monkeypatch, examples_file, "-o", card, "--name", "Gulls") == 0
    assert capsys.readouterr().out == f"24 examples of 1 files: {card}\nfill in what is marked TO FILL IN\n"
    assert "# Gulls" in card.read_text(encoding="utf-8")


def test_a_second_card_is_refused(
    examples_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, examples_file, "-o", tmp_path / "CARD.md")
    assert run(monkeypatch, examples_file, "-o", tmp_path / "CARD.md") == 2
    assert "there is one already" in capsys.readouterr().err
