"""What the tests of edges share: predictions in a line each."""

from collections.abc import Callable
from pathlib import Path

import pytest

from detente.data.reading import write_records
from detente.data.records import STANCES, Prediction

Say = Callable[..., Prediction]
Save = Callable[..., Path]


@pytest.fixture
def say() -> Say:
    """Makes predictions: `say("A", "B", 0.7, 0.1)` supports with 0.7, opposes with 0.1; each has an id of its own."""
    count = 0

    def make(actor: str, target: str, support: float, oppose: float, **fields: object) -> Prediction:
        nonlocal count
        count += 1
        shares = (support, 1 - support - oppose, oppose)
        made = {
            "example_id": f"e{count}",
            "actor": actor,
            "target": target,
            "text": f"{actor} spoke of {target}, for the {count}th time.",
            "stance": STANCES[shares.index(max(shares))],
            **dict(zip(("p_support", "p_neutral", "p_oppose"), shares, strict=True)),
            "confident": max(shares) >= 0.7,
        }
        return Prediction.model_validate(made | fields)

    return make


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Writes predictions to a file; its name says the format."""

    def write(*predictions: Prediction, name: str = "predictions.parquet") -> Path:
        path = tmp_path / name
        write_records(path, predictions, Prediction)
        return path

    return write
