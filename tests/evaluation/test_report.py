"""The page of an evaluation and the files beside it."""

import base64
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from detente.data.reading import read_predictions
from detente.data.records import STANCES, Example, Prediction, Stance
from detente.evaluation.evaluate import Evaluation, evaluate
from detente.evaluation.report import MISTAKES_SHOWN, write_report
from detente.evaluation.rules import RULES
from detente.models.confidence import Confidence, PrecisionCurve
from detente.models.conformal import ConformalSets

HOSTILE = "<script>alert('x')</script>"


class Majority:
    """A baseline that always gives support."""

    def predict_proba(self, examples: list[Example]) -> np.ndarray:
        return np.tile([0.8, 0.1, 0.1], (len(examples), 1))


@dataclass
class Page(HTMLParser):
    """The tags, the shown text and the highlighted pieces of a page."""

    source: str
    tags: list[tuple[str, dict]] = field(default_factory=list)
    text: str = ""
    highlights: list[tuple[str, str]] = field(default_factory=list)
    _role: str | None = None

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))
        self._role = dict(attrs).get("class") if tag == "span" else None

    def handle_endtag(self, tag: str) -> None:
        self._role = None

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._role:
            self.highlights.append((self._role, data))


def example(number: int, label: Stance, text: str = "Norway praised Kenya.", **changes: object) -> Example:
    target = text.index("Kenya")
    values = {"actor": "Norway", "target": "Kenya", "actor_span": (0, 6), "target_span": (target, target + 5)}
    return Example.model_validate({"id": f"e{number}", "text": text, "label": label, **values, **changes})


def answer(question: Example, stance: Stance, sure: float = 0.8) -> Prediction:
    shares = {f"p_{one}": sure if one is stance else (1 - sure) / 2 for one in STANCES}
    shown = question.model_dump(include={"actor", "target", "text", "actor_span", "target_span"})
    return Prediction(example_id=question.id, article_id=None, stance=stance, confident=sure > 0.75, **shown, **shares)


def evaluation_of(examples: list[Example], answers: list[Prediction], **baselines: Majority) -> Evaluation:
    return evaluate(examples, answers, baselines, split="test", resamples=20, seed=1)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    examples = [example(number, list(Stance)[number % 3]) for number in range(6)]
    hostile = f"Norway & {HOSTILE} scolded Kenya."
    wrong = example(6, Stance.SUPPORT, hostile, actor="<b>Norway</b>", group="http://elsewhere.example/a")
    answers = [answer(one, one.label, 0.7) for one in examples]
    return evaluation_of([*examples, wrong], [*answers, answer(wrong, Stance.OPPOSE)], majority=Majority())


