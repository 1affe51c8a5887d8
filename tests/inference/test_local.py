"""The engine of one machine: worker processes change nothing but the time."""

import json
from pathlib import Path

import pytest

from detente.data.records import Article
from detente.inference import local
from detente.inference.batch import predict_files
from detente.inference.local import choose_workers, predict_windows
from detente.inference.parts import packed
from detente.inference.seconds import Seconds
from detente.inference.window import CHUNK, asking, predict_window
from detente.models.predictor import Predictor


def articles(count: int) -> list[Article]:
    return [Article(id=f"a{number}", text=f"Norway praised Kenya in round {number}.") for number in range(count)]


@pytest.mark.slow
def test_workers_give_the_same_bytes(predictor: Predictor, tmp_path: Path) -> None:
    rows = [{"id": f"a{number}", "text": f"Norway praised Kenya {number} times."} for number in range(45)]
    rows[20] = {"id": "e", "actor": "A", "target": "B", "text": "A met B."}
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    for workers in (0, 2):
        output = tmp_path / f"o{workers}.parquet"
        result = predict_files(
            predictor, [tmp_path / "in.jsonl"], output, workers=workers, part_size=20, progress=False
        )
        assert result.predictions == 89
    assert (tmp_path / "o0.parquet").read_bytes() == (tmp_path / "o2.parquet").read_bytes()


def test_windows_give_what_each_gives_alone(predictor: Predictor) -> None:
    records, how, seen = articles(CHUNK + 3), asking(predictor), []
    windows = [(7, records), (9, records[:2])]
    settings = {"part_size": CHUNK + 3, "workers": 1, "seconds": Seconds(), "progress": seen.append}
    parts = dict(predict_windows(windows, predictor, how, **settings))
    assert parts == {number: packed(predict_window(window, predictor, how)) for number, window in windows}
    assert seen == [CHUNK, 3, 2]
    assert settings["seconds"].extraction > 0 < settings["seconds"].model
    assert settings["seconds"].waiting == 0


@pytest.mark.parametrize(
    ("wanted", "processors", "records", "chosen"),
    [(None, 8, 10, 1), (None, 8, 5000, 8), (None, 2, 5000, 2), (None, 1, 5000, 1), (None, 99, 5000, 16), (3, 1, 1, 3)],
)
def test_workers_are_chosen_by_processors_for_more_than_a_few_records(
    wanted: int | None, processors: int, records: int, chosen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "available_processors", lambda: processors)
    assert choose_workers(wanted, records) == chosen
