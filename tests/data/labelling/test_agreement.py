import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from detente.configs.errors import InputError
from detente.data.labelling.agreement import alpha, measure_agreement, read_votes, specific_agreement
from detente.data.labelling.sheets import write_sheet
from detente.data.labelling.votes import ANSWERS, Vote, make_vote
from detente.data.reading import write_records
from detente.data.records import Example

SUPPORT, NEUTRAL, OPPOSE, UNSURE, BAD = ANSWERS


def counts_of(coders: Sequence[str], values: str) -> np.ndarray:
    """Of each unit, how many coders gave each value; a coder is a string with one character a unit, "." for none."""
    return np.array([[unit.count(value) for value in values] for unit in map("".join, zip(*coders, strict=True))])


class TestAlpha:
    """The worked examples A, B and C of Krippendorff (2011), Computing Krippendorff's Alpha-Reliability."""

    FOUR_OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")

    def test_two_observers_and_two_values(self) -> None:
        assert round(alpha(counts_of(["0100000010", "1110010000"], "01"), "nominal"), 3) == 0.095

    def test_two_observers_and_five_values(self) -> None:
        assert round(alpha(counts_of(["aabbdcccedda", "babbbccceddd"], "abcde"), "nominal"), 3) == 0.692

    @pytest.mark.parametrize(("level", "value"), [("nominal", 0.743), ("ordinal", 0.815)])
    def test_four_observers_with_missing_values(self, level: str, value: float) -> None:
        assert round(alpha(counts_of(self.FOUR_OBSERVERS, "12345"), level), 3) == value

    def test_units_of_one_coder_say_nothing(self) -> None:
        both = counts_of(["ab.b", "ba.b"], "ab")
        assert alpha(np.vstack([both, [[1, 0], [0, 1]]]), "nominal") == alpha(both, "nominal")

    def test_it_is_undefined_where_all_answers_are_the_same(self) -> None:
        assert math.isnan(alpha(counts_of(["aaa", "aaa"], "ab"), "nominal"))


class TestSpecificAgreement:
    def test_of_two_coders_it_is_twice_the_agreed_over_all_in_the_category(self) -> None:
        both, one, other, neither = [[2, 0]] * 40, [[1, 1]] * 9, [[1, 1]] * 6, [[0, 2]] * 45
        wanted = [2 * 40 / (2 * 40 + 9 + 6), 2 * 45 / (2 * 45 + 9 + 6)]
        assert specific_agreement(np.array(both + one + other + neither)) == pytest.approx(wanted)

    def test_of_three_coders_pairs_are_pooled(self) -> None:
        assert specific_agreement(np.array([[3, 0, 0], [2, 1, 0], [1, 0, 0]])) == pytest.approx(
            [8 / 10, 0, np.nan], nan_ok=True
        )


def votes_of(coders: dict[str, str], group: int = 1) -> list[Vote]:
    """The votes of coders, s, n, o, u or b for each example ("." for none); so many examples share a group."""
    answers = {answer[0]: answer for answer in ANSWERS}
    return [
        make_vote(
            Example(id=f"e{number}", actor="a", target="b", text=f"t{number}", group=f"g{number // group}"),
            coder,
            answers[letter],
        )
        for coder, letters in coders.items()
        for number, letter in enumerate(letters)
        if letter != "."
    ]


