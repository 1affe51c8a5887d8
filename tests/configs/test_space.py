"""The space of a sweep: told from its settings, and checked with all faults at once."""

from pathlib import Path

import pytest

from detente.configs.errors import ConfigError
from detente.configs.loading import dump_config, load_config
from detente.configs.schema import Config, RangeConfig
from detente.configs.space import holds, is_whole, setting_names, with_settings

GIVEN = ("data.train=train.jsonl", "data.valid=valid.jsonl", "model.encoder=random:tiny")
SETTINGS = {
    "train.learning_rate": RangeConfig(low=1e-5, high=3e-4, log=True),
    "train.epochs": RangeConfig(low=1, high=3),
    "train.class_weights": ["none", "sqrt"],
    "train.patience": [None, 2],
    "model.dropout": RangeConfig(low=0, high=0.3, step=0.1),
    "model.encoder": ["random:tiny", "random:tiny2"],
}
TEXT = """
sweep:
  space:
    train.learning_rate: {low: 1.0e-5, high: 3.0e-4, log: true}
    train:
      epochs: {low: 1, high: 3}
      class_weights: [none, sqrt]
    train.patience: [null, 2]
    model.dropout: {low: 0, high: 0.3, step: 0.1}
    model:
      encoder: ["random:tiny", "random:tiny2"]
"""


def load(tmp_path: Path, text: str, *overrides: str) -> Config:
    (tmp_path / "my.yaml").write_text(text, encoding="utf-8")
    return load_config(tmp_path / "my.yaml", [*GIVEN, *overrides])


def fault_of(tmp_path: Path, setting: str, definition: str, *overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f"sweep:\n  space:\n    {setting}: {definition}\n", *overrides)
    (fault,) = caught.value.faults
    assert fault.startswith("my.yaml:3: sweep.space.")
    return fault.removeprefix("my.yaml:3: sweep.space.")


def test_settings_may_be_dotted_or_nested(tmp_path: Path) -> None:
    assert load(tmp_path, TEXT).sweep.space == SETTINGS


def test_a_dumped_space_loads_as_the_same(tmp_path: Path) -> None:
    config = load(tmp_path, TEXT)
    (tmp_path / "dumped.yaml").write_text(dump_config(config), encoding="utf-8")
    assert load_config(tmp_path / "dumped.yaml") == config


def test_a_dump_may_leave_the_sweep_out(tmp_path: Path) -> None:
    (tmp_path / "dumped.yaml").write_text(dump_config(load(tmp_path, TEXT), without=["sweep"]), encoding="utf-8")
    assert load_config(tmp_path / "dumped.yaml").sweep.space == {}


def test_the_command_line_changes_one_end_of_a_range(tmp_path: Path) -> None:
    space = load(tmp_path, TEXT, "sweep.space.train.learning_rate.high=1e-3").sweep.space
    assert space == SETTINGS | {"train.learning_rate": RangeConfig(low=1e-5, high=1e-3, log=True)}


def test_all_faults_come_at_once_with_those_of_other_settings(tmp_path: Path) -> None:
    text = "seed: x\nsweep:\n  trials: 0\n  space:\n    train.epochs: []\n    train.warmup: {low: 2, high: 3}\n"
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert sorted(caught.value.faults) == [
        "my.yaml:1: seed: input should be a valid integer; found 'x'",
        "my.yaml:3: sweep.trials: input should be greater than or equal to 1; found 0",
        "my.yaml:5: sweep.space.train.epochs: expected at least one choice; found none",
        "my.yaml:6: sweep.space.train.warmup.high: input should be less than 1; found 3",
        "my.yaml:6: sweep.space.train.warmup.low: input should be less than 1; found 2",
    ]


@pytest.mark.parametrize(
    ("setting", "fault"),
    [
        ("train.learnin_rate", "train.learnin_rate: unknown setting, did you mean train.learning_rate?"),
        ("trian.epochs", "trian.epochs: unknown setting, did you mean train.epochs?"),
        ("train.dropout", "train.dropout: unknown setting, did you mean model.dropout?"),
        ("zzz", "zzz: unknown setting"),
        (
            "seed",
            "seed: can't be searched: a seed that is chosen says nothing. sweep.seeds=3 trains each trial with three",
        ),
        ("data", "data: expected a setting; this is a section, with data.train, data.valid, "),
        *(
            (
                name,
                f"{name}: can't be searched; trials differ by settings of model and train, and by how data are mixed",
            )
            for name in ("data.valid", "train.metric", "train.device", "tracking.uri", "sweep.trials", "name")
        ),
    ],
)
def test_what_cannot_be_searched_is_refused(tmp_path: Path, setting: str, fault: str) -> None:
    assert fault_of(tmp_path, setting, "[1, 2]").startswith(fault)


@pytest.mark.parametrize(
    ("setting", "choices", "fault"),
    [
        (
            "train.class_weights",
            "[none, sqr]",
            "train.class_weights.1: input should be 'none', 'balanced' or 'sqrt'; found 'sqr'",
        ),
        ("train.epochs", "[2, 0]", "train.epochs.1: input should be greater than or equal to 1; found 0"),
        ("train.epochs", "[2, 2.5]", "train.epochs.1: input should be a valid integer; found 2.5"),
        ("train.epochs", "[2, 3, 2]", "train.epochs.2: expected each choice once; found 2 again"),
        ("train.epochs", "[[2, 3]]", "train.epochs.0: expected a single value; found [2, 3]"),
        ("train.weight_decay", "[.nan]", "train.weight_decay.0: expected a finite number; found nan"),
        ("train.epochs", "[]", "train.epochs: expected at least one choice; found none"),
    ],
)
def test_choices_that_a_setting_does_not_take_are_refused(
    tmp_path: Path, setting: str, choices: str, fault: str
) -> None:
    assert fault_of(tmp_path, setting, choices) == fault


