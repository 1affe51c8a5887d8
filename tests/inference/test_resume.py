"""A run that is stopped goes on where it was; nothing is lost, doubled, or mixed with what another run made."""

import errno
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from detente.configs.errors import DetenteError, InputError, InterruptedRunError
from detente.data.extraction.actors.aliases import Aliases
from detente.data.reading import read_predictions
from detente.data.records import Actor
from detente.inference import batch
from detente.inference.batch import predict_files
from detente.inference.manifest import read_manifest
from detente.inference.parts import write_part
from detente.inference.summary import BatchResult
from detente.models.predictor import Predictor

PART = 4
Predict = Callable[..., BatchResult]


@pytest.fixture
def saved(predictor: Predictor, tmp_path: Path) -> Predictor:
    """A model that knows its folder."""
    predictor.folder = tmp_path / "model"
    predictor.folder.mkdir()
    (predictor.folder / "weights").write_bytes(b"weights")
    (predictor.folder / "README.md").write_bytes(b"card")
    return predictor


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """18 records in two files: articles, two of them silent, an example, a line that is no JSON."""
    lines = [json.dumps({"id": f"n{number}", "text": f"Norway praised Kenya {number} times."}) for number in range(14)]
    lines[3] = json.dumps({"id": "quiet", "text": "It rained."})
    lines[5] = "no JSON"
    lines[9] = json.dumps({"id": "e", "actor": "A", "target": "B", "text": "A met B."})
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    more = [
        json.dumps({"id": f"n{number}", "text": f"Germany met France on day {number}."}) for number in range(12, 16)
    ]
    (tmp_path / "news" / "b.jsonl").write_text("\n".join(more), encoding="utf-8")
    return tmp_path / "news"


@pytest.fixture
def predict(saved: Predictor, news: Path, tmp_path: Path) -> Predict:
    """Predicts the news; `output` is below the test's folder."""

    def run(output: str = "o.jsonl", **settings: Any) -> BatchResult:
        settings = {"part_size": PART, "progress": False, **settings}
        return predict_files(saved, [news], tmp_path / output, **settings)

    return run


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Raises an error where a run would write its next part, after so many."""

    @contextmanager
    def stop(after: int, error: BaseException) -> Iterator[None]:
        written: list[Path] = []

        def write(path: Path, part: Any) -> None:
            if len(written) == after:
                raise error
            write_part(path, part)
            written.append(path)

        with monkeypatch.context() as patch:
            patch.setattr(batch, "write_part", write)
            yield

    return stop


def contents(folder: Path) -> dict[str, bytes]:
    """The files of an output, but for the manifest, which tells how long it took."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in (".parquet", ".jsonl")}


@pytest.mark.parametrize(
    ("output", "after"), [("o.jsonl", 0), ("o.jsonl", 4), ("o", 2), ("o.csv", 2), ("o.parquet", 2), ("o.jsonl.gz", 2)]
)
def test_a_run_that_was_stopped_ends_as_one_that_was_not(
    output: str, after: int, predict: Predict, stopping: Callable[..., Any], tmp_path: Path
) -> None:
    whole = predict(f"whole/{output}")
    with stopping(after, KeyboardInterrupt()), pytest.raises(InterruptedRunError, match="Go on with the same command"):
        predict(f"cut/{output}")
    assert not (tmp_path / "cut" / output).is_file()
    assert predict(f"cut/{output}", resume=True).predictions == whole.predictions == 31
    folders = [tmp_path / name / (output if output == "o" else "") for name in ("whole", "cut")]
    assert contents(folders[0]) == contents(folders[1])


def test_what_is_done_is_not_done_again(predict: Predict, stopping: Callable[..., Any], saved: Predictor) -> None:
    with stopping(3, KeyboardInterrupt()), pytest.raises(InterruptedRunError):
        predict()
    asked: list[int] = []
    answer = saved.predict_rows
    saved.predict_rows = lambda rows, count, **more: asked.append(count) or answer(rows, count, **more)
    predict(resume=True)
    assert asked == [8, 4]


