"""The numbers in the pictures."""

import numpy as np
from matplotlib.figure import Figure

from detente.data.records import STANCES, Stance
from detente.evaluation.metrics import score
from detente.evaluation.plots import confusion_figure, reliability_figure, risk_coverage_figure

SUPPORT, NEUTRAL, OPPOSE = STANCES


def labels(ticks: list) -> list[str]:
    return [tick.get_text() for tick in ticks]


def confusion_of(gold: list[Stance], answers: list[Stance]) -> Figure:
    return confusion_figure(score(gold, np.eye(3)[[STANCES.index(stance) for stance in answers]]))


def test_each_cell_of_the_confusion_matrix_shows_its_count_and_share_of_the_row() -> None:
    figure = confusion_of([SUPPORT] * 4 + [NEUTRAL], [SUPPORT, SUPPORT, SUPPORT, OPPOSE, SUPPORT])
    cells = {text.get_position(): text.get_text() for text in figure.axes[0].texts}
    assert cells[0, 0] == "3\n75%"
    assert cells[2, 0] == "1\n25%"
    assert cells[0, 1] == "1\n100%"
    assert len(cells) == 9


def test_a_stance_without_examples_has_an_empty_row() -> None:
    cells = {text.get_position(): text.get_text() for text in confusion_of([SUPPORT], [SUPPORT]).axes[0].texts}
    assert [cells[column, 2] for column in range(3)] == ["0\n0%"] * 3


def test_gold_stances_go_down_and_predicted_ones_across() -> None:
    axes = confusion_of([SUPPORT], [SUPPORT]).axes[0]
    assert labels(axes.get_xticklabels()) == labels(axes.get_yticklabels()) == ["support", "neutral", "oppose"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "gold")


def test_dark_cells_have_white_figures() -> None:
    texts = confusion_of([SUPPORT] * 4, [SUPPORT, SUPPORT, SUPPORT, OPPOSE]).axes[0].texts
    assert [text.get_color() for text in texts[:3]] == ["white", "black", "black"]


def test_the_reliability_diagram_shows_confidence_against_the_share_that_is_right() -> None:
    probabilities = np.array([[0.82, 0.1, 0.08], [0.88, 0.1, 0.02], [0.2, 0.25, 0.55]])
    axes = reliability_figure([SUPPORT, NEUTRAL, OPPOSE], probabilities).axes[0]
    diagonal, measured = axes.lines
    np.testing.assert_allclose(measured.get_xydata(), [[0.55, 1.0], [0.85, 0.5]])
    np.testing.assert_allclose(diagonal.get_xdata(), diagonal.get_ydata())
    assert [text.get_text() for text in axes.texts] == ["1", "2"]


def test_every_possible_point_lies_inside_the_diagram() -> None:
    sure, unsure = [1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]
    axes = reliability_figure([SUPPORT, OPPOSE], np.array([sure, unsure])).axes[0]
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    for x, y in axes.lines[1].get_xydata():
        assert left <= x <= right
        assert bottom <= y <= top


def test_the_risk_coverage_curve_ends_at_the_error_rate() -> None:
    probabilities = np.array([[0.9, 0.05, 0.05], [0.8, 0.1, 0.1], [0.7, 0.2, 0.1], [0.6, 0.3, 0.1]])
    axes = risk_coverage_figure([SUPPORT, NEUTRAL, SUPPORT, OPPOSE], probabilities).axes[0]
    chance, curve = axes.lines
    assert list(chance.get_ydata()) == [0.5, 0.5]
    np.testing.assert_allclose(curve.get_xydata(), [[0, 0], [0.25, 0], [0.5, 0.5], [0.75, 1 / 3], [1, 0.5]])
    assert axes.get_ylim()[1] > 0.5


def test_a_model_without_errors_has_a_curve_too() -> None:
    axes = risk_coverage_figure([SUPPORT], np.array([[0.9, 0.05, 0.05]])).axes[0]
    assert axes.get_ylim() == (0, 0.05)
