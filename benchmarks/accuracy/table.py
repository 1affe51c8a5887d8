"""The rows as Markdown."""

import statistics
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.accuracy.corpora import ALL, TRAIN_SETS, Questions
from benchmarks.accuracy.measures import interval
from benchmarks.accuracy.rows import CONTROLS, Result, Row, margins
from detente.data.records import Stance
from detente.evaluation.margins import Margin
from detente.models.baselines import CONTROLS as ALL_CONTROLS

FIGURES = {
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1, 2 classes",
    "accuracy": "accuracy",
    "f_avg": "F1 of support and oppose, mean",
    "support_f1": "F1 support",
    "oppose_f1": "F1 oppose",
    "both_right": "both directions right",
    "differing_right": "of pairs that differ",
    "target_first": "macro-F1, target first",
    "order_gap": "against actor first",
    "order_gap_equal": "the same, stances as common",
}
MARGIN_HEAD = ["file", "trained on", "model", "seeds", *(f"over {control}" for control in CONTROLS)]
_WITH_INTERVAL = ("both_right", "differing_right", "target_first", "order_gap", "order_gap_equal")
NOTES = """\
Intervals are 95% bootstrap intervals over groups (sentences, articles or stories); of a model with several seeds all
figures are means over the seeds, drawn together, and the range of the seeds is given beside. "Against" and "over" are
differences on the same draws.

The files scored here also chose the checkpoint of the trained models, and their calibration: the test parts of the
corpora are not used. "Before calibration" is the headline figure without the calibration's shift of the answers. NLL
(mean negative log-likelihood, which tells recipes apart where F1 is too coarse), ECE, and what is confident at 90%
precision (in brackets the precision that was reached) are cross-fitted: calibration and thresholds come from one half
of the groups, the figures from the other half, and the other way round. In brackets after the ECE is what a perfectly
calibrated model, as sure as this one, would have by chance on so many examples.

"Both directions right" counts pairs of which a text is asked both ways. "Target first" are examples whose target stands
before the actor in the text, against those where the actor comes first. Stances are rarer there, and F1 is lower where
a stance is rare, however well a model ranks: "stances as common" is the difference after weights and a shift of the
prior to the shares of the others; it says nothing of a model whose probabilities don't depend on the order, such as the
majority. With 2 classes the answer is the larger of support and oppose. Margins are those of
the headline figure, over controls that have learnt from the same examples; no text of NewsMTSC names the actor, so to
hide it changes nothing there. What is trained on one corpus and scored on another meets labels of another making:
stances inside a sentence, the neutral ones annotated (dse) or assumed (seesaw), stances that take the sentences before
it (seesaw_ctx), and the tone of a text (newsmtsc).
"""
Cells = list[str]


def render(rows: Sequence[Row], questions: Mapping[str, Questions]) -> str:
    """The whole report."""
    parts = ["# Accuracy on public corpora", NOTES.strip()]
    for name, one in questions.items():
        parts += [_heading(one), _file_table([row for row in rows if _belongs(row, one)], name)]
    parts += ["## Across corpora", _cross_table(rows, questions)]
    parts += ["## Margins over the controls", _margin_table(rows, questions)]
    return "\n\n".join([*parts, *_remarks(rows)]) + "\n"


def render_model(row: Row, rows: Sequence[Row], questions: Mapping[str, Questions]) -> str:
    """One model alone, on all files, with the columns of the whole report."""
    parts = [part for name, one in questions.items() for part in (_heading(one), _file_table([row], name))]
    body = [[name, *_identity(row), *_margin_cells(margins(row, rows, name))] for name in questions]
    return "\n\n".join([*parts, "## Margins over the controls", _markdown(MARGIN_HEAD, body)])


def _belongs(row: Row, questions: Questions) -> bool:
    """Whether a file's own tables show a row: trained on its corpus, on the mixture, or on what isn't one of ours."""
    return row.trained_on in (questions.file.corpus, ALL) or row.trained_on not in TRAIN_SETS


def _heading(questions: Questions) -> str:
    counts = ", ".join(f"{questions.gold.count(stance)} {stance}" for stance in Stance)
    return f"## {questions.name}\n\n{len(questions.examples)} examples of {questions.groups} groups: {counts}."