def test_counts_of_a_resumed_run_are_those_of_the_whole(predict: Predict, stopping: Callable[..., Any]) -> None:
    whole = predict("whole.jsonl")
    with stopping(2, KeyboardInterrupt()), pytest.raises(InterruptedRunError):
        predict()
    resumed = predict(resume=True)
    assert (whole.articles, whole.examples, whole.rejected, whole.unasked) == (16, 1, 1, 1)
    assert resumed.pairs == whole.pairs != {}
    assert (resumed.failed, resumed.silent) == (whole.failed, whole.silent)


def test_ids_that_two_files_share_stay_apart_when_one_was_read_before(
    predict: Predict, stopping: Callable[..., Any], tmp_path: Path
) -> None:
    with stopping(3, KeyboardInterrupt()), pytest.raises(InterruptedRunError):
        predict()
    predict(resume=True)
    found = [one.article_id for one in read_predictions(tmp_path / "o.jsonl")]
    assert {"n12", "n12-2", "n13", "n13-2"} <= set(found)


def test_an_unfinished_run_is_neither_overwritten_nor_gone_on_with_unasked(
    predict: Predict, stopping: Callable[..., Any], tmp_path: Path
) -> None:
    with stopping(2, KeyboardInterrupt()), pytest.raises(InterruptedRunError):
        predict()
    with pytest.raises(InputError) as error:
        predict()
    place = tmp_path / "o.jsonl"
    assert str(error.value) == (
        f"{place}: expected no unfinished run; found one with 2 parts in {place}.parts. Go on with it: the same "
        "command and --resume. Or remove that folder and begin anew."
    )


def test_a_full_disk_is_told_and_the_run_goes_on_later(predict: Predict, stopping: Callable[..., Any]) -> None:
    with (
        stopping(1, OSError(errno.ENOSPC, "No space left on device")),
        pytest.raises(DetenteError, match=r"o\.jsonl\.parts: can't be written: .*No space left.*--resume"),
    ):
        predict()
    assert predict(resume=True).predictions == 31


def test_a_part_that_could_not_be_written_leaves_nothing(
    predict: Predict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, "broken")

    predict("whole")
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fail)
        with pytest.raises(DetenteError):
            predict("cut")
    assert [path.name for path in (tmp_path / "cut").iterdir() if path.name != ".lock"] == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda model, _: setattr(model, "batch_tokens", 99), "settings.batch_tokens: expected 1024; found 99"),
        (lambda model, _: setattr(model, "bf16", True), "settings.dtype: expected fp32; found bf16"),
        (lambda model, _: (model.folder / "weights").write_bytes(b"other"), "model: expected "),
        (
            lambda model, _: setattr(
                model, "confidence", model.confidence.model_copy(update={"wanted_precision": 0.5})
            ),
            "settings.wanted_precision: expected 0.9; found 0.5",
        ),
        (lambda _, news: (news / "b.jsonl").write_text("{}", encoding="utf-8"), "inputs: expected "),
        (lambda _, news: (news / "c.txt").write_text("x", encoding="utf-8"), "inputs: expected 2 files; found 3"),
    ],
)
def test_another_model_setting_or_input_is_not_mixed_in(
    change: Callable[[Any, Path], object],
    told: str,
    predict: Predict,
    stopping: Callable[..., Any],
    saved: Predictor,
    news: Path,
) -> None:
    with stopping(2, KeyboardInterrupt()), pytest.raises(InterruptedRunError):
        predict()
    change(saved, news)
    with pytest.raises(InputError) as error:
        predict(resume=True)
    assert f"found another, and won't mix them:\n  {told}" in str(error.value)
    assert str(error.value).endswith("Give the same inputs, model and settings, or another output.")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"part_size": 5}, "settings.part_size: expected 4; found 5"),
        (
            {"aliases": Aliases({"Oslo": Actor(name="Norway", kind="country")})},
            "settings.aliases: expected none; found ",
        ),
    ],
)
def test_another_argument_is_not_mixed_in(
    settings: dict[str, Any], told: str, predict: Predict, stopping: Callable[..., Any]
) -> None:
    with stopping(2, KeyboardInterrupt()), pytest.raises(InterruptedRunError):
        predict()
    with pytest.raises(InputError, match=told):
        predict(resume=True, **settings)


