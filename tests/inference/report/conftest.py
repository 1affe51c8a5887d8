"""Predictions of made-up actors, and pages of them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from detente.data.reading import write_records
from detente.data.records import Prediction, Stance
from detente.inference.report.page import write_report

HOSTILE = "<script>window.hacked=1</script></script><img src=x onerror='window.hacked=2'>\"'&\u2028<!--"
SHARES = {Stance.SUPPORT: (0.9, 0.05, 0.05), Stance.NEUTRAL: (0.1, 0.8, 0.1), Stance.OPPOSE: (0.05, 0.05, 0.9)}


def make_prediction(number: int, actor: str, target: str, stance: Stance, **changes: object) -> Prediction:
    """'\U0001f310 Norway on Kenya, story 3.': the globe is one character, and two units of JavaScript."""
    text = f"\U0001f310 {actor} on {target}, story {number}."
    support, neutral, oppose = SHARES[stance]
    values = {
        "example_id": f"{number}:{actor}:{target}",
        "article_id": f"a{number}",
        "actor": actor,
        "target": target,
        "text": text,
        "actor_span": (2, 2 + len(actor)),
        "target_span": (len(actor) + 6, len(actor) + 6 + len(target)),
        "stance": stance,
        "p_support": support,
        "p_neutral": neutral,
        "p_oppose": oppose,
        "confident": number % 2 == 0,
        "group": f"s{number}",
        "published": f"2024-{1 + number % 3:02}-10",
        "outlet": "The Harbour Post",
        "url": f"https://example.org/{number}",
        "actor_kind": "person" if actor.startswith("P") else "country",
        "target_kind": "person" if target.startswith("P") else "country",
    }
    return Prediction.model_validate(values | changes)


def two_blocs() -> list[Prediction]:
    """Two blocs of six, all of whom praise their own and condemn the others; six stories for the first pair."""
    members = [f"{letter}{number}" for letter in "PQ" for number in range(6)]
    pairs = [(a, b) for a in members for b in members if a != b]
    stances = {True: Stance.SUPPORT, False: Stance.OPPOSE}
    ties = [(a, b, stances[a[0] == b[0]]) for a, b in [*pairs, *[pairs[0]] * 5]]
    return [make_prediction(number, *tie) for number, tie in enumerate(ties)]


@pytest.fixture(scope="session")
def write_page(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Writes a page of predictions into a folder of its own."""

    def write(predictions: Sequence[Prediction], **settings: object) -> Path:
        folder = tmp_path_factory.mktemp("page")
        write_records(folder / "predictions.jsonl", predictions, Prediction)
        return write_report([folder / "predictions.jsonl"], folder / "report.html", **settings).path

    return write
