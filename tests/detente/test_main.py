"""`python -m detente`, in a process of its own."""

import subprocess
import sys
import time
from pathlib import Path


def run(*arguments: str, options: tuple[str, ...] = (), cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, "-m", "detente", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


def test_help_is_quick() -> None:
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        assert run("--help").returncode == 0
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 2


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    done = run("--help", options=("-X", "importtime"))
    for command in ("train", "predict", "evaluate", "ui", "data"):
        assert f"\n  {command} " in done.stdout
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "typer" in imported
    assert not {"torch", "transformers", "mlflow", "datasets", "spacy", "numpy"} & imported


def test_an_error_is_a_message_on_standard_error_and_a_status(tmp_path: Path) -> None:
    done = run("data", "check", "gone.jsonl", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "detente: gone.jsonl: expected a file; found nothing there\n"