def test_the_card_of_the_model_and_the_number_of_workers_may_change(
    predict: Predict, stopping: Callable[..., Any], saved: Predictor
) -> None:
    with stopping(2, KeyboardInterrupt()), pytest.raises(InterruptedRunError):
        predict(workers=1)
    (saved.folder / "README.md").write_bytes(b"another card")
    assert predict(resume=True, workers=0).predictions == 31


def test_a_model_that_was_made_in_memory_can_not_be_told_from_another(
    predict: Predict, stopping: Callable[..., Any], saved: Predictor
) -> None:
    saved.folder = None
    with stopping(2, KeyboardInterrupt()), pytest.raises(InterruptedRunError):
        predict()
    with pytest.raises(
        InputError, match="model: expected one that was loaded from its folder; found one that was made"
    ):
        predict(resume=True)


def test_a_run_with_resume_begins_where_there_is_none(predict: Predict) -> None:
    assert predict(resume=True).predictions == 31


def test_a_folder_holds_parts_a_manifest_and_rejects_and_is_read_like_a_file(predict: Predict, tmp_path: Path) -> None:
    predict("o.jsonl")
    result = predict("folder")
    names = [path.name for path in sorted((tmp_path / "folder").iterdir()) if not path.name.startswith(".")]
    assert names == ["manifest.json", *(f"part-{number:06}.parquet" for number in range(5)), "rejects.jsonl"]
    assert list(read_predictions(tmp_path / "folder")) == list(read_predictions(tmp_path / "o.jsonl"))
    manifest = read_manifest(tmp_path / "folder" / "manifest.json")
    assert (manifest.finished, manifest.summary["predictions"], manifest.batches[0].parts) == (True, 31, 5)
    assert result.rejects == tmp_path / "folder" / "rejects.jsonl"


def test_an_unfinished_folder_is_not_read_as_if_it_were_all(
    predict: Predict, stopping: Callable[..., Any], tmp_path: Path
) -> None:
    with stopping(2, KeyboardInterrupt()), pytest.raises(InterruptedRunError):
        predict("folder")
    with pytest.raises(InputError, match="folder: expected all predictions; the run that writes them has not finished"):
        list(read_predictions(tmp_path / "folder"))


def test_a_finished_folder_is_kept(predict: Predict, saved: Predictor) -> None:
    predict("folder")
    with pytest.raises(InputError, match=r"folder: expected a new folder; found one with predictions\. Give another"):
        predict("folder")
    saved.predict_rows = None
    assert predict("folder", resume=True).predictions == 31


def test_a_finished_file_is_replaced(predict: Predict, tmp_path: Path) -> None:
    (tmp_path / "o.jsonl").write_text("old", encoding="utf-8")
    predict()
    assert len(list(read_predictions(tmp_path / "o.jsonl"))) == 31
    assert not (tmp_path / "o.jsonl.parts").exists()


def test_rejects_name_all_that_gave_no_predictions(predict: Predict, news: Path, tmp_path: Path) -> None:
    result = predict()
    assert result.rejects == tmp_path / "o.rejects.jsonl"
    silent, failed = map(json.loads, result.rejects.read_text(encoding="utf-8").splitlines())
    assert (failed["place"], failed["failed"]) == (f"{news / 'a.jsonl'}:6", True)
    assert failed["reason"].startswith("expected a JSON object on the line")
    assert silent == {"place": "quiet", "reason": "no actors found", "failed": False}


def test_rejects_of_an_earlier_run_are_removed(predict: Predict, news: Path, tmp_path: Path) -> None:
    predict()
    (news / "a.jsonl").unlink()
    assert predict().rejects is None
    assert not (tmp_path / "o.rejects.jsonl").exists()


