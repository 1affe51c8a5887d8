import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from detente.configs.errors import ConfigError, InputError
from detente.configs.loading import SHIPPED, dump_config, find_config, flatten, json_schema, load_config, portable

GIVEN = ("data.train=train.jsonl", "data.valid=valid.jsonl", "model.encoder=random:tiny")
NAMES = sorted(path.stem for path in SHIPPED.glob("*.yaml"))
RUNNABLE = ("baseline", "debug", "quickstart", "sweep")
TRAIN_KEYS = (
    "epochs, batch_size, accumulation_steps, learning_rate, head_factor, weight_decay, warmup, scheduler, "
    "max_grad_norm, freeze_embeddings, class_weights, label_smoothing, teacher, teacher_weight, "
    "dtype, device, metric, patience, log_every"
)
BASELINES = ["majority", "lookup", "names_only", "target_hidden", "actor_hidden", "text_only", "masked_tfidf"]
NAMED_BASELINES = "'majority', 'lookup', 'names_only', 'target_hidden', 'actor_hidden', 'text_only' or 'masked_tfidf'"
TOP_KEYS = "name, seed, output_dir, data, audit, model, train, calibration, evaluation, tracking, sweep"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write_config(text: str | bytes, name: str = "my.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write_config


def leaves(content: dict[str, Any], prefix: str = "") -> list[str]:
    keys: list[str] = []
    for key, value in content.items():
        keys += leaves(value, f"{prefix}{key}.") if isinstance(value, dict) and value else [f"{prefix}{key}"]
    return keys


def faults_of(config: str | Path, *overrides: str, given: tuple[str, ...] = GIVEN) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config(config, [*given, *overrides])
    return caught.value.faults


def base_line(key: str) -> int:
    lines = (SHIPPED / "base.yaml").read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if line.startswith(f"  {key}:"))


class TestMerging:
    def test_file_changes_only_what_it_states(self, write: Callable[..., Path]) -> None:
        changed = flatten(load_config(write("name: mine\ntrain:\n  epochs: 7\n"), GIVEN))
        base = flatten(load_config("base", GIVEN))
        assert {key: changed[key] for key in base if changed[key] != base[key]} == {"name": "mine", "train.epochs": 7}

    @pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n"])
    def test_empty_file_is_the_base_config(self, write: Callable[..., Path], text: str) -> None:
        assert load_config(write(text), GIVEN) == load_config("base", GIVEN)

    def test_override_wins_over_file_and_later_over_earlier(self, write: Callable[..., Path]) -> None:
        config = load_config(write("train: {epochs: 7}"), [*GIVEN, "train.epochs=8", "train.epochs=9"])
        assert config.train.epochs == 9

    def test_override_mends_a_faulty_file(self, write: Callable[..., Path]) -> None:
        assert load_config(write("train:\n  epochs: 0\n"), [*GIVEN, "train.epochs=2"]).train.epochs == 2

    def test_override_of_a_section_keeps_the_other_keys(self) -> None:
        config = load_config("base", [*GIVEN, "train={epochs: 9, patience: 3}"])
        assert (config.train.epochs, config.train.patience, config.train.batch_size) == (9, 3, 16)

    def test_list_replaces_the_list(self, write: Callable[..., Path]) -> None:
        config = load_config(write("evaluation:\n  baselines: [majority]\n"), GIVEN)
        assert config.evaluation.baselines == ["majority"]

    def test_override_value_may_hold_equals_signs(self) -> None:
        assert load_config("base", [*GIVEN, "tracking.uri=sqlite:///a=b.db"]).tracking.uri == "sqlite:///a=b.db"

    def test_file_may_write_keys_dotted(self, write: Callable[..., Path]) -> None:
        assert load_config(write("train.epochs: 7\n"), GIVEN).train.epochs == 7

    def test_anchors_and_aliases_work(self, write: Callable[..., Path]) -> None:
        config = load_config(write("train: {epochs: &n 3, patience: *n}"), GIVEN)
        assert (config.train.epochs, config.train.patience) == (3, 3)

    def test_merge_key_works_or_is_a_fault(self, write: Callable[..., Path]) -> None:
        path = write("train: &t\n  epochs: 3\ncalibration:\n  <<: *t\n")
        assert any("epochs" in fault for fault in faults_of(path))

    def test_empty_section_changes_nothing(self, write: Callable[..., Path]) -> None:
        assert load_config(write("train: {}\n"), GIVEN) == load_config("base", GIVEN)


