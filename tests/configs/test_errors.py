import pytest

from detente.configs.errors import ConfigError, DetenteError, InputError, RecordError


@pytest.mark.parametrize(
    ("error", "status"),
    [(DetenteError("x"), 1), (InputError("x"), 2), (ConfigError(["x"]), 2), (RecordError(["x"]), 2)],
    ids=lambda value: type(value).__name__,
)
def test_exit_status_tells_wrong_input_from_failed_work(error: DetenteError, status: int) -> None:
    assert error.exit_status == status


def test_every_error_can_be_caught_as_a_detente_error() -> None:
    assert all(issubclass(kind, DetenteError) for kind in (InputError, ConfigError, RecordError))


def test_config_error_lists_one_fault_a_line() -> None:
    error = ConfigError(["a.yaml:1: name: bad", "a.yaml:2: seed: bad"])
    assert str(error) == "2 faults in the config:\n  a.yaml:1: name: bad\n  a.yaml:2: seed: bad"
    assert error.faults == ["a.yaml:1: name: bad", "a.yaml:2: seed: bad"]


def test_config_error_counts_a_single_fault_in_the_singular() -> None:
    assert str(ConfigError(["x"])) == "1 fault in the config:\n  x"


def test_record_error_says_how_to_go_on() -> None:
    assert str(RecordError(["a.csv:2: label: bad"])) == (
        "1 fault in the data:\n  a.csv:2: label: bad\n"
        "Mend them, or set them aside: detente data check FILE --skip-invalid BAD.jsonl -o GOOD.jsonl "
        "(in a config: data.skip_invalid=true)."
    )


def test_record_error_that_stopped_early_says_at_least() -> None:
    assert str(RecordError(["a", "b"], more=True)).startswith("at least 2 faults in the data:\n  a\n  b\n")


def test_errors_keep_their_own_copy_of_the_faults() -> None:
    faults = ["one"]
    error = RecordError(faults)
    faults.append("two")
    assert error.faults == ["one"]