def test_two_runs_do_not_write_to_one_place(predict: Predict, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with FileLock(tmp_path / "folder" / ".lock"), pytest.raises(InputError, match="one is writing there now"):
        predict("folder")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("folder/mine.txt", "x", "folder: expected a new or an empty folder; found mine.txt. Give another name."),
        ("folder", "x", "folder: expected a folder, or nothing; found a file. Give another name, or for one file an"),
        ("folder/manifest.json", "{", "manifest.json: expected the manifest of a run of predictions; "),
    ],
)
def test_a_folder_that_is_no_output_is_left_alone(
    name: str, content: str, message: str, predict: Predict, tmp_path: Path
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as error:
        predict("folder")
    assert message in str(error.value)
    assert (tmp_path / name).read_text(encoding="utf-8") == content


def test_an_output_among_the_inputs_is_not_read(predict: Predict, news: Path) -> None:
    assert predict("news/out").predictions == 31
    assert predict("news/out", resume=True).passed_over == []


def test_inputs_are_needed(saved: Predictor, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected inputs: files or folders, or --watch FOLDER; found none"):
        predict_files(saved, [], tmp_path / "o.jsonl", progress=False)


@pytest.fixture
def arriving(monkeypatch: pytest.MonkeyPatch, news: Path) -> Callable[..., None]:
    """Lets files come into the news folder, in groups, and then Ctrl-C."""

    def come(*groups: list[str]) -> None:
        def new_files(_: Path, is_wanted: Callable[[Path], bool]) -> Iterator[list[Path]]:
            for group in groups:
                for name in group:
                    (news / name).write_text("Norway praised Kenya.", encoding="utf-8")
                yield [path for path in sorted(news.iterdir()) if is_wanted(path)]
            raise KeyboardInterrupt

        monkeypatch.setattr(batch, "new_files", new_files)

    return come


def test_files_that_come_are_taken_once_each_across_restarts(
    predict: Predict, arriving: Callable[..., None], news: Path, tmp_path: Path
) -> None:
    arriving(["c.txt"], ["d.txt", "e.txt"])
    assert predict("folder", watch=news).articles == 19
    arriving(["f.txt"])
    (news / "c.txt").unlink()
    assert predict("folder", resume=True, watch=news).articles == 20
    found = [one.article_id for one in read_predictions(tmp_path / "folder")]
    assert {name: found.count(name) for name in "cdf"} == dict.fromkeys("cdf", 2)


def test_a_stop_within_the_files_that_came_is_gone_on_with(
    predict: Predict, arriving: Callable[..., None], stopping: Callable[..., Any], news: Path, tmp_path: Path
) -> None:
    arriving(["c.txt"])
    with stopping(4, KeyboardInterrupt()):
        predict("folder", watch=news)
    with pytest.raises(InputError, match="has not finished"):
        list(read_predictions(tmp_path / "folder"))
    arriving()
    assert predict("folder", resume=True, watch=news).articles == 17
    assert [one.article_id for one in read_predictions(tmp_path / "folder")].count("c") == 2


def test_a_file_that_changed_before_it_was_done_stops_the_run(
    predict: Predict, arriving: Callable[..., None], stopping: Callable[..., Any], news: Path
) -> None:
    arriving(["c.txt"])
    with stopping(4, KeyboardInterrupt()):
        predict("folder", watch=news)
    (news / "c.txt").write_text("Kenya left.", encoding="utf-8")
    arriving()
    with pytest.raises(InputError, match=r"inputs: expected .*c\.txt of .* Put it back to go on\."):
        predict("folder", resume=True, watch=news)


@pytest.mark.parametrize(
    ("output", "watched", "message"),
    [
        (
            "o.jsonl",
            "news",
            "o.jsonl: expected a folder to go with --watch, since it has no end; found a file name. Give",
        ),
        ("folder", "gone", "gone: expected a folder to watch; found nothing"),
        ("folder", "news/a.jsonl", "a.jsonl: expected a folder to watch; found a file"),
    ],
)
def test_what_can_not_be_watched_is_told(
    output: str, watched: str, message: str, predict: Predict, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as error:
        predict(output, watch=tmp_path / watched)
    assert message in str(error.value)