@pytest.fixture(scope="module")
def folder(evaluation: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work") / "new" / "report"
    assert write_report(evaluation, folder, title=f"Ours {HOSTILE}") == folder / "report.html"
    return folder


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def test_all_files_are_written(folder: Path) -> None:
    pictures = {"confusion_matrix.png", "calibration.png", "risk_coverage.png"}
    assert {file.name for file in folder.iterdir()} == {
        "report.html",
        "metrics.json",
        "predictions.parquet",
        "evaluated.parquet",
        *pictures,
    }


def test_metrics_json_holds_the_figures(folder: Path, evaluation: Evaluation) -> None:
    assert json.loads((folder / "metrics.json").read_text(encoding="utf-8")) == evaluation.as_dict()


def test_the_table_of_predictions_has_a_row_for_each_example(folder: Path, evaluation: Evaluation) -> None:
    rows = pq.read_table(folder / "predictions.parquet").to_pylist()
    assert [row["example_id"] for row in rows] == [example.id for example in evaluation.examples]
    assert [row["stance"] for row in rows] == [prediction.stance for prediction in evaluation.predictions]
    assert rows[6]["text"] == f"Norway & {HOSTILE} scolded Kenya."


def test_the_table_of_predictions_can_be_read_back(folder: Path, evaluation: Evaluation) -> None:
    assert list(read_predictions(folder / "predictions.parquet")) == evaluation.predictions


def test_the_page_loads_nothing(page: Page) -> None:
    sources = [value for _, attributes in page.tags for name, value in attributes.items() if name in ("src", "href")]
    assert len(sources) == 3
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert not {"link", "script", "iframe", "object", "base"} & {tag for tag, _ in page.tags}
    assert not re.search(r"url\(|@import|https?:", page.source)


def test_the_pictures_are_in_the_page_and_beside_it(page: Page, folder: Path) -> None:
    inside = {tag["alt"]: base64.b64decode(tag["src"].partition(",")[2]) for name, tag in page.tags if name == "img"}
    assert list(inside) == ["Confusion matrix", "Reliability diagram", "Risk-coverage curve"]
    beside = [(folder / f"{name}.png").read_bytes() for name in ("confusion_matrix", "calibration", "risk_coverage")]
    size = slice(0, 24)  # the signature, and the header with width and height
    assert [picture[size] for picture in inside.values()] == [picture[size] for picture in beside]
    assert beside[0].startswith(b"\x89PNG")
    assert beside[0] != beside[1]


def test_what_users_write_is_shown_and_never_run(page: Page) -> None:
    assert f"Ours {HOSTILE}" in page.text
    assert "<b>Norway</b> → Kenya" in page.text
    assert f" & {HOSTILE} scolded " in page.text
    assert "<script" not in page.source
    assert "<b>Norway</b>" not in page.source


def test_the_headline_has_the_measured_figures(page: Page, evaluation: Evaluation) -> None:
    shown = " ".join(page.text.split())
    (low, high), (margin,) = evaluation.model.interval, evaluation.margins
    assert f"Macro-F1 {evaluation.model.scores.macro_f1:.3f} ({low:.3f} to {high:.3f}) on 7 examples" in shown
    assert "7 groups of the test file" not in shown
    assert "2 groups of the test file" in shown
    assert f"That is {margin.difference:+.3f}" in shown
    assert "against the best control (majority, which always gives the commonest stance)" in shown
    assert "doesn't see the text (majority)" in shown
    assert "confident in 14% of its answers" in shown


def test_model_and_baselines_stand_in_one_table(page: Page, evaluation: Evaluation) -> None:
    shown = " ".join(page.text.split())
    (margin,) = evaluation.margins
    over = [f"{margin.difference:+.3f}", f"{margin.interval[0]:+.3f} to {margin.interval[1]:+.3f}"]
    for name, one, beside in [("model", evaluation.model, []), (margin.over, evaluation.baselines[margin.over], over)]:
        scores, (low, high) = one.scores, one.interval
        figures = [scores.f_avg, scores.accuracy, scores.ece, *(row.f1 for row in scores.per_stance.values())]
        row = [name, f"{scores.macro_f1:.3f}", f"{low:.3f} to {high:.3f}", *beside, *(f"{one:.3f}" for one in figures)]
        assert re.search(r"\s*".join(map(re.escape, row)), shown)


def test_each_control_says_what_it_lacks(page: Page) -> None:
    shown = " ".join(page.text.split())
    assert "majority always gives the commonest stance." in shown
    assert "names_only sees" not in shown


def test_the_verdict_stands_above_the_figures_with_its_rules(page: Page, evaluation: Evaluation) -> None:
    sentences = [evaluation.verdict.conclusion, *(finding.text for finding in evaluation.verdict.findings)]
    places = [page.text.index(sentence) for sentence in sentences]
    assert places == sorted(places)
    assert places[-1] < page.text.index("Beside the baselines")
    assert all(rule.when in page.text for rule in RULES)
    levels = [one["class"] for tag, one in page.tags if tag == "li" and one["class"] != "use"]
    assert levels == [f"finding {finding.level}" for finding in evaluation.verdict.findings]


def test_every_headline_figure_stands_beside_its_interval(page: Page, evaluation: Evaluation) -> None:
    shown = "".join(page.text.split())
    calibration = ("ece", "chance_ece", "adaptive_ece", "classwise_ece", "overconfidence")
    for name in ("f_avg", "f_micro", "mcc", *calibration, "brier", "balanced_brier", "nll", "aurc"):
        low, high = evaluation.model.intervals[name]
        assert f"{name}{evaluation.model.scores.flat()[name]:.3f}{low:.3f}to{high:.3f}" in shown


def test_each_slice_has_a_row_and_small_ones_are_marked(page: Page, evaluation: Evaluation) -> None:
    shown = "".join(page.text.split())
    for one in evaluation.slices:
        assert f"{one.name}(small){one.n}{one.groups}{one.macro_f1:.3f}".replace(" ", "") in shown


def wide_evaluation() -> Evaluation:
    """Twenty pairs in both directions, of two outlets, one of which is always got wrong."""
    examples, answers = [], []
    for number in range(40):
        text, wrong = f"Norway praised Kenya in round {number}.", number < 20
        outlet = {"group": f"g{number}", "meta": {"outlet": f"{HOSTILE} Post" if wrong else "The Lantern"}}
        there = example(2 * number, Stance.SUPPORT, text, **outlet)
        spans = {"actor_span": there.target_span, "target_span": there.actor_span}
        back = example(2 * number + 1, Stance.NEUTRAL, text, actor="Kenya", target="Norway", **spans, **outlet)
        examples += [there, back]
        answers += [answer(there, Stance.OPPOSE if wrong else Stance.SUPPORT), answer(back, Stance.NEUTRAL)]
    return evaluation_of(examples, answers)


def test_what_it_may_be_used_for_and_how_long_it_took_are_told(page: Page, evaluation: Evaluation) -> None:
    for use in (*evaluation.verdict.may, *evaluation.verdict.may_not):
        assert use in page.text
    assert all(name in page.text for name in evaluation.sections)
    assert "Not looked for: expected predictions for at least 30" in page.text


def test_likely_label_errors_are_shown_with_their_mentions(tmp_path: Path) -> None:
    asked = [example(number, STANCES[number % 3], f"Norway met Kenya in round {number}.") for number in range(60)]
    said = [answer(one, STANCES[(number + (number == 7)) % 3]) for number, one in enumerate(asked)]
    page = Page(write_report(evaluation_of(asked, said), tmp_path, title="t").read_text(encoding="utf-8"))
    _, _, section = page.text.partition("Labels that are likely wrong")
    assert "Norway → Kenya: labelled neutral (0.10), suggested oppose (0.80) e7" in " ".join(section.split())
    (found,) = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))["label_errors"]["found"]
    assert (found["id"], found["suggested"]) == ("e7", "oppose")


