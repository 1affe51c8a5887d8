import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from detente.configs.errors import InputError, RecordError
from detente.data.reading import read_articles, read_examples, read_predictions, to_record, write_records
from detente.data.records import Article, Example, Prediction, Stance

ADVICE = (
    "Mend them, or set them aside: detente data check FILE --skip-invalid BAD.jsonl -o GOOD.jsonl "
    "(in a config: data.skip_invalid=true)."
)
SUFFIXES = [".jsonl", ".jsonl.gz", ".csv", ".csv.gz", ".parquet"]


def row(**changes: Any) -> dict[str, Any]:
    values = {"id": "a", "actor": "Norway", "target": "Kenya", "text": "Norway met Kenya.", "label": "neutral"}
    return {name: value for name, value in (values | changes).items() if value is not ...}


def lines(path: Path, *rows: dict[str, Any] | str) -> Path:
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in rows))
    return path


def faults_of(path: Path, **options: Any) -> list[str]:
    with pytest.raises(RecordError) as caught:
        list(read_examples(path, **options))
    return [fault.removeprefix(f"{path}:") for fault in caught.value.faults]


def prediction(**changes: Any) -> Prediction:
    values = {
        "example_id": "a",
        "article_id": "n1",
        "actor": "Norway",
        "target": "Kenya",
        "text": "Norway met Kenya.",
        "actor_span": (0, 6),
        "target_span": (11, 16),
        "stance": "neutral",
        "p_support": 1 / 3,
        "p_neutral": 1 / 3 + 1e-9,
        "p_oppose": 1 / 3 - 1e-9,
        "confident": False,
    }
    return Prediction.model_validate(values | changes)


class TestRoundTrip:
    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_examples_come_back_equal_and_in_order(self, tmp_path: Path, suffix: str, examples: list[Example]) -> None:
        path = tmp_path / f"examples{suffix}"
        assert write_records(path, examples, Example) == 24
        assert list(read_examples(path, labelled=True)) == examples

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_bare_example_comes_back_equal(self, tmp_path: Path, suffix: str) -> None:
        bare = Example.model_validate(row(label=None, text='"é", 🚀\r\n[ACTOR]'))
        write_records(tmp_path / f"a{suffix}", [bare], Example)
        assert list(read_examples(tmp_path / f"a{suffix}")) == [bare]

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_articles_come_back_equal(self, tmp_path: Path, suffix: str) -> None:
        articles = [
            Article(id="007", text="One.\n\nTwo.", title="T", meta={"k": [1, {"x": None}]}),
            Article(id="b", text="c"),
        ]
        write_records(tmp_path / f"a{suffix}", articles, Article)
        assert list(read_articles(tmp_path / f"a{suffix}")) == articles

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_predictions_come_back_equal_to_the_last_digit(self, tmp_path: Path, suffix: str) -> None:
        sets = {"stances": ("neutral", "oppose")}
        predictions = [prediction(), prediction(example_id="b", confident=True, stance="oppose", **sets)]
        write_records(tmp_path / f"p{suffix}", predictions, Prediction)
        assert list(read_predictions(tmp_path / f"p{suffix}")) == predictions

    def test_prediction_without_article_and_spans_comes_back_from_json_lines(self, tmp_path: Path) -> None:
        bare = prediction(article_id=None, actor_span=None, target_span=None)
        write_records(tmp_path / "p.jsonl", [bare], Prediction)
        assert list(read_predictions(tmp_path / "p.jsonl")) == [bare]

    @pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet"])
    @pytest.mark.parametrize("name", ["article_id", "actor_span", "target_span"])
    def test_prediction_without_article_or_span_comes_back_from_a_table(
        self, tmp_path: Path, suffix: str, name: str
    ) -> None:
        bare = prediction(**{name: None})
        write_records(tmp_path / f"p{suffix}", [bare], Prediction)
        assert list(read_predictions(tmp_path / f"p{suffix}")) == [bare]

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_empty_file_has_no_records(self, tmp_path: Path, suffix: str) -> None:
        assert write_records(tmp_path / f"a{suffix}", [], Example) == 0
        assert list(read_examples(tmp_path / f"a{suffix}")) == []

    def test_formats_convert_into_each_other_without_loss(self, tmp_path: Path, examples: list[Example]) -> None:
        path = tmp_path / "start.jsonl"
        write_records(path, examples, Example)
        for suffix in (".csv", ".parquet", ".csv.gz", ".jsonl"):
            new = tmp_path / f"copy{suffix}"
            write_records(new, read_examples(path), Example)
            path = new
        assert path.read_bytes() == (tmp_path / "start.jsonl").read_bytes()


