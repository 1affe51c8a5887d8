"""Articles or examples in, predictions out, and what becomes of inputs that give none."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from detente.configs.errors import InputError, InterruptedRunError
from detente.data.extraction.actors.aliases import Aliases
from detente.data.ingest.files import KINDS
from detente.data.reading import read_predictions, write_records
from detente.data.records import STANCES, Actor, Article, Example, Stance
from detente.inference.batch import PART_SIZE, predict_files
from detente.inference.summary import BatchResult
from detente.models.conformal import ConformalSets
from detente.models.predictor import Predictor
from tests.data.ingest.test_feeds import RSS
from tests.data.ingest.test_warc import URL, answer, archive, page, record

# design.md, section 4
COLUMNS = [
    *("example_id", "article_id", "actor", "target", "text", "actor_span", "target_span"),
    *("stance", "p_support", "p_neutral", "p_oppose", "confident", "stances"),
    *("group", "holder", "speaker", "published", "outlet", "url", "actor_kind", "target_kind"),
]
NEWS = "Norway praised Kenya. Germany condemned France."
UNREADABLE = "expected text; the bytes are of no encoding that we know. Save it as UTF-8."
Run = Callable[..., tuple[BatchResult, list[dict]]]


@pytest.fixture
def run(predictor: Predictor, tmp_path: Path) -> Run:
    """Predicts inputs and reads the rows that came out."""

    def predict(*inputs: Path, model: Predictor = predictor) -> tuple[BatchResult, list[dict]]:
        output = tmp_path / "out" / "predictions.jsonl"
        result = predict_files(model, inputs, output, progress=False)
        return result, [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]

    return predict


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Writes an input."""

    def make(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


def articles(count: int = 3) -> list[Article]:
    return [Article(id=f"a{number}", text=f"Norway praised Kenya in round {number}.") for number in range(count)]


def test_a_text_file_gives_both_directions_of_every_pair(run: Run, write: Callable) -> None:
    result, rows = run(write("oslo.txt", "Norway praised Kenya."))
    assert (result.articles, result.examples, result.predictions) == (1, 0, 2)
    assert [(row["actor"], row["target"]) for row in rows] == [("Norway", "Kenya"), ("Kenya", "Norway")]
    assert [row["example_id"] for row in rows] == ["oslo:0-6:15-20", "oslo:15-20:0-6"]
    assert {row["article_id"] for row in rows} == {"oslo"}


def test_every_row_has_exactly_the_documented_columns(run: Run, write: Callable, examples_file: Path) -> None:
    _, rows = run(write("news.txt", NEWS), examples_file)
    assert len(rows) > 24
    assert all(list(row) == COLUMNS for row in rows)


def test_rows_hold_spans_of_the_names_and_probabilities_of_the_likeliest_stance(run: Run, write: Callable) -> None:
    _, rows = run(write("news.txt", NEWS))
    for row in rows:
        for role in ("actor", "target"):
            start, end = row[f"{role}_span"]
            assert row["text"][start:end] == row[role]
        shares = [row[f"p_{stance}"] for stance in STANCES]
        assert sum(shares) == pytest.approx(1)
        assert row["stance"] == STANCES[shares.index(max(shares))]


def test_a_csv_file_has_a_header_and_json_spans(predictor: Predictor, write: Callable, tmp_path: Path) -> None:
    predict_files(predictor, [write("oslo.txt", "Norway praised Kenya.")], tmp_path / "o.csv", progress=False)
    with (tmp_path / "o.csv").open(encoding="utf-8", newline="") as file:
        header, first, _ = csv.reader(file)
    assert header == COLUMNS
    assert first[:7] == ["oslo:0-6:15-20", "oslo", "Norway", "Kenya", "Norway praised Kenya.", "[0, 6]", "[15, 20]"]


def test_a_parquet_file_has_typed_columns(predictor: Predictor, write: Callable, tmp_path: Path) -> None:
    predict_files(predictor, [write("oslo.txt", "Norway praised Kenya.")], tmp_path / "o.parquet", progress=False)
    table = pq.read_table(tmp_path / "o.parquet")
    assert table.column_names == COLUMNS
    assert [str(kind) for kind in table.schema.types[5:]] == [
        *("list<element: int32>", "list<element: int32>", "string", "double", "double", "double", "bool"),
        "list<element: string>",
        *["string"] * 8,
    ]
    assert table["target_span"][0].as_py() == [15, 20]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_the_sets_of_a_model_that_gives_them_are_written(
    suffix: str, predictor: Predictor, write: Callable, tmp_path: Path
) -> None:
    sets = ConformalSets(coverage=0.9, thresholds=(0.0, 1.0, 1.0), examples=(50, 50, 50))
    predictor.confidence = predictor.confidence.model_copy(update={"conformal": sets})
    predict_files(predictor, [write("oslo.txt", "Norway praised Kenya.")], tmp_path / f"o{suffix}", progress=False)
    answers = list(read_predictions(tmp_path / f"o{suffix}"))
    assert [set(answer.stances) for answer in answers] == [{Stance.SUPPORT, answer.stance} for answer in answers]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet", ".jsonl.gz"])
def test_examples_of_any_format_are_answered_in_order(
    suffix: str, examples: list[Example], predictor: Predictor, run: Run, tmp_path: Path
) -> None:
    write_records(tmp_path / f"in{suffix}", examples, Example)
    result, rows = run(tmp_path / f"in{suffix}")
    assert (result.articles, result.examples, result.predictions) == (0, 24, 24)
    assert rows == [prediction.model_dump(mode="json") for prediction in predictor.predict(examples)]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_articles_of_any_format_are_read(suffix: str, run: Run, tmp_path: Path) -> None:
    write_records(tmp_path / f"in{suffix}", articles(), Article)
    result, rows = run(tmp_path / f"in{suffix}")
    assert (result.articles, result.predictions) == (3, 6)
    assert [row["article_id"] for row in rows] == ["a0", "a0", "a1", "a1", "a2", "a2"]


def test_the_pages_of_a_web_archive_and_the_entries_of_a_feed_are_articles(
    run: Run, write: Callable, tmp_path: Path
) -> None:
    archive(tmp_path, [record(answer(page())), record(answer(b"x", "Content-Type: image/png\r\n"), 1)])
    result, rows = run(tmp_path / "crawl.warc.gz", write("feed.xml", RSS))
    assert (result.articles, result.rejected) == (3, 0)
    assert {row["url"] for row in rows} == {URL, "https://courier.example/news/2024/1"}
    (asked,) = (row for row in rows if row["url"] == URL and (row["actor"], row["target"]) == ("Kenya", "Norway"))
    assert asked["published"] == "2024-01-14T08:30:00Z"


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_predictions_of_articles_can_be_read_back(
    suffix: str, predictor: Predictor, write: Callable, tmp_path: Path
) -> None:
    source, output = write("news.txt", NEWS), tmp_path / f"o{suffix}"
    assert predict_files(predictor, [source], output, progress=False).predictions == len(list(read_predictions(output)))


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_predictions_of_examples_can_be_read_back(
    suffix: str, predictor: Predictor, examples: list[Example], examples_file: Path, tmp_path: Path
) -> None:
    predict_files(predictor, [examples_file], tmp_path / f"o{suffix}", progress=False)
    assert list(read_predictions(tmp_path / f"o{suffix}")) == predictor.predict(examples)


def test_a_folder_is_searched_through_and_other_files_are_left_alone(run: Run, write: Callable, tmp_path: Path) -> None:
    write("news/b/two.txt", "Germany met France.")
    write("news/one.txt", "Norway praised Kenya.")
    write("news/picture.png", b"\x89PNG")
    write_records(tmp_path / "news" / "c.csv", articles(1), Article)
    result, rows = run(tmp_path / "news")
    assert list(dict.fromkeys(row["article_id"] for row in rows)) == ["two", "a0", "one"]
    assert result.failed == []


def test_examples_and_articles_may_stand_in_one_file(run: Run, write: Callable) -> None:
    example = {"id": "e", "actor": "Norway", "target": "the treaty", "text": "Norway left the treaty.", "paper": "X"}
    lines = [{"id": "a", "text": "Norway praised Kenya."}, example]
    result, rows = run(write("in.jsonl", "\n".join(map(json.dumps, lines))))
    assert (result.articles, result.examples, result.predictions) == (1, 1, 3)
    assert {row["example_id"]: row["article_id"] for row in rows} == {"e": None, "a:0-6:15-20": "a", "a:15-20:0-6": "a"}


def test_an_empty_actor_in_a_table_means_an_article(run: Run, write: Callable) -> None:
    result, _ = run(write("in.csv", "actor,target,text\nNorway,Kenya,Norway met Kenya.\n,,Norway praised Kenya.\n"))
    assert (result.articles, result.examples) == (1, 1)


def test_a_null_actor_in_json_means_an_article_too(run: Run, write: Callable) -> None:
    result, _ = run(write("in.jsonl", '{"actor": null, "target": null, "text": "Norway praised Kenya."}'))
    assert (result.articles, result.failed) == (1, [])


def test_an_example_keeps_the_article_that_it_names(run: Run, write: Callable) -> None:
    _, rows = run(write("in.jsonl", '{"actor": "A", "target": "B", "text": "A met B.", "article_id": 77}'))
    assert (rows[0]["example_id"], rows[0]["article_id"]) == ("in-1", "77")


def test_a_latin_1_file_is_read(run: Run, write: Callable) -> None:
    text = (
        "President Nicolás Ferrando of Venezuela condemned the move in São Paulo on Monday. The président said in "
        "Genève: « À l'issue de la réunion, l'Éthiopie s'est félicitée du traité, jugé inéquitable par les députés »."
    )
    _, rows = run(write("sur.txt", text.encode("latin-1")))
    assert "Nicolás Ferrando" in {row["actor"] for row in rows}
    assert all(row["text"] in text for row in rows)


@pytest.mark.parametrize("text", ["The café: Norway praised Kenya.", "Norway praised São Tomé."])
def test_a_few_accents_in_a_latin_1_file_are_enough(text: str, run: Run, write: Callable) -> None:
    _, rows = run(write("sur.txt", text.encode("latin-1")))
    assert rows[0]["text"] == text


@pytest.mark.parametrize("content", [b"", b" \n\r\n\t", b"\xef\xbb\xbf"])
def test_a_file_without_text_is_reported_and_is_no_failure(content: bytes, run: Run, write: Callable) -> None:
    path = write("bad.txt", content)
    result, rows = run(path)
    assert [(problem.place, problem.reason) for problem in result.silent] == [(str(path), "the file is empty")]
    assert (rows, result.articles, result.failed) == ([], 0, [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (bytes(range(256)) * 4, UNREADABLE),
        (b"Norway praised\0Kenya.", "expected text; the file is binary"),
    ],
)
def test_a_text_file_that_cannot_be_read_is_reported(content: bytes, reason: str, run: Run, write: Callable) -> None:
    path = write("bad.txt", content)
    result, rows = run(path)
    assert [(problem.place, problem.reason) for problem in result.failed] == [(str(path), reason)]
    assert (rows, result.articles, result.silent) == ([], 0, [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("not json", "expected a JSON object on the line; Expecting value at column 1"),
        ("[1]", "expected a JSON object; found list"),
        ('{"id": "a"}', "text: expected a value; found none"),
        ('{"id": "a", "text": " "}', "text: expected text; found only white space"),
        (
            '{"actor": "A", "target": "B", "text": "A B", "lable": "support"}',
            "lable: unknown column; did you mean label?",
        ),
    ],
)
def test_a_bad_line_is_reported_with_its_number(line: str, reason: str, run: Run, write: Callable) -> None:
    path = write("in.jsonl", f'{{"id": "a", "text": "Norway praised Kenya."}}\n\n{line}\n')
    result, rows = run(path)
    reported = [(problem.place, problem.reason) for problem in (*result.failed, *result.silent)]
    assert reported == [(f"{path}:3", reason)]
    assert (len(result.failed) == 0) == reason.startswith("text:")  # nothing to read is no failure
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("It rained all day.", "no actors found"),
        ("Norway waited.", "no two actors in one sentence or in neighbouring ones"),
    ],
)
def test_an_article_that_gives_no_question_is_reported(text: str, reason: str, run: Run, write: Callable) -> None:
    result, rows = run(write("quiet.txt", text))
    assert [(problem.place, problem.reason) for problem in result.silent] == [("quiet", reason)]
    assert (rows, result.articles, result.failed) == ([], 1, [])