def test_questions_that_differ_in_one_thing_are_told(tmp_path: Path) -> None:
    examples, answers = [], []
    for number in range(6):
        text = f"Norway praised Kenya and scolded Peru in round {number}."
        for target, label in (("Kenya", Stance.SUPPORT), ("Peru", Stance.OPPOSE)):
            start = text.index(target)
            one = example(len(examples), label, text, target=target, target_span=(start, start + len(target)))
            examples.append(one)
            answers.append(answer(one, Stance.SUPPORT))
    page = Page(write_report(evaluation_of(examples, answers), tmp_path, title="t").read_text(encoding="utf-8"))
    shown = "".join(page.text.split())
    assert "target60.0000.000to0.0001.0001.000to1.000" in shown


def test_directions_five_classes_and_weak_slices_are_told(tmp_path: Path) -> None:
    evaluation = wide_evaluation()
    page = Page(write_report(evaluation, tmp_path, title="t").read_text(encoding="utf-8"))
    shown = " ".join(page.text.split())
    assert "Both directions were asked of 40 pairs in a text; in 0.500" in shown
    assert "The two directions differ in 40: there both are right in 0.500" in shown
    five = evaluation.five_class
    assert f"micro-F1 {five.micro_f1:.3f}" in shown
    assert f"macro-F1 {five.macro_f1:.3f}" in shown
    assert "said p supports q" in shown
    assert f"Worse than the rest beyond chance: outlet: {HOSTILE} Post" in shown
    assert "<script" not in page.source
    rows = [attributes.get("class") for tag, attributes in page.tags if tag == "tr"]
    assert rows.count("worse") == 1


def test_confident_answers_and_sets_are_held_against_the_truth(tmp_path: Path) -> None:
    curve = PrecisionCurve(answers=100, thresholds=(0.75,), kept=(40,), right=(40,))
    sets = ConformalSets(coverage=0.9, thresholds=(0.1, 0.1, 0.1), examples=(50, 50, 50))
    confidence = Confidence(wanted_precision=0.95, curves=dict.fromkeys(Stance, curve), conformal=sets)
    examples = [example(number, list(Stance)[number % 2], group=f"g{number}") for number in range(8)]
    answers = [answer(one, Stance.SUPPORT, 0.8 if number < 6 else 0.6) for number, one in enumerate(examples)]
    answers = [one.model_copy(update={"stances": (Stance.SUPPORT,)}) for one in answers]
    evaluation = evaluate(examples, answers, {}, split="test", resamples=20, seed=1, confidence=confidence)
    page = Page(write_report(evaluation, tmp_path, title="t").read_text(encoding="utf-8"))
    shown = " ".join(page.text.split())
    assert "Wanted: 95% of the confident answers of each stance right." in shown
    support = evaluation.sureness.per_stance["support"]
    (low, high), (lower, higher) = support.coverage_interval, support.precision_interval
    row = f"support 8 6 0.750{low:.3f} to {high:.3f}0.400 0.500{lower:.3f} to {higher:.3f}"
    assert row.replace(" ", "") in shown.replace(" ", "")
    assert "The sets of stances hold the right one for 0.500" in shown
    assert "wanted for 0.9 of each stance. They have 1.00 (1.00 to 1.00) stances on average." in shown
    assert "neutral40.0000.000to0.0001.00" in shown.replace(" ", "")
    assert json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))["sureness"]["wanted_precision"] == 0.95


