import pytest

from detente.configs.errors import InputError
from detente.data.labelling.votes import ANSWERS, Coding, make_vote, to_answer
from detente.data.records import Example, Stance


class TestToAnswer:
    def test_every_answer_is_read(self) -> None:
        assert [to_answer(answer) for answer in ANSWERS] == list(ANSWERS)

    @pytest.mark.parametrize(("cell", "answer"), [(" OPPOSE\n", "oppose"), ("s", "support"), ("bad", "bad example")])
    def test_case_space_and_missing_letters_are_forgiven(self, cell: str, answer: str) -> None:
        assert to_answer(cell) in ANSWERS
        assert to_answer(cell) == answer

    @pytest.mark.parametrize("cell", ["for", "supported", "", "  "])
    def test_anything_else_is_a_fault_that_lists_the_answers(self, cell: str) -> None:
        fault = f"expected support, neutral, oppose, unsure or bad example; found '{cell}'"
        assert to_answer(cell) == fault


class TestCoding:
    def test_a_vote_holds_the_group_of_its_example_and_no_spans(self, plain: Example) -> None:
        vote = make_vote(plain, "ann", Stance.SUPPORT)
        assert (vote.group, vote.actor_span, vote.target_span) == ("g", None, None)
        alone = plain.model_copy(update={"group": None})
        assert make_vote(alone, "ann", Stance.SUPPORT).group == plain.text

    def test_one_example_may_come_in_several_files(self, plain: Example) -> None:
        coding = Coding()
        coding.add_example(plain, "a.csv:2")
        coding.add_example(plain.model_copy(), "b.csv:2")
        assert list(coding.examples.values()) == [plain]

    def test_two_examples_with_one_id_are_refused(self, plain: Example) -> None:
        coding = Coding()
        coding.add_example(plain, "a.csv:2")
        with pytest.raises(InputError) as caught:
            coding.add_example(plain.model_copy(update={"text": "Else.", "group": "h"}), "b.csv:2")
        assert str(caught.value) == (
            "b.csv:2: expected example 'e' as in the files before; found another text, group. "
            "Give the files of one export only."
        )

    def test_the_later_answer_of_a_coder_stands_and_the_change_is_told(self, plain: Example) -> None:
        coding = Coding()
        coding.add_vote(make_vote(plain, "ann", Stance.SUPPORT), "a.csv:2")
        coding.add_vote(make_vote(plain, "ann", Stance.OPPOSE), "a.csv:9")
        assert [vote.answer for vote in coding.votes] == [Stance.OPPOSE]
        (problem,) = coding.problems
        assert problem.place == "a.csv:9"
        assert problem.reason == "coder ann had answered support; the later answer, oppose, is taken"

    def test_the_same_answer_twice_is_no_problem(self, plain: Example) -> None:
        coding = Coding()
        for place in ("a.csv:2", "a.csv:3"):
            coding.add_vote(make_vote(plain, "ann", Stance.SUPPORT), place)
        assert len(coding.votes) == 1
        assert coding.problems == []