def _file_table(rows: Sequence[Row], name: str) -> str:
    if not rows:
        return "Nothing trained on it yet."
    results = [row.results[name] for row in rows]
    headline = results[0].questions.file.headline
    others = [figure for figure in FIGURES if figure != headline and figure in results[0].drawn]
    head = ["trained on", "model", "seeds", FIGURES[headline], "seeds from to", "before calibration"]
    head += [FIGURES[figure] for figure in others] + ["NLL", "ECE (by chance)", "support at 90%", "oppose at 90%"]
    body = [
        [
            *_identity(row),
            *_headline(result),
            f"{result.drawn['uncalibrated'][0]:.3f}",
            *(_figure(result, figure) for figure in others),
            *_trust(result),
        ]
        for row, result in zip(rows, results, strict=True)
    ]
    return _markdown(head, body)


def _cross_table(rows: Sequence[Row], questions: Mapping[str, Questions]) -> str:
    head = [
        "trained on",
        "model",
        "seeds",
        *(f"{one.name}, {FIGURES[one.file.headline]}" for one in questions.values()),
    ]
    body = [[*_identity(row), *(_headline(row.results[name])[0] for name in questions)] for row in rows]
    return _markdown(head, body)


def _margin_table(rows: Sequence[Row], questions: Mapping[str, Questions]) -> str:
    body = [
        [name, *_identity(row), *_margin_cells(margins(row, rows, name))]
        for name, one in questions.items()
        for row in rows
        if row.model not in ALL_CONTROLS and _belongs(row, one)
    ]
    return _markdown(MARGIN_HEAD, body)


def _remarks(rows: Sequence[Row]) -> Iterator[str]:
    """What of the scored files was known, and what the audits of the runs say."""
    known = {
        (row.trained_on, name, count)
        for row in rows
        for name, count in row.seeds[0].notes.get("known_texts", {}).items()
    }
    for trained_on, name, count in sorted(known):
        yield f"{count} examples of {name} have a text that stands in the training files of {trained_on}."
    leaks = {(row.trained_on, note) for row in rows for note in row.seeds[0].notes.get("leaks", {}).values()}
    for trained_on, note in sorted(leaks):
        yield f"Trained on {trained_on}: the audit finds {note} of the validation examples in the training files."


def _identity(row: Row) -> Cells:
    return [row.trained_on, row.model, str(len(row.seeds)) if row.seeds[0].cell.seed is not None else ""]


def _headline(result: Result) -> Cells:
    low, high = result.spread
    spread = f"{low:.3f} to {high:.3f}" if len(result.seeds) > 1 else ""
    return [_with_interval(result, result.questions.file.headline), spread]


def _figure(result: Result, figure: str) -> str:
    if figure in _WITH_INTERVAL:
        return _with_interval(result, figure)
    return f"{result.drawn[figure][0]:.3f}"


def _with_interval(result: Result, figure: str) -> str:
    sign = "+" if figure.startswith("order_gap") else ""
    low, high = interval(result.drawn[figure])
    return f"{result.drawn[figure][0]:{sign}.3f} ({low:{sign}.3f} to {high:{sign}.3f})"


def _trust(result: Result) -> Cells:
    """NLL, ECE and what chance gives of it, the confident share of support and of oppose; means over the seeds."""
    ece = statistics.mean(one.ece for one in result.trust)
    cells = [f"{statistics.mean(one.nll for one in result.trust):.3f}"]
    cells += [f"{ece:.3f} ({statistics.mean(one.chance_ece for one in result.trust):.3f})"]
    for stance in (Stance.SUPPORT, Stance.OPPOSE):
        share = statistics.mean(one.coverage[stance] for one in result.trust)
        reached = [precision for one in result.trust if (precision := one.precision[stance]) is not None]
        cells.append(f"{share:.0%} ({statistics.mean(reached):.0%})" if reached else "none")
    return cells


def _margin_cells(found: Mapping[str, Margin]) -> Cells:
    return [_signed(found[control]) if control in found else "" for control in CONTROLS]


def _signed(margin: Margin) -> str:
    low, high = margin.interval
    return f"{margin.difference:+.3f} ({low:+.3f} to {high:+.3f})"


def _markdown(head: Sequence[str], body: Sequence[Cells]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
