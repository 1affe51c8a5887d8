"""Champions and challengers in a real registry."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from detente.configs.errors import DetenteError, InputError
from detente.evaluation.compare.promotion import Terms
from detente.evaluation.compare.registry import promote

Log = Callable[..., str]
Register = Callable[..., str]
BETTER, WORSE = [1], range(0, 60, 2)


@pytest.fixture
def pair(log_run: Log, register: Register) -> Callable[..., None]:
    """Registers a champion, version 1, and a challenger, version 2, with these wrong answers."""

    def make(champion: object, challenger: object, **changes: object) -> None:
        register(log_run("old", champion), "champion")
        register(log_run("new", challenger, **changes), "challenger")

    return make


def aliases(client: MlflowClient) -> dict[str, str]:
    return {name: str(version) for name, version in client.get_registered_model("tiny").aliases.items()}


def test_a_better_challenger_becomes_champion(pair: Callable, client: MlflowClient, tmp_path: Path) -> None:
    pair(WORSE, BETTER)
    done = promote("tiny", tmp_path / "out")
    assert (done.decision.promoted, done.version, done.champion) == (True, "2", "1")
    assert aliases(client) == {"champion": "2"}
    assert json.loads((tmp_path / "out" / "comparison.json").read_text(encoding="utf-8"))["n"] == 120


def test_the_decision_is_kept_with_the_versions_and_the_page_in_a_run(
    pair: Callable, client: MlflowClient, tmp_path: Path
) -> None:
    pair(WORSE, BETTER)
    client.update_model_version("tiny", "2", description="Trained on Monday.")
    done = promote("tiny", tmp_path / "out", terms=Terms(reason="ticket 12"))
    tags = client.get_model_version("tiny", "2").tags
    assert tags["detente.promotion"] == "promoted"
    assert tags["detente.promotion.why"] == done.decision.why
    assert tags["detente.promotion.reason"] == "ticket 12"
    assert tags["detente.promotion.against"] == "1"
    artifacts = {item.path for item in client.list_artifacts(tags["detente.promotion.comparison_run"])}
    assert artifacts == {"compare.html", "comparison.json"}
    assert client.get_model_version("tiny", "1").tags == {"detente.promotion.replaced_by": "2"}
    description = client.get_model_version("tiny", "2").description
    assert description.startswith("Trained on Monday.\n\nPromoted against version 1: better beyond chance: macro-F1")
    assert description.endswith("Reason given: ticket 12")


@pytest.mark.parametrize("challenger", [WORSE, [2]])
def test_another_one_is_refused_and_the_champion_stays(
    challenger: object, pair: Callable, client: MlflowClient, tmp_path: Path
) -> None:
    pair(BETTER, challenger)
    done = promote("tiny", tmp_path)
    assert not done.decision.promoted
    assert aliases(client) == {"champion": "1", "challenger": "2"}
    assert client.get_model_version("tiny", "2").tags["detente.promotion"] == "refused"
    assert "detente.promotion.replaced_by" not in client.get_model_version("tiny", "1").tags
    assert "Refused against version 1: " in client.get_model_version("tiny", "2").description


def test_force_promotes_and_keeps_the_reason(pair: Callable, client: MlflowClient, tmp_path: Path) -> None:
    pair(BETTER, WORSE)
    promote("tiny", tmp_path, terms=Terms(force=True, reason="the old one is unfair to Peru"))
    version = client.get_model_version("tiny", "2")
    assert aliases(client) == {"champion": "2"}
    assert version.tags["detente.promotion.reason"] == "the old one is unfair to Peru"
    assert version.tags["detente.promotion.why"].startswith("forced, though worse beyond chance")


def test_without_a_champion_the_challenger_becomes_the_first(
    log_run: Log, register: Register, client: MlflowClient, tmp_path: Path
) -> None:
    register(log_run("new"), "challenger")
    done = promote("tiny", tmp_path / "out")
    assert (done.decision.promoted, done.champion, done.comparison) == (True, None, None)
    assert aliases(client) == {"champion": "1"}
    assert client.get_model_version("tiny", "1").tags["detente.promotion.why"] == (
        "there was no champion to compare it with"
    )


@pytest.mark.parametrize(
    "call", ["create_run", "set_model_version_tag", "update_model_version", "set_registered_model_alias"]
)
def test_whatever_fails_there_is_a_champion(
    call: str, pair: Callable, client: MlflowClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MlflowException("the disk is full")

    pair(WORSE, BETTER)
    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, call, fail)
        with pytest.raises(DetenteError, match="the disk is full"):
            promote("tiny", tmp_path)
    assert aliases(client) == {"champion": "1", "challenger": "2"}


def test_a_failure_after_the_move_leaves_the_new_champion(
    pair: Callable, client: MlflowClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MlflowException("the disk is full")

    pair(WORSE, BETTER)
    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "delete_registered_model_alias", fail)
        with pytest.raises(DetenteError):
            promote("tiny", tmp_path)
    assert aliases(client) == {"champion": "2", "challenger": "2"}
    with pytest.raises(DetenteError, match="tiny: version 2 is champion already; nothing was changed"):
        promote("tiny", tmp_path)


def test_a_challenger_that_came_meanwhile_keeps_its_alias(
    pair: Callable,
    log_run: Log,
    register: Register,
    client: MlflowClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pair(WORSE, BETTER)
    third = log_run("third")
    real = MlflowClient.update_model_version

    def and_a_training_ends(self: MlflowClient, *args: object, **settings: object) -> object:
        register(third, "challenger")
        return real(self, *args, **settings)

    monkeypatch.setattr(MlflowClient, "update_model_version", and_a_training_ends)
    promote("tiny", tmp_path)
    assert aliases(client) == {"champion": "2", "challenger": "3"}


def test_versions_that_differ_by_seed_are_compared_with_each_other(
    log_run: Log, register: Register, tmp_path: Path
) -> None:
    register(log_run("old", WORSE, config="seed: 1\n"), "champion")
    register(log_run("new", BETTER, config="seed: 2\n"), "challenger")
    assert promote("tiny", tmp_path).decision.promoted


def test_other_data_are_refused_unless_the_common_examples_will_do(
    pair: Callable, make_evaluated: Callable, client: MlflowClient, tmp_path: Path
) -> None:
    pair(WORSE, BETTER, evaluated=make_evaluated(BETTER, size=90))
    with pytest.raises(InputError, match="expected runs that were evaluated on the same examples"):
        promote("tiny", tmp_path)
    assert aliases(client) == {"champion": "1", "challenger": "2"}
    assert promote("tiny", tmp_path, on_common=True).decision.promoted


def test_an_unknown_model_is_named_with_the_known_ones(pair: Callable, tmp_path: Path) -> None:
    pair(WORSE, BETTER)
    with pytest.raises(InputError, match=r"other: expected a registered model of sqlite.*; it has tiny\. Training"):
        promote("other", tmp_path)


def test_a_model_without_a_challenger_is_told_how_to_get_one(
    log_run: Log, register: Register, client: MlflowClient, tmp_path: Path
) -> None:
    register(log_run("old"), "champion")
    with pytest.raises(InputError, match=r"expected a version with the alias challenger; found champion\. A training"):
        promote("tiny", tmp_path)


def test_terms_are_checked_before_anything_is_done(pair: Callable, client: MlflowClient, tmp_path: Path) -> None:
    pair(BETTER, WORSE)
    with pytest.raises(InputError, match="--force: expected a --reason"):
        promote("tiny", tmp_path / "out", terms=Terms(force=True))
    assert not (tmp_path / "out").exists()
    assert client.get_model_version("tiny", "2").tags == {}