def test_of_a_model_that_does_not_know_its_sureness_nothing_is_said(page: Page, evaluation: Evaluation) -> None:
    assert evaluation.sureness is None
    assert "When it says that it is sure" not in page.text


def test_without_pairs_nothing_is_said_of_directions(page: Page) -> None:
    assert "Who towards whom" not in page.text


def test_the_page_fits_a_phone(page: Page) -> None:
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in page.tags
    before = [page.tags[place - 1] for place, (tag, _) in enumerate(page.tags) if tag == "table"]
    assert before == [("div", {"class": "wide"})] * len(before)  # a table scrolls by itself
    assert re.search(r"\.wide \{ overflow-x: auto", page.source)
    assert re.search(r"img \{ max-width: 100%", page.source)


def test_a_mistake_is_listed_with_its_labels_and_its_highlights(page: Page) -> None:
    assert ": said oppose (0.80), labelled support" in page.text
    legend, case = page.highlights[:2], page.highlights[2:]
    assert legend == [("actor", "Actor"), ("target", "target")]
    assert case == [("actor", "Norway"), ("target", "Kenya")]


def test_a_target_before_its_actor_and_one_outside_the_text_are_highlighted_where_they_stand(tmp_path: Path) -> None:
    turned = example(1, Stance.OPPOSE, "Kenya was praised by Norway.", actor_span=(21, 27))
    unseen = example(2, Stance.OPPOSE, "They praised Kenya.", actor="(author)", actor_span=None)
    answers = [answer(turned, Stance.SUPPORT, 0.9), answer(unseen, Stance.SUPPORT, 0.8)]
    page = Page(write_report(evaluation_of([turned, unseen], answers), tmp_path, title="t").read_text(encoding="utf-8"))
    assert page.highlights[2:] == [("target", "Kenya"), ("actor", "Norway"), ("target", "Kenya")]
    assert "(author) → Kenya" in page.text
    assert "Kenya was praised by Norway." in page.text


def test_a_mention_inside_another_is_highlighted_too(tmp_path: Path) -> None:
    nested = example(1, Stance.OPPOSE, "Friends of Kenya praised it.", actor="Friends of Kenya", actor_span=(0, 16))
    page = Page(
        write_report(evaluation_of([nested], [answer(nested, Stance.SUPPORT)]), tmp_path, title="t").read_text(
            encoding="utf-8"
        )
    )
    assert ("target", "Kenya") in page.highlights
    assert "Friends of Kenya praised it." in page.text


@pytest.mark.parametrize("actor_span", [(0, 13), (0, 25), (14, 25)])
def test_mentions_that_overlap_repeat_and_lose_no_text(actor_span: tuple[int, int], tmp_path: Path) -> None:
    text = "Friends of Kenya and Mali praised it."
    overlapping = example(1, Stance.OPPOSE, text, actor_span=actor_span)
    report = write_report(evaluation_of([overlapping], [answer(overlapping, Stance.SUPPORT)]), tmp_path, title="t")
    assert text in Page(report.read_text(encoding="utf-8")).text


def test_only_the_surest_mistakes_are_listed(tmp_path: Path) -> None:
    examples = [example(number, Stance.OPPOSE) for number in range(MISTAKES_SHOWN + 3)]
    answers = [answer(one, Stance.SUPPORT, 0.5 + number / 100) for number, one in enumerate(examples)]
    page = Page(write_report(evaluation_of(examples, answers), tmp_path, title="t").read_text(encoding="utf-8"))
    sureness = re.findall(r"said support \((0\.\d\d)\)", page.text)
    assert len(sureness) == MISTAKES_SHOWN
    assert sureness == sorted(sureness, reverse=True)
    assert sureness[0] == "0.64"


def test_a_model_without_mistakes_or_baselines_has_a_page_too(tmp_path: Path) -> None:
    examples = [example(number, list(Stance)[number]) for number in range(3)]
    report = write_report(evaluation_of(examples, [answer(one, one.label) for one in examples]), tmp_path, title="t")
    text = Page(report.read_text(encoding="utf-8")).text
    assert "None." in text
    assert "That is" not in text


def test_writing_again_replaces_the_files(folder: Path, evaluation: Evaluation) -> None:
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    write_report(evaluation, folder, title=f"Ours {HOSTILE}")
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