class TestFinding:
    @pytest.mark.parametrize("name", ["quickstart", "quickstart.yaml", Path("quickstart")])
    def test_name_stands_for_a_shipped_config(self, name: str | Path) -> None:
        assert find_config(name) == SHIPPED / "quickstart.yaml"

    def test_file_wins_over_a_shipped_name(
        self, write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = write("name: mine\n", "debug.yaml")
        monkeypatch.chdir(tmp_path)
        assert find_config("debug.yaml") == path
        assert find_config("debug") == SHIPPED / "debug.yaml"

    @pytest.mark.parametrize("name", ["nope", "configs/debug", "", "nope.yaml"])
    def test_unknown_name_lists_the_shipped_ones(self, name: str) -> None:
        with pytest.raises(InputError) as caught:
            find_config(name)
        assert str(caught.value) == (
            f"{name}: expected a config file, or one of base-encoder, base, baseline, corpora, debug, minilm, "
            "quickstart, sweep; found neither."
        )

    def test_folder_is_no_config(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="expected a config file"):
            find_config(tmp_path)

    @pytest.mark.parametrize("name", ["debug.jsonl", "quickstart.json"])
    def test_missing_file_of_another_kind_is_no_shipped_config(self, name: str) -> None:
        with pytest.raises(InputError):
            find_config(name)


class TestFaults:
    def test_what_a_user_must_give_is_named_with_its_line(self) -> None:
        assert faults_of("base", given=()) == [
            f"base.yaml:{base_line(key.partition('.')[2])}: {key}: "
            f"expected a value, found none; set {key}=... or give it in the config"
            for key in ("data.train", "data.valid", "model.encoder")
        ]

    @pytest.mark.parametrize("family", ["pair", "frozen_encoder", "zero_shot_nli"])
    def test_family_that_reads_with_an_encoder_wants_one(self, family: str) -> None:
        assert faults_of("base", f"model.family={family}", given=GIVEN[:2]) == [
            f"base.yaml:{base_line('encoder')}: model.encoder: "
            "expected a value, found none; set model.encoder=... or give it in the config"
        ]

    @pytest.mark.parametrize("family", BASELINES)
    def test_baseline_that_reads_no_encoder_wants_none(self, family: str) -> None:
        model = load_config("base", [*GIVEN[:2], f"model.family={family}"]).model
        assert (model.encoder, model.reads, model.used_encoder) == (None, False, "none")

    def test_all_faults_come_at_once_with_file_and_line(self, write: Callable[..., Path]) -> None:
        path = write("# mine\nseed: minus\n\ntrain:\n  # steps\n  epochs: 0\n  scheduler: liner\n")
        assert sorted(faults_of(path, "model.dropout=2")) == [
            "command line: model.dropout: input should be less than 1; found 2",
            "my.yaml:2: seed: input should be a valid integer; found 'minus'",
            "my.yaml:6: train.epochs: input should be greater than or equal to 1; found 0",
            "my.yaml:7: train.scheduler: input should be 'linear', 'cosine' or 'constant'; found 'liner'",
        ]

    def test_misspelt_key_gets_a_suggestion_and_the_accepted_keys(self, write: Callable[..., Path]) -> None:
        assert faults_of(write("train:\n  epoch: 3\n")) == [
            f"my.yaml:2: train.epoch: unknown key, did you mean epochs? Accepted: {TRAIN_KEYS}"
        ]

    def test_key_like_no_other_gets_the_accepted_keys_alone(self) -> None:
        assert faults_of("base", "train.zzz=3") == [f"command line: train.zzz: unknown key; Accepted: {TRAIN_KEYS}"]

    def test_unknown_top_level_key_lists_the_sections(self) -> None:
        assert faults_of("base", "sed=3") == [
            f"command line: sed: unknown key, did you mean seed? Accepted: {TOP_KEYS}"
        ]

    def test_misspelt_section_is_suggested(self, write: Callable[..., Path]) -> None:
        (fault,) = faults_of(write("trian:\n  epochs: 3\n"))
        assert fault.endswith(f"trian: unknown key, did you mean train? Accepted: {TOP_KEYS}")

    def test_misspelt_section_is_placed_on_its_own_line(self, write: Callable[..., Path]) -> None:
        (fault,) = faults_of(write("trian:\n\n  # how long\n  epochs: 3\n"))
        assert fault.startswith("my.yaml:1: trian:")

    def test_faulty_item_of_a_list_is_named_by_its_index(self, write: Callable[..., Path]) -> None:
        (fault,) = faults_of(write("evaluation:\n  bootstrap: 9\n  baselines:\n    - majority\n    - luck\n"))
        expected = f"input should be {NAMED_BASELINES}; found 'luck'"
        assert fault == f"my.yaml:3: evaluation.baselines.1: {expected}"

    def test_place_is_where_the_value_was_said_last(self, write: Callable[..., Path]) -> None:
        (fault,) = faults_of(write("train:\n  epochs: 3\n"), "train.epochs=0")
        assert fault.startswith("command line: train.epochs:")

    def test_setting_used_as_a_section_is_a_fault(self) -> None:
        assert faults_of("base", "train.epochs.x=3") == [
            "command line: train.epochs.x: train.epochs is a single setting, not a section"
        ]

    @pytest.mark.parametrize(("text", "found"), [("train: 5\n", "5"), ("train:\n", "None"), ("train: [1]\n", "[1]")])
    def test_section_used_as_a_setting_is_a_fault(self, write: Callable[..., Path], text: str, found: str) -> None:
        assert faults_of(write(text)) == [
            f"my.yaml:1: train: expected a section with keys of {TRAIN_KEYS}; found {found}"
        ]

    def test_structural_faults_and_bad_values_come_together(self, write: Callable[..., Path]) -> None:
        faults = faults_of(write("train: 5\nseed: -1\n"))
        assert [fault.split(":")[1] for fault in faults] == ["1", "2"]

    @pytest.mark.parametrize("override", ["trian={}", "train.epochs={}", "data.test={}", "train.epoch={}"])
    def test_empty_mapping_in_place_of_a_setting_is_a_fault(self, override: str) -> None:
        (fault,) = faults_of("base", override)
        assert fault.startswith(f"command line: {override.partition('=')[0]}: ")

    def test_override_without_value_is_a_fault(self) -> None:
        assert faults_of("base", "train.epochs=") == [
            "command line: train.epochs: expected a value, found none; set train.epochs=... or give it in the config"
        ]

    @pytest.mark.parametrize("override", ["epochs", "=5", "train.epochs: 5"])
    def test_override_of_another_form_is_a_fault(self, override: str) -> None:
        assert faults_of("base", override) == [f"{override}: expected key=value, such as train.epochs=5"]

    def test_override_that_is_not_yaml_is_a_fault(self) -> None:
        (fault,) = faults_of("base", "evaluation.baselines=[majority")
        assert fault.startswith("evaluation.baselines=[majority: the value is not YAML: ")

    def test_malformed_overrides_are_reported_together(self) -> None:
        assert len(faults_of("base", "epochs", "train.epochs=0", "train.scheduler=[")) == 3

    @pytest.mark.parametrize(("value", "found"), [("[]", "[]"), ("true", "True"), ("3", "3"), ("[1]", "[1]")])
    def test_data_must_be_a_file_or_a_list_of_files(self, value: str, found: str) -> None:
        expected = f"input should be a file or a list of files; found {found}"
        assert faults_of("base", f"data.train={value}") == [f"command line: data.train: {expected}"]
        assert faults_of("base", f"data.test={value}") == [f"command line: data.test: {expected}"]


class TestYaml:
    @pytest.mark.parametrize(("text", "value"), [("3e-5", 3e-5), ("1E-4", 1e-4), ("2.0e-5", 2e-5), (".001", 0.001)])
    def test_number_with_an_exponent_is_a_number(self, write: Callable[..., Path], text: str, value: float) -> None:
        path = write(f"train:\n  learning_rate: {text}\n")
        assert load_config(path, GIVEN).train.learning_rate == value
        assert load_config("base", [*GIVEN, f"train.learning_rate={text}"]).train.learning_rate == value

    @pytest.mark.parametrize("word", ["NO", "on", "off", "Yes", "n"])
    def test_country_code_and_switch_words_are_text(self, write: Callable[..., Path], word: str) -> None:
        assert load_config(write(f"name: {word}\n"), GIVEN).name == word

    @pytest.mark.parametrize(("text", "seed"), [("010", 10), ("0o17", 15), ("0x1F", 31)])
    def test_leading_zero_is_decimal(self, write: Callable[..., Path], text: str, seed: int) -> None:
        assert load_config(write(f"seed: {text}\n"), GIVEN).seed == seed

    def test_sexagesimal_number_is_text(self, write: Callable[..., Path]) -> None:
        (fault,) = faults_of(write("seed: 1:30\n"))
        assert fault.endswith("found '1:30'")

    def test_number_is_no_name(self, write: Callable[..., Path]) -> None:
        assert faults_of(write("name: 2024\n")) == ["my.yaml:1: name: input should be a valid string; found 2024"]

    def test_key_given_twice_is_refused_with_its_line(self, write: Callable[..., Path]) -> None:
        (fault,) = faults_of(write("train:\n  epochs: 3\n  patience: 1\n  epochs: 4\n"))
        assert fault.startswith('my.yaml:4: not YAML: found duplicate key "epochs"')

    @pytest.mark.parametrize(
        ("text", "line"),
        [("name: [\n", 2), ("name: a\n\ttrain: 1\n", 2), ("name: a\n---\nname: b\n", 2), ("name: *x\n", 1)],
    )
    def test_text_that_is_not_yaml_is_a_fault_with_its_line(
        self, write: Callable[..., Path], text: str, line: int
    ) -> None:
        (fault,) = faults_of(write(text))
        assert fault.startswith(f"my.yaml:{line}: not YAML: ")

    def test_file_without_settings_is_a_fault(self, write: Callable[..., Path]) -> None:
        assert faults_of(write("just words\n")) == ["my.yaml:1: expected settings as 'key: value'; found str"]

    def test_list_instead_of_settings_is_named_in_plain_words(self, write: Callable[..., Path]) -> None:
        (fault,) = faults_of(write("- name: a\n"))
        assert fault.startswith("my.yaml:1: expected settings as 'key: value'; found ")
        assert "Commented" not in fault

    def test_file_that_is_not_utf_8_is_a_fault(self, write: Callable[..., Path]) -> None:
        path = write("name: Møre\n".encode("latin-1"))
        (fault,) = faults_of(path)
        assert fault.startswith(f"{path}: cannot be read: 'utf-8' codec can't decode byte 0xf8")

    @pytest.mark.parametrize("where", ["file", "override"])
    def test_control_character_is_a_fault(self, write: Callable[..., Path], where: str) -> None:
        text = "tracking:\n  experiment: a\x07b\n" if where == "file" else ""
        overrides = [] if where == "file" else ["tracking.experiment=a\x07b"]
        assert len(faults_of(write(text), *overrides)) == 1

    def test_unlabelled_examples_need_a_teacher(self, write: Callable[..., Path]) -> None:
        path = write("data:\n  unlabelled: more.jsonl\n")
        rule = "data.unlabelled: expected a train.teacher, which says the stances there; found none"
        assert faults_of(path, *GIVEN) == [f"my.yaml:2: {rule}"]
        assert load_config(path, [*GIVEN, "train.teacher=big"]).train.teacher == "big"


class TestPaths:
    def test_data_files_are_relative_to_the_file_that_states_them(
        self, write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "elsewhere").mkdir()
        path = write("data:\n  train: a.jsonl\n  valid: ../b.jsonl\n  test: /c/d.jsonl\n")
        monkeypatch.chdir(tmp_path / "elsewhere")
        data = load_config(path, ["model.encoder=x"]).data
        assert (data.train, data.valid, data.test) == (
            tmp_path / "a.jsonl",
            tmp_path.parent / "b.jsonl",
            Path("/c/d.jsonl"),
        )

    @pytest.mark.parametrize("override", ["data.train=a.jsonl", "data={train: a.jsonl}"])
    def test_overrides_are_relative_to_the_working_folder(
        self, write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, override: str
    ) -> None:
        path = write("data:\n  train: b.jsonl\n")
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        assert load_config(path, [*GIVEN, override]).data.train == tmp_path / "elsewhere" / "a.jsonl"

    def test_each_file_of_a_list_is_relative_to_what_states_the_list(
        self, write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "elsewhere").mkdir()
        path = write("data:\n  train: [a.jsonl, ../b.jsonl, /c/d.jsonl]\n")
        monkeypatch.chdir(tmp_path / "elsewhere")
        others = ["data.test=[t.jsonl, u.jsonl]", "data.unlabelled=more.jsonl", "train.teacher=big"]
        data = load_config(path, [*GIVEN[1:], *others]).data
        assert data.files("unlabelled") == [tmp_path / "elsewhere" / "more.jsonl"]
        assert data.train == data.files("train")
        assert data.files("train") == [tmp_path / "a.jsonl", tmp_path.parent / "b.jsonl", Path("/c/d.jsonl")]
        assert data.files("valid") == [tmp_path / "elsewhere" / "valid.jsonl"]
        assert data.files("test") == [tmp_path / "elsewhere" / name for name in ("t.jsonl", "u.jsonl")]

    def test_teacher_s_folder_is_relative_to_its_file(self, write: Callable[..., Path], tmp_path: Path) -> None:
        config = load_config(write("train:\n  teacher: ./big\nsweep:\n  space: {train.teacher: [../other]}\n"), GIVEN)
        assert config.train.teacher == str(tmp_path / "big")
        assert config.sweep.space == {"train.teacher": [str(tmp_path.parent / "other")]}

    def test_encoder_folder_is_relative_to_its_file(self, write: Callable[..., Path], tmp_path: Path) -> None:
        config = load_config(write("model:\n  encoder: ./encoder\n"), GIVEN[:2])
        assert config.model.encoder == str(tmp_path / "encoder")

    def test_encoder_folders_of_a_sweep_are_relative_to_its_file(
        self, write: Callable[..., Path], tmp_path: Path
    ) -> None:
        whole = "data: {train: a.jsonl, valid: b.jsonl}\nmodel: {encoder: hub/one}\n"
        for space in ("{model.encoder: [./mine, hub/one]}", "{model: {encoder: [./mine, hub/one]}}"):
            config = load_config(write(f"{whole}sweep: {{space: {space}}}"))
            assert config.sweep.space == {"model.encoder": [str(tmp_path / "mine"), "hub/one"]}

    def test_encoder_folder_of_an_override_is_relative_to_the_working_folder(
        self, write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = write("")
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        config = load_config(path, [*GIVEN, "model.encoder=../encoder"])
        assert config.model.encoder == str(tmp_path / "encoder")

    @pytest.mark.parametrize("encoder", ["FacebookAI/roberta-base", "package:x", "random:tiny", "/abs/folder"])
    def test_other_encoders_are_left_alone(self, write: Callable[..., Path], encoder: str) -> None:
        assert load_config(write(f"model:\n  encoder: {encoder}\n"), GIVEN[:2]).model.encoder == encoder

    def test_output_folder_stays_relative_to_where_the_command_runs(self, write: Callable[..., Path]) -> None:
        assert load_config(write("output_dir: runs\n"), GIVEN).output_dir == Path("runs")

    def test_missing_test_file_stays_missing(self) -> None:
        data = load_config("base", [*GIVEN, "data.test=null"]).data
        assert data.test is None
        assert data.files("test") == []


class TestDumping:
    @pytest.mark.parametrize("name", NAMES)
    def test_dumped_config_loads_as_the_same_config(
        self, write: Callable[..., Path], name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config = load_config(name, GIVEN)
        path = write(dump_config(config), "dumped.yaml")
        monkeypatch.chdir("/")
        assert load_config(path) == config

    @pytest.mark.parametrize("name", ["1e5", "123", "NO", "null", "true", "0x1F", "1.5", "2024-01-01", "x" * 300])
    def test_name_that_looks_like_something_else_survives(self, write: Callable[..., Path], name: str) -> None:
        config = load_config("base", [*GIVEN, f'name="{name}"'])
        assert load_config(write(dump_config(config))).name == name

    @pytest.mark.parametrize("text", ["a: b # c", "~", " lead", "é 🚀", "a\nb", "'\"", "- x", "{a", "word " * 40])
    def test_text_with_yaml_signs_survives(self, write: Callable[..., Path], text: str) -> None:
        config = load_config("base", [*GIVEN, f"tracking.experiment={json.dumps(text, ensure_ascii=False)}"])
        assert load_config(write(dump_config(config))).tracking.experiment == text

    def test_folder_with_a_long_name_and_spaces_survives(self, write: Callable[..., Path], tmp_path: Path) -> None:
        path = tmp_path / " ".join(["folder"] * 30) / "a #1: b.jsonl"
        config = load_config("base", [*GIVEN, f"data.test={json.dumps(str(path))}"])
        assert load_config(write(dump_config(config))).data.test == path

    def test_list_of_files_survives(self, write: Callable[..., Path]) -> None:
        config = load_config("base", [*GIVEN, "data.train=[a.jsonl, b.jsonl]"])
        assert load_config(write(dump_config(config))) == config

    def test_dump_is_stable(self, write: Callable[..., Path]) -> None:
        text = dump_config(load_config("base", [*GIVEN, "train.learning_rate=3e-5"]))
        assert dump_config(load_config(write(text))) == text

    def test_flatten_gives_plain_values_under_dotted_names(self) -> None:
        flat = flatten(load_config("base", [*GIVEN, "train.learning_rate=3e-5"]))
        assert flat["train.learning_rate"] == 3e-5
        assert flat["evaluation.baselines"] == BASELINES
        assert flat["data.train"] == str(Path.cwd() / "train.jsonl")
        assert json.loads(json.dumps(flat)) == flat

    def test_flatten_names_every_setting_once(self) -> None:
        keys = list(flatten(load_config("base", GIVEN)))
        assert len(keys) == len(set(keys)) == 55
        assert {"name", "model.encoder", "calibration.wanted_precision", "tracking.alias"} <= set(keys)


class TestPortable:
    def test_data_files_below_the_working_folder_are_relative(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "work").mkdir()
        monkeypatch.chdir(tmp_path / "work")
        config = load_config("base", [*GIVEN[1:], "data.train=news/a.jsonl", "data.test=../b.jsonl"])
        found = portable(config)["data"]
        assert (found["train"], found["valid"], found["test"]) == (
            "news/a.jsonl",
            "valid.jsonl",
            str(tmp_path / "b.jsonl"),
        )

    def test_files_of_a_list_are_relative_too(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        config = load_config("base", [*GIVEN[1:], "data.train=[a.jsonl, ../b.jsonl]"])
        assert portable(config)["data"]["train"] == ["a.jsonl", str(tmp_path.parent / "b.jsonl")]

    def test_everything_else_is_as_dumped(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        config = load_config("base", GIVEN)
        monkeypatch.chdir(tmp_path)
        assert portable(config) == config.model_dump(mode="json")

    def test_config_itself_stays_absolute(self) -> None:
        config = load_config("base", GIVEN)
        portable(config)
        assert config.data.train == Path.cwd() / "train.jsonl"


class TestShipped:
    @pytest.mark.parametrize("name", NAMES)
    def test_shipped_config_loads_once_the_blanks_are_filled(self, name: str) -> None:
        blanks = {fault.split(": ")[1] for fault in faults_of(name, given=())} if name not in RUNNABLE else set()
        config = load_config(name, [item for item in GIVEN if item.partition("=")[0] in blanks])
        assert config.name == name

    @pytest.mark.parametrize("name", NAMES)
    def test_shipped_configleaves_only_data_and_encoder_open(self, name: str) -> None:
        faults = [] if name in RUNNABLE else faults_of(name, given=())
        assert all("expected a value, found none" in fault for fault in faults)

    @pytest.mark.parametrize("name", RUNNABLE)
    def test_runnable_config_finds_its_files_from_any_folder(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        data = load_config(name).data
        assert all(path is not None and path.is_file() for path in (data.train, data.valid, data.test))

    @pytest.mark.parametrize("name", [name for name in NAMES if name != "base"])
    def test_shipped_config_opens_with_a_command_that_works(self, name: str) -> None:
        command = (SHIPPED / f"{name}.yaml").read_text().splitlines()[1]
        detente, verb, config, *overrides = shlex.split(command.removeprefix("# "))
        assert (detente, verb, config) == ("detente", "sweep" if name == "sweep" else "train", name)
        assert load_config(config, overrides).name == name

    @pytest.mark.parametrize("name", [name for name in NAMES if name != "base"])
    def test_experiment_states_only_what_differs_from_base(self, name: str) -> None:
        base = flatten(load_config("base", [*GIVEN[:2], "model.encoder=none"]))
        loaded = flatten(load_config(name, () if name in RUNNABLE else GIVEN[:2]))
        stated = leaves(YAML(typ="safe").load(SHIPPED / f"{name}.yaml"))
        assert [key for key in stated if key in base and loaded[key] == base[key]] == []
        assert set(stated) <= set(loaded)

    def test_base_states_every_setting_in_the_order_of_the_schema(self) -> None:
        stated = leaves(YAML(typ="safe").load(SHIPPED / "base.yaml"))
        assert stated == list(flatten(load_config("base", GIVEN)))


class TestJsonSchema:
    def test_file_beside_the_configs_is_up_to_date(self) -> None:
        assert (SHIPPED / "schema.json").read_text(encoding="utf-8") == json_schema()

    def test_schema_is_a_schema(self) -> None:
        jsonschema.Draft202012Validator.check_schema(json.loads(json_schema()))

    @pytest.mark.parametrize("name", NAMES)
    def test_editor_finds_no_fault_in_a_shipped_config(self, name: str) -> None:
        path = SHIPPED / f"{name}.yaml"
        assert path.read_text().startswith("# yaml-language-server: $schema=schema.json\n")
        jsonschema.validate(YAML(typ="safe").load(path), json.loads(json_schema()))

    @pytest.mark.parametrize(
        "text", ["trian: {}", "train: {epoch: 3}", "train: {epochs: 0}", "train: {metric: f1}", "data: {valid: 3}"]
    )
    def test_editor_finds_what_loading_finds(self, text: str) -> None:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(YAML(typ="safe").load(text), json.loads(json_schema()))

    def test_experiment_may_leave_any_key_out(self) -> None:
        jsonschema.validate({}, json.loads(json_schema()))
        jsonschema.validate({"train": {}}, json.loads(json_schema()))

    def test_data_may_be_a_file_or_a_list_of_files(self) -> None:
        jsonschema.validate({"data": {"train": ["a.jsonl", "b.jsonl"], "valid": "c.jsonl"}}, json.loads(json_schema()))
