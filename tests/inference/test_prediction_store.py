"""Predictions of any format, from files and folders, validated; and what each becomes."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detente.configs.errors import InputError, RecordError
from detente.data.reading import write_records
from detente.data.records import Prediction
from detente.inference.prediction_store import PredictionStore, find_predictions

Say = Callable[..., Prediction]
Save = Callable[..., Path]


def source(*paths: Path) -> list[tuple]:
    """The rows of the view, file and row apart."""
    with PredictionStore(paths) as store:
        return store.database.sql("SELECT * EXCLUDE (file, row) FROM source ORDER BY file, row").fetchall()


def answers(path: Path, columns: str) -> list[tuple]:
    with PredictionStore(path) as store:
        return store.database.sql(f"SELECT {columns} FROM answers ORDER BY file, row").fetchall()


def spoil(path: Path, **columns: object) -> Path:
    """The file with other values in a column; None drops it."""
    table = pq.read_table(path)
    for name, values in columns.items():
        table = table.drop_columns([name])
        if values is not None:
            table = table.append_column(name, pa.array(values))
    pq.write_table(table, path)
    return path


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".jsonl.gz"])
def test_all_formats_say_the_same(suffix: str, say: Say, save: Save) -> None:
    said = [
        say("Norway", "Kenya", 0.8, 0.1, actor_span=(0, 6), group="s1", published="2024-03-17", outlet="The Gull"),
        say(
            "Kenya",
            "a 'plan', they say",
            1 / 3,
            1 / 7,
            speaker="Ada",
            url="https://gull.example/1",
            actor_kind="country",
        ),
    ]
    assert source(save(*said, name=f"p{suffix}")) == source(save(*said))


def test_spans_may_be_lists_or_json_and_columns_may_be_missing(say: Say, save: Save) -> None:
    path = save(say("A", "B", 0.8, 0.1, actor_span=(0, 1), target_span=(11, 12)))
    before = source(path)
    spoil(
        path, actor_span=["[0,1]"], article_id=None, group=None, url=None, stances=None, p_support=pa.array([0.8], "f8")
    )
    assert source(path) == before
    assert "[0,1]" in before[0]


def test_a_folder_of_a_run_is_its_parts(say: Say, tmp_path: Path) -> None:
    for name in ("part-00000.parquet", "part-00001.parquet"):
        write_records(tmp_path / name, [say("A", "B", 0.8, 0.1)], Prediction)
    write_records(tmp_path / "older.parquet", [say("A", "B", 0.8, 0.1)], Prediction)
    (tmp_path / "rejects.jsonl").write_text('{"place": "x"}\n')
    (tmp_path / "manifest.json").write_text('{"finished": true}')
    assert [path.name for path in find_predictions(tmp_path)] == ["part-00000.parquet", "part-00001.parquet"]
    (tmp_path / "manifest.json").write_text('{"finished": false}')
    with pytest.raises(InputError, match="has not finished"):
        find_predictions(tmp_path)


def test_another_folder_is_all_its_files_and_a_file_counts_once(say: Say, save: Save, tmp_path: Path) -> None:
    one = save(say("A", "B", 0.8, 0.1))
    two = save(say("A", "B", 0.8, 0.1), name="b.jsonl.gz")
    save(say("A", "B", 0.8, 0.1), name=".partial-c.jsonl")
    (tmp_path / "notes.md").write_text("")
    (tmp_path / "a.rejects.jsonl").write_text('{"place": "x"}\n')
    assert find_predictions([tmp_path, one, two]) == find_predictions([two, tmp_path]) == [two, one]


def test_odd_names_of_files_and_folders_are_just_names(say: Say, save: Save) -> None:
    path = save(say("A", "B", 0.8, 0.1), name="run=3/a'b [1]*.parquet")
    for way in (path, path.parent / ".." / "run=3" / path.name):
        assert answers(way, "support") == [(800_000_000,)]


def test_the_story_is_the_group_or_the_article_or_the_text(say: Say, save: Save) -> None:
    path = save(
        say("A", "B", 0.8, 0.1, group="g", article_id="a1"),
        say("A", "B", 0.8, 0.1, group="g", article_id="a2"),
        say("A", "B", 0.8, 0.1, article_id="a1"),
        say("A", "B", 0.8, 0.1, article_id="a1"),
        say("A", "B", 0.8, 0.1, text="Said once."),
        say("A", "B", 0.8, 0.1, text="Said once."),
        say("A", "B", 0.8, 0.1, text="Said otherwise."),
    )
    stories = [story for (story,) in answers(path, "story")]
    assert [stories.index(story) for story in stories] == [0, 0, 2, 2, 4, 4, 6]


def test_names_are_numbered_in_order_with_the_kind_they_mostly_have(say: Say, save: Save) -> None:
    path = save(
        say("Zeta", "Ål", 0.8, 0.1, actor_kind="group", target_kind="country"),
        say("Ål", "Zeta", 0.8, 0.1, target_kind="person"),
        say("Zeta", "a plan", 0.8, 0.1, actor_kind="person"),
    )
    with PredictionStore(path) as store:
        names = store.database.sql("SELECT id, name, kind FROM names ORDER BY id").fetchall()
    assert names == [(0, "Zeta", "person"), (1, "a plan", None), (2, "Ål", "country")]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("actor", " ", "actor: expected a name; found  "),
        ("target", None, "target: expected a name; found none"),
        ("text", None, "text: expected text; found none"),
        ("stance", "favour", "stance: expected support, neutral, oppose; found favour"),
        ("confident", None, "confident: expected true or false; found none"),
        ("p_support", float("nan"), "p_support: expected a probability from 0 to 1; found nan"),
        ("p_oppose", 1.5, r"p_oppose: expected a probability from 0 to 1; found 1\.5"),
        ("p_neutral", 0.9, r"p_support, p_neutral, p_oppose: expected a sum of 1; found 1\.8"),
    ],
)
def test_a_useless_prediction_is_told_with_its_place(
    column: str, value: object, message: str, say: Say, save: Save
) -> None:
    path = save(say("A", "B", 0.8, 0.1), say("A", "B", 0.8, 0.1))
    good = pq.read_table(path)[column][0].as_py()
    with pytest.raises(RecordError, match=rf"predictions\.parquet: record 2: {message}"):
        PredictionStore(spoil(path, **{column: [good, value]}))


def test_faults_of_a_text_file_are_told_with_the_line(say: Say, save: Save) -> None:
    path = save(say("A", "B", 0.8, 0.1), name="p.jsonl")
    row = json.loads(path.read_text())
    path.write_text(path.read_text() + "\n" + json.dumps(row | {"p_support": "high"}) + "\n")
    with pytest.raises(RecordError, match=r"p\.jsonl:3: p_support: "):
        PredictionStore(path)


def test_a_missing_column_is_told(say: Say, save: Save) -> None:
    path = spoil(save(say("A", "B", 0.8, 0.1)), p_neutral=None, text=None)
    with pytest.raises(InputError, match="expected the columns of predictions; found no text, p_neutral"):
        PredictionStore(path)


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "p.parquet").write_bytes(b"PAR1 but no more")
    for given, message in [
        (tmp_path / "nowhere", "nowhere: expected a file or a folder of predictions; found nothing there"),
        (tmp_path / "empty", "expected predictions that end in .jsonl, .csv, .parquet; the folder has none"),
        (tmp_path / "p.parquet", r"p\.parquet: expected Parquet files of predictions; "),
        ([], "expected files of predictions; found none given"),
    ]:
        with pytest.raises(InputError, match=message):
            PredictionStore(given)


def test_memory_is_a_size(say: Say, save: Save) -> None:
    with pytest.raises(InputError, match="memory: expected a size, as 500MB or 2GB; found 'lots'"):
        PredictionStore(save(say("A", "B", 0.8, 0.1)), memory="lots")


def test_too_little_memory_is_told(say: Say, save: Save) -> None:
    path = save(*(say(f"A{number}", "B", 0.8, 0.1) for number in range(300)))
    with pytest.raises(InputError, match=r"memory: expected enough for these predictions\. Give more"):
        PredictionStore(path, memory="1MB")


def test_nothing_stays_on_the_disk(say: Say, save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    with PredictionStore(save(say("A", "B", 0.8, 0.1), name="p.csv")):
        assert list(place.iterdir())
    with pytest.raises(RecordError):
        PredictionStore(spoil(save(say("A", "B", 0.8, 0.1)), stance=["?"]))
    assert not list(place.iterdir())