class TestLenience:
    def test_missing_id_is_made_of_the_files_name_and_the_line(self, tmp_path: Path) -> None:
        path = lines(tmp_path / "news.v1.jsonl", row(id=...), "", row(id=""), row(id=None))
        assert [example.id for example in read_examples(path)] == ["news.v1-1", "news.v1-3", "news.v1-4"]

    def test_number_as_id_becomes_text(self, tmp_path: Path) -> None:
        assert [example.id for example in read_examples(lines(tmp_path / "a.jsonl", row(id=17)))] == ["17"]

    def test_unknown_columns_go_into_meta_and_leave_what_is_there(self, tmp_path: Path) -> None:
        path = lines(tmp_path / "a.jsonl", row(coder="AB", year=2024, meta={"coder": "CD", "k": 1}))
        (example,) = read_examples(path)
        assert example.meta == {"coder": "CD", "year": 2024, "k": 1}

    def test_unknown_columns_of_a_table_go_into_meta(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("id,text,coder,empty\nx,Hello.,AB,\n")
        assert next(read_articles(tmp_path / "a.csv")).meta == {"coder": "AB"}

    def test_csv_needs_only_the_columns_that_matter(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text(
            'actor,target,text,label,actor_span\nNorway,Kenya,Norway met Kenya.,oppose,"[0,6]"\n'
        )
        (example,) = read_examples(tmp_path / "a.csv", labelled=True)
        assert (example.id, example.label, example.actor_span) == ("a-2", Stance.OPPOSE, (0, 6))

    def test_reading_is_lazy(self, tmp_path: Path) -> None:
        path = lines(tmp_path / "a.jsonl", row(), row(id="b"), "{broken")
        assert [example.id for example in islice(read_examples(path), 2)] == ["a", "b"]

    def test_file_may_be_named_by_text(self, tmp_path: Path) -> None:
        assert len(list(read_examples(str(lines(tmp_path / "a.jsonl", row()))))) == 1


class TestFaults:
    def test_all_faults_come_at_once_with_file_and_line(self, tmp_path: Path) -> None:
        path = lines(tmp_path / "a.jsonl", row(label="for"), row(id="b"), "[]", row(id="c", actor=" ", text=...))
        with pytest.raises(RecordError) as caught:
            list(read_examples(path))
        assert str(caught.value).splitlines() == [
            "4 faults in the data:",
            f"  {path}:1: label: input should be 'support', 'neutral' or 'oppose'; found 'for'",
            f"  {path}:3: expected a JSON object; found list",
            f"  {path}:4: actor: expected text; found only white space",
            f"  {path}:4: text: expected a value; found none",
            ADVICE,
        ]

    def test_good_records_are_yielded_before_the_faults_are_raised(self, tmp_path: Path) -> None:
        path = lines(tmp_path / "a.jsonl", row(), "[]", row(id="c"))
        stream = read_examples(path)
        assert [next(stream).id, next(stream).id] == ["a", "c"]
        with pytest.raises(RecordError):
            next(stream)

    def test_reading_stops_after_twenty_faults(self, tmp_path: Path) -> None:
        path = lines(tmp_path / "a.jsonl", *["[]"] * 30)
        with pytest.raises(RecordError, match=r"^at least 20 faults in the data:\n") as caught:
            list(read_examples(path))
        assert [fault.split(":")[1] for fault in caught.value.faults] == [str(n) for n in range(1, 21)]

    def test_nineteen_faults_are_counted_exactly(self, tmp_path: Path) -> None:
        with pytest.raises(RecordError, match=r"^19 faults in the data:\n"):
            list(read_examples(lines(tmp_path / "a.jsonl", *["[]"] * 19)))

    def test_missing_label_is_a_fault_where_labels_are_needed(self, tmp_path: Path) -> None:
        path = lines(tmp_path / "a.jsonl", row(), row(id="b", label=...), row(id="c", label=None))
        expected = "label: expected support, neutral, oppose; found none"
        assert faults_of(path, labelled=True) == [f"2: {expected}", f"3: {expected}"]
        assert len(list(read_examples(path))) == 3

    def test_id_given_twice_is_a_fault_that_names_both_lines(self, tmp_path: Path) -> None:
        path = lines(tmp_path / "a.jsonl", row(), row(id="b"), "", row())
        assert faults_of(path) == ["4: id: 'a' stands on line 1 already; ids must be unique"]

    def test_id_of_a_bad_record_may_come_again(self, tmp_path: Path) -> None:
        path = lines(tmp_path / "a.jsonl", row(text=""), row())
        assert faults_of(path) == ["1: text: expected text; found only white space"]

    @pytest.mark.parametrize(
        ("wrong", "right"), [("lable", "label"), ("Text", "text"), ("actors", "actor"), ("TARGET", "target")]
    )
    def test_misspelt_column_is_a_fault_with_a_suggestion(self, tmp_path: Path, wrong: str, right: str) -> None:
        path = lines(tmp_path / "a.jsonl", {wrong if name == right else name: value for name, value in row().items()})
        assert faults_of(path)[0] == f"1: {wrong}: unknown column; did you mean {right}?"

    def test_a_users_own_column_stays_one_where_the_field_that_it_resembles_is_empty(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("actor,target,text,label,sentiment\nA,B,A met B.,,good\nA,B,A thanked B.,support,good\n")
        examples = list(read_examples(path))
        write_records(tmp_path / "a.parquet", examples, Example)
        for one in (examples, read_examples(tmp_path / "a.parquet")):
            assert [(example.label, example.meta) for example in one] == [
                (None, {"sentiment": "good"}), ("support", {"sentiment": "good"})
            ]  # fmt: skip

    def test_column_that_only_resembles_a_given_one_is_the_users_own(self, tmp_path: Path) -> None:
        (example,) = read_examples(lines(tmp_path / "a.jsonl", row(texts=3, actor_id="Q20")))
        assert example.meta == {"texts": 3, "actor_id": "Q20"}

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"actor_span": [0, 99]}, "actor_span [0, 99] does not lie in a text of 17 characters"),
            ({"actor_span": [-1, 6]}, "actor_span.0: input should be greater than or equal to 0; found -1"),
            ({"target_span": [6, 7]}, "target_span [6, 7] holds only white space"),
            ({"actor": 5}, "actor: input should be a valid string; found 5"),
            ({"meta": [1]}, "meta: input should be a valid dictionary; found [1]"),
        ],
    )
    def test_bad_value_is_shown_with_what_was_expected(
        self, tmp_path: Path, changes: dict[str, Any], reason: str
    ) -> None:
        assert faults_of(lines(tmp_path / "a.jsonl", row(**changes))) == [f"1: {reason}"]

    def test_long_value_is_shortened_in_the_message(self, tmp_path: Path) -> None:
        (fault,) = faults_of(lines(tmp_path / "a.jsonl", row(label="x" * 500)))
        assert fault.endswith("; found '" + "x" * 59 + "...")

    @pytest.mark.parametrize("suffix", [".csv", ".parquet"])
    def test_faults_of_tables_have_their_row(self, tmp_path: Path, suffix: str, examples: list[Example]) -> None:
        path = tmp_path / f"a{suffix}"
        write_records(path, [examples[0], examples[1], examples[0]], Example)
        first = 2 if suffix == ".csv" else 1
        assert faults_of(path) == [f"{first + 2}: id: 'e0' stands on line {first} already; ids must be unique"]

    def test_missing_file_is_an_input_error(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="expected a file; found nothing there"):
            list(read_examples(tmp_path / "a.jsonl"))