class TestMeasures:
    def test_ordinal_alpha_forgives_the_neighbour_and_nominal_does_not(self) -> None:
        near = measure_agreement(votes_of({"x": "ssnnoo" * 4, "y": "ssnsoo" * 4}))
        far = measure_agreement(votes_of({"x": "ssnnoo" * 4, "y": "sonnoo" * 4}))
        assert near.nominal_alpha.value == pytest.approx(far.nominal_alpha.value, abs=0.02)
        assert near.ordinal_alpha.value > near.nominal_alpha.value > far.ordinal_alpha.value

    def test_agreement_on_each_stance(self) -> None:
        measured = measure_agreement(votes_of({"x": "ssnn", "y": "ssno"}))
        assert {stance: estimate.value for stance, estimate in measured.per_stance.items()} == {
            SUPPORT: 1,
            NEUTRAL: 2 / 3,
            OPPOSE: 0,
        }
        assert list(measured.per_stance) == [SUPPORT, NEUTRAL, OPPOSE]
        assert measured.agreement.value == 0.75

    def test_unsure_and_bad_examples_are_missing_values(self) -> None:
        with_them = measure_agreement(votes_of({"x": "snobu", "y": "nnosb", "z": "sn.uo"}))
        without = measure_agreement(votes_of({"x": "sno..", "y": "nnos.", "z": "sn..o"}))
        assert with_them.nominal_alpha == without.nominal_alpha
        assert with_them.examples == 3
        assert with_them.coders[0].answers == {SUPPORT: 1, NEUTRAL: 1, OPPOSE: 1, UNSURE: 1, BAD: 1}

    def test_pairs_and_coders(self) -> None:
        measured = measure_agreement(votes_of({"z": "sn.", "x": "snos", "y": "so.."}))
        assert [(pair.coders, pair.examples, pair.agreement) for pair in measured.pairs] == [
            (("x", "y"), 2, 0.5),
            (("x", "z"), 2, 1),
            (("y", "z"), 2, 0.5),
        ]
        assert measured.pairs[1].nominal_alpha == 1
        assert [(one.coder, one.agreement) for one in measured.coders] == [("x", 0.75), ("y", 0.5), ("z", 0.75)]

    def test_a_coder_alone_has_no_agreement(self) -> None:
        measured = measure_agreement(votes_of({"x": "sn..", "y": "sn..", "z": "..so"}))
        assert measured.coders[2].agreement is None

    def test_the_order_of_the_votes_does_not_matter(self) -> None:
        votes = votes_of({"x": "snosnosno", "y": "snosnonos", "z": "nnosnosno"})
        assert measure_agreement(votes[::-1]) == measure_agreement(votes)

    def test_without_a_shared_example_it_is_an_input_error(self) -> None:
        with pytest.raises(InputError) as caught:
            measure_agreement(votes_of({"x": "sn..", "y": "..so", "z": "u..."}))
        assert str(caught.value).startswith(
            "expected examples to which two coders or more gave a stance; found none in 5 votes of 3 coders."
        )


class TestIntervals:
    def test_the_value_lies_within(self) -> None:
        measured = measure_agreement(votes_of({"x": "snosnosnosno" * 8, "y": "snosnosnnsso" * 8}))
        for estimate in measured.per_stance.values():
            assert estimate.low <= estimate.value <= estimate.high
        assert measured.nominal_alpha.low < measured.nominal_alpha.value < measured.nominal_alpha.high

    def test_larger_groups_give_a_wider_interval(self) -> None:
        def width(group: int, answers: dict[str, str]) -> float:
            estimate = measure_agreement(votes_of(answers, group)).nominal_alpha
            return estimate.high - estimate.low

        clustered = {"x": "snosnosn" * 12, "y": "snosnosn" * 9 + "nosnosns" * 3}
        assert width(8, clustered) > 1.5 * width(1, clustered)

    def test_one_group_gives_none(self) -> None:
        measured = measure_agreement(votes_of({"x": "sno", "y": "snn"}, group=3))
        assert measured.groups == 1
        assert measured.nominal_alpha.value is not None
        assert measured.nominal_alpha.low is None

    def test_undefined_figures_are_none_in_json_too(self) -> None:
        measured = measure_agreement(votes_of({"x": "ssss", "y": "ssss"}))
        assert measured.nominal_alpha.value is None
        assert (measured.agreement.value, measured.per_stance[NEUTRAL].value) == (1, None)
        assert json.loads(json.dumps(measured.as_dict(), allow_nan=False))["pairs"][0]["nominal_alpha"] is None


class TestReadVotes:
    def test_votes_come_from_jsonl_and_from_sheets(self, tmp_path: Path, plain: Example) -> None:
        write_records(tmp_path / "votes.jsonl", [make_vote(plain, "ann", SUPPORT, comment="é")], Vote)
        write_sheet(tmp_path / "ben.csv", [plain], {})
        sheet = (tmp_path / "ben.csv").read_text("utf-8").replace(",,,,,,", ",oppose,,,,,")
        (tmp_path / "ben.csv").write_text(sheet, "utf-8")
        votes = read_votes([tmp_path / "votes.jsonl", tmp_path / "ben.csv"]).votes
        assert {vote.coder: vote.answer for vote in votes} == {"ann": "support", "ben": "oppose"}
        assert read_votes([tmp_path / "votes.jsonl"]).votes == [make_vote(plain, "ann", SUPPORT, comment="é")]

    def test_labelled_examples_are_refused(self, tmp_path: Path, plain: Example) -> None:
        write_records(tmp_path / "labelled.jsonl", [plain], Example)
        with pytest.raises(InputError, match=r"labelled.jsonl:1: expected a vote, .* lack what coders disagree on"):
            read_votes([tmp_path / "labelled.jsonl"])

    @pytest.mark.parametrize(("line", "found"), [("no", "expected a JSON object"), ('{"coder": "x"}', "example_id: ")])
    def test_other_lines_are_refused(self, line: str, found: str, tmp_path: Path) -> None:
        (tmp_path / "votes.jsonl").write_text(line)
        with pytest.raises(InputError, match=rf"votes.jsonl:1: expected a vote, .*{found}"):
            read_votes([tmp_path / "votes.jsonl"])
