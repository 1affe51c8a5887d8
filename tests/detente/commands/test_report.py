"""`detente report`."""

from pathlib import Path

from detente.data.reading import write_records
from detente.data.records import Prediction, Stance
from tests.detente.commands.conftest import Detente
from tests.inference.report.conftest import make_prediction


def predictions_file(folder: Path) -> Path:
    write_records(folder / "p.jsonl", [make_prediction(0, "Norway", "Kenya", Stance.SUPPORT)], Prediction)
    return folder / "p.jsonl"


def test_a_page_is_written_and_told_of(detente: Detente, tmp_path: Path) -> None:
    done = detente("report", predictions_file(tmp_path), "-o", "pages/report.html", "--title", "Two names")
    assert done.status == 0
    assert "2 actors and targets, 1 pairs, no camps found, from 1 stories: pages/report.html" in done.out
    assert "<title>Two names</title>" in (tmp_path / "pages" / "report.html").read_text(encoding="utf-8")


def test_an_unknown_period_is_told(detente: Detente, tmp_path: Path) -> None:
    done = detente("report", predictions_file(tmp_path), "--period", "decade")
    assert done.status == 2
    assert "--period: expected day, week, month, year, all; found decade" in done.err


def test_the_predictions_are_never_written_over(detente: Detente, tmp_path: Path) -> None:
    path = predictions_file(tmp_path)
    assert detente("report", path, "-o", path).status == 2
    assert path.read_text(encoding="utf-8").startswith("{")