class TestRejects:
    def test_bad_records_are_set_aside_with_their_reasons(self, tmp_path: Path) -> None:
        bad = row(id="b", label="für")
        path = lines(tmp_path / "a.jsonl", row(), bad, "[]", row(), row(id="d"))
        found = list(read_examples(path, rejects=tmp_path / "new" / "rejects.jsonl"))
        assert [example.id for example in found] == ["a", "d"]
        entries = [json.loads(line) for line in (tmp_path / "new" / "rejects.jsonl").read_text().splitlines()]
        assert [(entry["file"], entry["line"]) for entry in entries] == [(str(path), 2), (str(path), 3), (str(path), 4)]
        assert [entry["record"] for entry in entries] == [bad, "expected a JSON object; found list", row()]
        assert entries[2]["reasons"] == ["id: 'a' stands on line 1 already; ids must be unique"]

    def test_unlabelled_record_is_set_aside(self, tmp_path: Path) -> None:
        path = lines(tmp_path / "a.jsonl", row(label=None), row(id="b"))
        found = list(read_examples(path, labelled=True, rejects=tmp_path / "rejects.jsonl"))
        (entry,) = map(json.loads, (tmp_path / "rejects.jsonl").read_text().splitlines())
        assert ([example.id for example in found], entry["record"]["id"]) == (["b"], "a")

    def test_more_than_twenty_bad_records_are_all_set_aside(self, tmp_path: Path) -> None:
        path = lines(tmp_path / "a.jsonl", *["[]"] * 30, row())
        assert len(list(read_examples(path, rejects=tmp_path / "rejects.jsonl"))) == 1
        assert len((tmp_path / "rejects.jsonl").read_text().splitlines()) == 30

    def test_each_reading_begins_its_file_of_rejects_anew(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            list(read_examples(lines(tmp_path / f"{name}.jsonl", "[]"), rejects=tmp_path / "rejects.jsonl"))
        entries = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
        assert [Path(entry["file"]).name for entry in entries] == ["b.jsonl"]

    def test_file_that_is_read_cannot_take_the_rejects(self, tmp_path: Path) -> None:
        path = lines(tmp_path / "a.jsonl", row(), "[]")
        with pytest.raises(InputError, match="expected another file for the bad records than the one that is read"):
            list(read_examples(path, rejects=tmp_path / "x" / ".." / "a.jsonl"))
        assert len(path.read_text().splitlines()) == 2

    def test_rejects_of_an_earlier_run_are_replaced(self, tmp_path: Path) -> None:
        path = lines(tmp_path / "a.jsonl", "[]")
        for _ in range(2):
            list(read_examples(path, rejects=tmp_path / "rejects.jsonl"))
        assert len((tmp_path / "rejects.jsonl").read_text().splitlines()) == 1

    def test_no_file_is_made_when_nothing_is_wrong(self, tmp_path: Path) -> None:
        list(read_examples(lines(tmp_path / "a.jsonl", row()), rejects=tmp_path / "rejects.jsonl"))
        assert not (tmp_path / "rejects.jsonl").exists()

    def test_record_with_half_an_emoji_is_set_aside(self, tmp_path: Path) -> None:
        path = lines(tmp_path / "a.jsonl", row(text="cut \ud83d"), row(id="b"))
        assert len(list(read_examples(path, rejects=tmp_path / "rejects.jsonl"))) == 1

    def test_record_that_was_read_can_be_written(self, tmp_path: Path) -> None:
        records = list(read_examples(lines(tmp_path / "a.jsonl", row(tweet="cut \ud83d"))))
        assert write_records(tmp_path / "b.jsonl", records, Example) == 1


class TestToRecord:
    def test_good_row_is_a_record(self) -> None:
        assert to_record({"text": "Hello."}, Article, default_id="x-1") == Article(id="x-1", text="Hello.")

    def test_missing_id_is_a_fault_without_a_default(self) -> None:
        assert to_record({"text": "Hello."}, Article) == ["id: expected a value; found none"]

    def test_row_is_left_as_it_was(self) -> None:
        given = {"id": 3, "text": "Hello.", "own": 1, "meta": {"k": 2}}
        to_record(given, Article)
        assert given == {"id": 3, "text": "Hello.", "own": 1, "meta": {"k": 2}}

    def test_prediction_has_no_room_for_unknown_columns(self) -> None:
        values = prediction().model_dump(mode="json") | {"own": 1}
        assert to_record(values, Prediction) == prediction()


@pytest.mark.parametrize("name", ["stance", "Sentiment", "polarity"])
def test_label_by_another_name_is_a_fault_and_not_lost_in_meta(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"actor,target,text,{name}\nNorway,Kenya,Norway met Kenya.,support\n", encoding="utf-8")
    with pytest.raises(RecordError, match=f"{name}: unknown column; did you mean label?"):
        list(read_examples(path))