def test_bad_inputs_keep_nothing_else_from_being_done(run: Run, write: Callable, tmp_path: Path) -> None:
    write("news/a.txt", "")
    write("news/b.txt", b"\x00\xff" * 99)
    write("news/c.txt", "It rained.")
    write("news/d.jsonl", 'oops\n{"id": "d2", "text": "Norway praised Kenya."}')
    write("news/e.txt", "Germany met France.")
    result, rows = run(tmp_path / "news")
    assert [Path(problem.place).name for problem in result.failed] == ["b.txt", "d.jsonl:1"]
    assert [Path(problem.place).name for problem in result.silent] == ["a.txt", "c"]
    assert {row["article_id"] for row in rows} == {"d2", "e"}
    assert (result.articles, result.predictions) == (3, 4)


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet", ".csv.gz"])
def test_two_runs_give_the_same_bytes(
    suffix: str, predictor: Predictor, write: Callable, examples_file: Path, tmp_path: Path
) -> None:
    inputs = [write("news.txt", NEWS), examples_file]
    for name in ("one", "other"):
        predict_files(predictor, inputs, tmp_path / name / f"o{suffix}", progress=False)
    assert (tmp_path / "one" / f"o{suffix}").read_bytes() == (tmp_path / "other" / f"o{suffix}").read_bytes()


