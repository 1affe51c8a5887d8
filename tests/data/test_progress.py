import pytest

from detente.data.progress import progress_bar


def test_bar_goes_to_standard_error_with_its_name_and_count(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(total=3, desc="predict", unit="record") as bar:
        bar.update(3)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("\rpredict:   0%")
    assert "3/3" in captured.err.splitlines()[-1]


def test_log_file_gets_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress_bar(iterable=range(10_000))) == list(range(10_000))
    assert capsys.readouterr().err.count("\r") <= 3


def test_bar_can_be_switched_off(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(total=3, disable=True) as bar:
        bar.update(3)
    assert capsys.readouterr().err == ""
