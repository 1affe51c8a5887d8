"""`detente sweep` as a user meets it."""

from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState, create_trial

from detente.configs.errors import InterruptedRunError
from detente.configs.loading import load_config
from detente.train import sweep as sweep_module
from detente.train.sweep import Sweep
from detente.train.sweep_folder import SweepFolder

Detente = Callable[..., tuple[object, str, str]]
SPACE = "sweep.space={train.learning_rate: {low: 1e-4, high: 1e-1, log: true}}"


def finished_sweep(folder: Path, trials: int) -> Sweep:
    study = optuna.create_study(direction="maximize")
    for number in range(trials):
        value = 0.5 + number / 100
        params = {"train.learning_rate": 1e-4 + 1e-5 * number}
        distributions = {"train.learning_rate": FloatDistribution(1e-5, 1e-1)}
        study.add_trial(create_trial(value=value, params=params, distributions=distributions))
    study.add_trial(create_trial(state=TrialState.PRUNED))
    study.add_trial(create_trial(state=TrialState.FAIL, user_attrs={"reason": "out of memory"}))
    return Sweep("abc123", SweepFolder(folder), "macro_f1", study, study.best_trial, folder / "model")


def test_the_best_trials_the_failures_and_the_next_step_are_shown(
    detente: Detente, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_module, "run_sweep", lambda _: finished_sweep(tmp_path / "outputs" / "s", 20))
    status, out, err = detente("sweep", "debug", SPACE)
    assert (status, err) == (0, "trial 21 failed: out of memory\n")
    assert "22 trials: 20 complete, 1 pruned, 1 failed; the best 15" in " ".join(out.split())
    rows = [line.strip("│").split("│") for line in out.splitlines() if line.startswith("│")]
    assert len(rows) == 15
    assert [cell.strip() for cell in rows[0]] == ["19", "0.6900", "0.00029"]
    assert out.splitlines()[-5:] == [
        "best    trial 19: macro_f1 0.6900 on the validation file",
        "run     abc123",
        f"config  {tmp_path}/outputs/s/best.yaml",
        f"model   {tmp_path}/outputs/s/model",
        "next    detente train outputs/s/best.yaml",
    ]


def test_a_stopped_sweep_says_how_to_go_on(detente: Detente, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(_: object) -> None:
        raise InterruptedRunError("stopped after 1 of 3 trials.")

    monkeypatch.setattr(sweep_module, "run_sweep", stopped)
    assert detente("sweep", "debug", SPACE) == (130, "", "detente: stopped after 1 of 3 trials.\n")


def test_a_check_prints_the_config_and_trains_nothing(detente: Detente, tmp_path: Path) -> None:
    overrides = [SPACE, "sweep.trials=7", f"data.test={tmp_path}/not-there.jsonl"]
    status, out, err = detente("sweep", "debug", "--check", *overrides)
    assert (status, err) == (0, "")
    config, _, last = out.strip().rpartition("\n")
    assert last == "good: 7 trials, 24 train examples, 24 valid examples"
    (tmp_path / "same.yaml").write_text(config, encoding="utf-8")
    assert load_config(tmp_path / "same.yaml") == load_config("debug", overrides)
    assert [file.name for file in tmp_path.iterdir()] == ["same.yaml"]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["sweep.space.train.epoch=[1]"], "sweep.space.train.epoch: unknown setting, did you mean train.epochs?"),
        ([], "sweep.space: expected settings to search, such as train.learning_rate: {low: 1.0e-5"),
        ([SPACE, "audit.accept=[]"], "audit.max_share"),
        ([SPACE, "data.valid=gone.jsonl"], "gone.jsonl"),
    ],
)
def test_a_check_finds_what_is_wrong(overrides: list[str], message: str, detente: Detente, tmp_path: Path) -> None:
    status, out, err = detente("sweep", "debug", "--check", *overrides)
    assert (status, out) == (2, "")
    assert err.startswith("detente: ")
    assert message in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_sweep_from_a_file_to_a_config_that_trains(
    detente: Detente, examples_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (tmp_path / "mine.yaml").write_text(
        "name: mine\n"
        "data: {train: examples.jsonl, valid: examples.jsonl, test: examples.jsonl}\n"
        "audit: {accept: [texts, near_duplicates, articles, stories, groups]}\n"
        "model: {encoder: 'random:tiny', max_length: 64}\n"
        "train: {epochs: 1, batch_size: 8, device: cpu}\n"
        "evaluation: {bootstrap: 9, baselines: [majority]}\n"
        "sweep:\n"
        "  trials: 2\n"
        "  space:\n"
        "    train.learning_rate: {low: 1.0e-4, high: 1.0e-1, log: true}\n",
        encoding="utf-8",
    )
    status, out, _ = detente("sweep", "mine.yaml")
    assert status == 0
    assert "2 trials: 2 complete, 0 pruned, 0 failed" in " ".join(out.split())
    *_, command = out.splitlines()
    assert command == "next    detente train outputs/sweeps/mine/best.yaml"
    status, out, _ = detente(*command.split()[2:])
    assert status == 0
    assert "report  " in out