def test_more_records_than_a_part_holds_are_all_answered_in_order(
    run: Run, examples: list[Example], tmp_path: Path
) -> None:
    many = [examples[number % 24].model_copy(update={"id": str(number)}) for number in range(PART_SIZE + 10)]
    write_records(tmp_path / "many.jsonl", many, Example)
    result, rows = run(tmp_path / "many.jsonl")
    assert result.examples == PART_SIZE + 10
    assert [row["example_id"] for row in rows] == [example.id for example in many]


def test_confident_stances_are_counted_by_pair_and_neutral_ones_are_not(
    run: Run, write: Callable, make_predictor: Callable[..., Predictor]
) -> None:
    path = write("news.txt", NEWS)
    sureness = [max(row[f"p_{stance}"] for stance in STANCES) for row in run(path)[1]]
    result, rows = run(path, model=make_predictor(threshold=sorted(sureness)[len(sureness) // 2]))
    sure = [row for row in rows if row["confident"] and row["stance"] != "neutral"]
    assert 0 < len(sure) < len(rows)
    assert {row["confident"] for row in rows} == {True, False}
    assert sum(result.pairs.values()) == len(sure)
    assert set(result.pairs) == {(row["actor"], row["target"], Stance(row["stance"])) for row in sure}


def test_a_model_that_is_never_sure_counts_no_pairs(
    run: Run, write: Callable, make_predictor: Callable[..., Predictor]
) -> None:
    result, rows = run(write("news.txt", NEWS), model=make_predictor(threshold=1.0))
    assert rows
    assert not any(row["confident"] for row in rows)
    assert not result.pairs


def test_a_file_without_records_gives_a_table_without_rows(
    predictor: Predictor, write: Callable, tmp_path: Path
) -> None:
    result = predict_files(predictor, [write("none.jsonl", "")], tmp_path / "o.parquet", progress=False)
    assert result == BatchResult()
    assert pq.read_table(tmp_path / "o.parquet").column_names == COLUMNS


def test_predictions_come_in_the_order_of_the_records(run: Run, write: Callable) -> None:
    rows = [{"id": "a", "text": NEWS}, {"id": "e", "actor": "A", "target": "B", "text": "A met B."}]
    _, found = run(write("in.jsonl", "\n".join(json.dumps(row) for row in [*rows, {"id": "c", "text": NEWS}])))
    assert list(dict.fromkeys(row["article_id"] or row["example_id"] for row in found)) == ["a", "e", "c"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone.txt", "gone.txt: expected a file or a folder; found nothing there"),
        ("notes.docx", f"expected a file that ends in {', '.join(KINDS)}; found 'notes.docx'"),
        ("hollow", f"hollow: expected files that end in {', '.join(KINDS)}; the folder has none"),
    ],
)
def test_inputs_that_are_no_inputs_stop_the_run_before_the_model_runs(
    name: str, message: str, write: Callable, tmp_path: Path
) -> None:
    write("notes.docx", "x"), write("hollow/readme.md", "x")
    good = write("good.txt", "Norway praised Kenya.")
    no_model: Predictor = None  # type: ignore[assignment]
    with pytest.raises(InputError) as error:
        predict_files(no_model, [good, tmp_path / name], tmp_path / "o.jsonl", progress=False)
    assert message in str(error.value)
    assert not list(tmp_path.glob("*o.jsonl"))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("latin.csv", "actor,target,text\nNorway,Kenya,caf\xe9".encode("latin-1"), "2: expected UTF-8; found"),
        ("blank.csv", b"", "1: expected a header with column names; found nothing"),
        ("broken.parquet", b"PAR1", "not a Parquet file"),
    ],
)
def test_a_damaged_table_is_reported_and_the_others_are_read(
    name: str, content: bytes, reason: str, run: Run, write: Callable
) -> None:
    result, rows = run(write(name, content), write("good.txt", "Norway praised Kenya."))
    (problem,) = result.failed
    assert problem.place.endswith(name)
    assert problem.reason.startswith(reason)
    assert len(rows) == 2