@pytest.mark.parametrize(
    ("setting", "given", "fault"),
    [
        (
            "train.warmup",
            "{low: 0.3, high: 0.3}",
            "train.warmup: the range is empty: expected low < high; found 0.3 and 0.3",
        ),
        ("train.epochs", "{low: 5, high: 2}", "train.epochs: the range is empty: expected low < high; found 5 and 2"),
        ("train.epochs", "{low: 1.0, high: 2}", "train.epochs.low: input should be a valid integer; found 1.0"),
        ("train.epochs", "{low: 1}", "train.epochs.high: expected a number, found none"),
        ("train.epochs", "{low: 1, high: no}", "train.epochs.high: expected a number; found 'no'"),
        ("train.epochs", "{low: true, high: 3}", "train.epochs.low: expected a number; found True"),
        ("train.epochs", "{low: 1, high: 3, log: 1.5}", "train.epochs.log: expected true or false; found 1.5"),
        (
            "train.epochs",
            "{low: 1, high: 3, lag: true}",
            "train.epochs.lag: unknown key; Accepted: low, high, log, step",
        ),
        (
            "train.epochs",
            "{low: 1, high: 3, step: 3}",
            "train.epochs: expected a step above 0 and no larger than the range; found 3",
        ),
        (
            "train.epochs",
            "{low: 1, high: 3, step: 0.5}",
            "train.epochs: expected a whole number for step, as the setting is one; found 0.5",
        ),
        (
            "train.warmup",
            "{low: 0, high: 0.5, log: true}",
            "train.warmup: expected low > 0 for log: true; found 0",
        ),
        (
            "train.epochs",
            "{low: 1, high: 9, log: true, step: 2}",
            "train.epochs: expected log: true or a step; found both, step 2",
        ),
        ("train.weight_decay", "{low: 0, high: .inf}", "train.weight_decay.high: expected a finite number; found inf"),
        (
            "train.freeze_embeddings",
            "{low: 0, high: 1}",
            "train.freeze_embeddings: expected choices, as [a, b]: the setting is no number; "
            "found {'low': 0, 'high': 1}",
        ),
        (
            "train.epochs",
            "3",
            "train.epochs: expected choices as [none, sqrt], or a range as {low: 1.0e-5, high: 1.0e-4, log: true}; "
            "found 3",
        ),
    ],
)
def test_ranges_that_make_no_sense_are_refused(tmp_path: Path, setting: str, given: str, fault: str) -> None:
    assert fault_of(tmp_path, setting, given) == fault


def test_a_grid_needs_a_finite_space(tmp_path: Path) -> None:
    given = "{low: 0.0, high: 0.2}"
    expected = "expected choices or a step: sampler grid tries every value, and there are endlessly many"
    assert fault_of(tmp_path, "train.warmup", given, "sweep.sampler=grid") == f"train.warmup: {expected}"
    steps = "{low: 0.0, high: 0.2, step: 0.1}"
    load(tmp_path, f"sweep.space.train.warmup: {steps}\nsweep.space.train.epochs: {{low: 1, high: 3}}\n")


@pytest.mark.parametrize("override", ["sweep.space=5", "sweep.space=[train.epochs]"])
def test_a_space_that_is_none_is_a_fault(tmp_path: Path, override: str) -> None:
    with pytest.raises(ConfigError, match=r"command line: sweep\.space: expected a section; found"):
        load(tmp_path, "", override)


def test_settings_are_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    config = load(tmp_path, TEXT)
    changed = with_settings(config, {"train.learning_rate": 1e-3, "data.test": None, "seed": 7})
    assert (changed.train.learning_rate, changed.data.test, changed.seed) == (1e-3, None, 7)
    assert with_settings(changed, {"train.learning_rate": config.train.learning_rate, "seed": config.seed}) == config


def test_a_value_that_a_setting_does_not_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="epochs"):
        with_settings(load(tmp_path, TEXT), {"train.epochs": 0})


@pytest.mark.parametrize(
    ("definition", "value", "held"),
    [
        (["none", "sqrt"], "sqrt", True),
        (["none", "sqrt"], "balanced", False),
        ([None, 2], None, True),
        (RangeConfig(low=1, high=3), 3, True),
        (RangeConfig(low=1, high=3), 4, False),
        (RangeConfig(low=1, high=3), None, False),
        (RangeConfig(low=1, high=9, step=2), 5, True),
        (RangeConfig(low=1, high=9, step=2), 4, False),
        (RangeConfig(low=0.1, high=0.5, step=0.1), 0.3, True),
        (RangeConfig(low=0.1, high=0.5, step=0.1), 0.25, False),
        (RangeConfig(low=0, high=1), True, False),
    ],
)
def test_a_space_holds_a_value_or_it_does_not(definition: RangeConfig | list, value: object, *, held: bool) -> None:
    assert holds(definition, value) is held


def test_whole_settings_are_told_from_others() -> None:
    given = RangeConfig(low=1, high=2)
    assert [is_whole(name, given) for name in ("train.epochs", "train.patience", "train.weight_decay")] == [
        True,
        True,
        False,
    ]


def test_setting_names_are_those_of_the_config(tmp_path: Path) -> None:
    names = list(setting_names())
    assert len(names) == len(set(names))
    assert {"name", "train.epochs", "model.encoder", "sweep.space"} <= set(names)
    assert "train" not in names
