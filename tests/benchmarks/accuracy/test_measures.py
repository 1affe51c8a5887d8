"""Figures of answers, and how far their probabilities can be trusted."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import softmax

from benchmarks.accuracy.corpora import Questions, ValidFile
from benchmarks.accuracy.measures import drawn_figures, interval, mean_over, trust
from detente.data.records import STANCES, Example, Stance
from detente.evaluation.metrics import score
from detente.models.calibration import Calibration, Floats

AS_IT_IS = Calibration()
MakeLogits = Callable[..., Floats]


@pytest.fixture
def dse(questions: dict[str, Questions]) -> Questions:
    return questions["dse"]


@pytest.fixture
def logits(dse: Questions, logits_of: MakeLogits) -> Floats:
    return logits_of(dse, wrong=0.3)


def test_figures_of_the_file_are_those_of_the_evaluation(dse: Questions, logits: Floats) -> None:
    figures = {name: drawn[0] for name, drawn in drawn_figures(dse, logits, AS_IT_IS).items()}
    flat = score(dse.gold, softmax(logits, axis=1)).flat()
    for name in ("macro_f1", "accuracy", "f_avg", "support_f1", "oppose_f1"):
        assert figures[name] == pytest.approx(flat[name])
    assert figures["uncalibrated"] == figures["macro_f1"]


def test_interval_holds_the_figure_and_has_a_width(dse: Questions, logits: Floats) -> None:
    drawn = drawn_figures(dse, logits, AS_IT_IS)["macro_f1"]
    low, high = interval(drawn)
    assert drawn.shape == (51,)
    assert 0 < low < drawn[0] < high < 1


def test_the_calibration_of_the_model_decides_its_answers(dse: Questions, logits_of: MakeLogits) -> None:
    only_support = Calibration(bias=(100.0, 0.0, 0.0))
    figures = drawn_figures(dse, logits_of(dse), only_support)
    assert figures["oppose_f1"][0] == 0.0
    assert figures["accuracy"][0] == pytest.approx(np.mean([stance is Stance.SUPPORT for stance in dse.gold]))
    assert figures["uncalibrated"][0] == 1.0


def test_word_order_and_directions_are_told_apart(dse: Questions, logits_of: MakeLogits) -> None:
    logits = logits_of(dse)
    turned = dse.order == "target first"
    logits[turned] = [0.0, 0.0, 9.0]
    figures = drawn_figures(dse, logits, AS_IT_IS)
    assert figures["target_first"][0] == 0.0
    assert figures["order_gap"][0] == -1.0
    assert figures["both_right"][0] == figures["differing_right"][0] == 0.0
    perfect = drawn_figures(dse, logits_of(dse), AS_IT_IS)
    assert perfect["both_right"][0] == perfect["differing_right"][0] == 1.0


def test_rare_stances_alone_leave_no_gap_in_direction_at_equal_shares() -> None:
    random = np.random.default_rng(0)
    texts = {"A met B": ((0, 1), (6, 7)), "B met A": ((6, 7), (0, 1))}
    shares = np.array([[0.15, 0.7, 0.15], [0.02, 0.96, 0.02]])
    examples, seen = [], []
    for number in range(8000):
        (text, (actor, target)), prior = list(texts.items())[number % 2], shares[number % 2]
        stance = random.choice(3, p=prior)
        examples.append(
            Example(
                id=str(number),
                actor="A",
                target="B",
                text=text,
                label=STANCES[stance],
                actor_span=actor,
                target_span=target,
                group=str(number),
            )
        )
        seen.append(-((random.normal(1.5 * stance) - np.array([0.0, 1.5, 3.0])) ** 2) / 2 + np.log(prior))
    questions = Questions(ValidFile("made", "made.jsonl", "made"), examples, resamples=20)
    figures = drawn_figures(questions, np.array(seen), AS_IT_IS)
    assert figures["order_gap"][0] < -0.08
    assert figures["order_gap_equal"][0] == pytest.approx(0, abs=0.04)


def test_right_pairs_are_counted_by_pairs(dse: Questions, logits_of: MakeLogits) -> None:
    logits = logits_of(dse)
    there, _ = dse.pairs[0]
    logits[there] = 5.0 * np.eye(3)[(dse.truth[there] + 1) % 3]
    assert drawn_figures(dse, logits, AS_IT_IS)["both_right"][0] == pytest.approx(35 / 36)


def test_with_two_classes_neutral_is_no_answer(questions: dict[str, Questions], logits_of: MakeLogits) -> None:
    ctx = questions["seesaw_ctx"]
    logits = logits_of(ctx)
    logits[:, 1] += 50.0
    figures = drawn_figures(ctx, logits, AS_IT_IS)
    assert figures["micro_f1"][0] == figures["f_avg"][0] == figures["uncalibrated"][0] == 1.0
    assert not figures.keys() & {"macro_f1", "target_first", "both_right"}
    assert np.isfinite(trust(ctx, logits).ece)


def test_seeds_are_averaged_in_each_draw(dse: Questions, logits_of: MakeLogits) -> None:
    one, other = (drawn_figures(dse, logits_of(dse, wrong=0.3, seed=seed), AS_IT_IS) for seed in (1, 2))
    mean = mean_over([one, other])
    np.testing.assert_allclose(mean["macro_f1"], (one["macro_f1"] + other["macro_f1"]) / 2)


def test_probabilities_are_judged_by_the_other_half(dse: Questions, logits_of: MakeLogits) -> None:
    """Answers of which one half is always right and the other always wrong: each half misleads the other."""
    logits = logits_of(dse)
    logits[~dse.first_half] = 4.0 * np.eye(3)[(dse.truth[~dse.first_half] + 1) % 3]
    misled = trust(dse, logits)
    honest = trust(dse, logits_of(dse))
    assert misled.ece > 0.4
    assert honest.ece < 0.05


def test_coverage_says_what_90_percent_precision_costs(larger: Questions, logits_of: MakeLogits) -> None:
    logits = logits_of(larger)
    assert trust(larger, logits).coverage == {Stance.SUPPORT: 1.0, Stance.OPPOSE: 1.0}
    opposed = np.flatnonzero(larger.truth == 2)[::2]
    logits[opposed] = [0.0, 0.1, 0.2]  # right, but less sure than wrong ones
    logits[np.flatnonzero(larger.truth == 1)[::3]] = [0.0, 0.2, 0.4]
    half = trust(larger, logits)
    assert half.precision == {Stance.SUPPORT: 1.0, Stance.OPPOSE: 1.0}
    assert 0.05 < half.coverage[Stance.OPPOSE] < 0.5


def test_a_few_answers_are_no_reason_to_be_sure(dse: Questions, logits_of: MakeLogits) -> None:
    few = trust(dse, logits_of(dse))  # six of support in each half
    assert few.coverage == {Stance.SUPPORT: 0.0, Stance.OPPOSE: 0.0}
    assert few.precision == {Stance.SUPPORT: None, Stance.OPPOSE: None}