def test_an_article_of_absurd_length_is_reported_and_the_others_are_read(run: Run, write: Callable) -> None:
    result, rows = run(write("all.txt", "Norway praised Kenya. " * 10_000), write("good.txt", "Norway praised Kenya."))
    assert [(problem.place, problem.reason) for problem in result.failed] == [
        ("all", "longer than 200,000 characters: no single article. Cut it into its articles")
    ]
    assert len(rows) == 2


def test_files_of_other_kinds_in_a_folder_are_told(run: Run, write: Callable) -> None:
    write("news/notes.docx", "x")
    result, _ = run(write("news/good.txt", "Norway praised Kenya.").parent)
    assert [problem.reason for problem in result.passed_over] == ["files that end in .docx are not read"]


def test_an_output_of_unknown_format_stops_the_run_before_the_model_runs(write: Callable, tmp_path: Path) -> None:
    no_model: Predictor = None  # type: ignore[assignment]
    with pytest.raises(InputError, match=r"o\.xlsx: expected a file name that ends in \.jsonl, \.csv, \.parquet"):
        predict_files(no_model, [write("good.txt", NEWS)], tmp_path / "o.xlsx")


def test_an_interrupted_run_leaves_the_old_predictions_as_they_were(
    predictor: Predictor, examples_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "out" / "o.jsonl"
    predict_files(predictor, [examples_file], output, progress=False)
    before = output.read_bytes()

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(predictor, "predict_rows", interrupt)
    with pytest.raises(InterruptedRunError, match=r"stopped\. What is done is kept in .*o\.jsonl\.parts\. Go on with"):
        predict_files(predictor, [examples_file], output, progress=False)
    assert output.read_bytes() == before


def test_progress_is_shown_on_standard_error_unless_it_is_unwanted(
    predictor: Predictor, examples_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    predict_files(predictor, [examples_file], tmp_path / "o.jsonl", progress=False)
    assert capsys.readouterr() == ("", "")
    predict_files(predictor, [examples_file], tmp_path / "o.jsonl")
    out, err = capsys.readouterr()
    assert out == ""
    assert "predict: 100%" in err
    assert "24/24" in err


def test_a_suffix_in_capitals_is_as_good(run: Run, write: Callable) -> None:
    result, _ = run(write("NEWS.TXT", "Norway praised Kenya."))
    assert result.articles == 1


def test_files_of_one_name_in_two_folders_are_two_articles(run: Run, write: Callable, tmp_path: Path) -> None:
    write("news/january/01.txt", "Norway praised Kenya.")
    write("news/february/01.txt", "Norway praised Kenya.")
    _, rows = run(tmp_path / "news")
    assert len({row["example_id"] for row in rows}) == len(rows) == 4


def test_a_second_run_does_not_read_what_the_first_one_wrote(
    predictor: Predictor, write: Callable, tmp_path: Path
) -> None:
    write("news/one.txt", "Norway praised Kenya.")
    output = tmp_path / "news" / "predictions.jsonl"
    first, second = (predict_files(predictor, [tmp_path / "news"], output, progress=False) for _ in range(2))
    assert (second.articles, second.examples, second.predictions) == (1, 0, first.predictions)


def test_an_output_that_is_an_input_is_refused(predictor: Predictor, examples_file: Path) -> None:
    with pytest.raises(InputError, match=r"examples\.jsonl"):
        predict_files(predictor, [examples_file], examples_file, progress=False)


def test_users_aliases_name_the_actors(predictor: Predictor, write: Callable, tmp_path: Path) -> None:
    aliases = Aliases({"Front": Actor(name="Ashkuru Front", kind="organisation")})
    output = tmp_path / "o.jsonl"
    predict_files(predictor, [write("a.txt", "The Front met Kenya.")], output, aliases=aliases, progress=False)
    assert {row.actor for row in read_predictions(output)} == {"Ashkuru Front", "Kenya"}


def test_pairs_over_the_cap_are_counted(write: Callable, predictor: Predictor, tmp_path: Path) -> None:
    states = ["Norway", "Kenya", "Peru", "Chile", "Egypt", "India", "China", "Japan", "Ghana", "Nepal", "Mali", "Cuba"]
    text = f"{', '.join(states[:-1])} and {states[-1]} met."
    result = predict_files(predictor, [write("a.txt", text)], tmp_path / "o.jsonl", progress=False)
    assert result.predictions == 90
    assert result.cut > 0
