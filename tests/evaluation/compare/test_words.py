"""What a comparison says."""

from collections.abc import Callable

from detente.evaluation.compare.comparison import compare
from detente.evaluation.compare.contenders import Run
from detente.evaluation.compare.words import gain, headline, notes, p_figure, p_words, slice_sentence

Make = Callable[..., Run]


def test_a_difference_beyond_chance_is_called_one(make_run: Make) -> None:
    (sentence,) = headline(compare([make_run("weak", range(0, 60, 2)), make_run("good", [1])]))
    assert sentence.startswith("good is better than weak: macro-F1 0.992 against 0.")
    assert sentence.endswith("p < 0.001.")


def test_no_difference_beyond_chance_is_not_called_one(make_run: Make) -> None:
    (sentence,) = headline(compare([make_run("a", [1, 2, 3]), make_run("b", [4, 8])]))
    assert sentence.startswith(
        "b and a can't be told apart on these examples: macro-F1 0.983 against 0.975, +0.008 (-0.0"
    )


def test_of_several_it_says_who_is_tied_and_who_is_worse(make_run: Make) -> None:
    runs = [make_run("a", [1, 5]), make_run("b", [2, 7, 9]), make_run("c", range(0, 60, 2))]
    best, tied, worse = headline(compare(runs))
    assert best.startswith("Best by macro-F1: a, 0.983 (0.9")
    assert tied == "Can't be told from it on these examples: b."
    assert worse == "Worse beyond chance: c."


def test_a_gain_is_positive_for_the_better_one_whatever_the_figure(make_run: Make) -> None:
    for by in ("macro_f1", "nll"):
        comparison = compare([make_run("weak", range(0, 60, 2)), make_run("good", [1])], by=by)
        _, difference = comparison.others[0]
        value, (low, high) = gain(comparison, difference, "good")
        assert 0 < low < value < high
        assert gain(comparison, difference, "weak") == (-value, (-high, -low))


class TestNotes:
    def found(self, *runs: Run, on_common: bool = False) -> str:
        return "\n".join(notes(compare(runs, on_common=on_common)))

    def test_the_data_are_named(self, make_run: Make) -> None:
        found = self.found(make_run("a"), make_run("b", [1]))
        assert "120 examples of 40 groups, file test, fingerprint 0123456789ab." in found

    def test_single_runs_say_nothing_of_settings(self, make_run: Make) -> None:
        assert "One run each: this is about these models" in self.found(make_run("a"), make_run("b", [1]))

    def test_seeds_of_one_config_are_called_that(self, make_run: Make) -> None:
        found = self.found(make_run("a1", seed=1), make_run("a2", [1], seed=2))
        assert "These runs differ by their seed alone." in found

    def test_a_contender_with_one_seed_among_others_is_named(self, make_run: Make) -> None:
        found = self.found(make_run("a1", seed=1), make_run("a2", [1], seed=2), make_run("b1", [2], seed=1))
        assert "count both examples and seeds" in found
        assert "With one seed, these are taken to vary as the others do: b1." in found

    def test_other_data_are_owned_to(self, make_run: Make, make_evaluated: Callable) -> None:
        found = self.found(make_run("a"), make_run("b", evaluated=make_evaluated(size=150)), on_common=True)
        assert "evaluated on different data. Only the common examples count; left out: 30 of b." in found

    def test_a_leak_is_repeated(self, make_run: Make) -> None:
        found = self.found(make_run("a", leaks="texts 9.0%"), make_run("b", [1]), make_run("c", leaks="texts 9.0%"))
        assert found.count("leaks") == 1
        assert "The test file leaks, for a, c: texts 9.0%." in found

    def test_few_groups_are_called_few(self, make_run: Make, make_evaluated: Callable) -> None:
        runs = [make_run(name, evaluated=make_evaluated(size=60)) for name in "ab"]
        assert "With fewer than 30 groups" in self.found(*runs)

    def test_slices_that_runs_do_not_share_are_named(self, make_run: Make, make_evaluated: Callable) -> None:
        runs = [
            make_run(name, evaluated=make_evaluated(by={"text": [value] * 120, "outlet": ["x"] * 120}))
            for name, value in (("a", "seen"), ("b", "unseen"))
        ]
        assert "Runs with other training files put examples into other slices; those are in none: text." in self.found(
            *runs
        )

    def test_times_of_different_machines_do_not_compare(self, make_run: Make) -> None:
        assert "different machines" in self.found(make_run("a", machine="x"), make_run("b", machine="y"))
        assert "different machines" not in self.found(make_run("a", machine="x"), make_run("b", machine="x"))


def test_slices_are_counted(make_run: Make, make_evaluated: Callable) -> None:
    by = {"half": ["front"] * 60 + ["back"] * 60}
    runs = [make_run("good", evaluated=make_evaluated(by=by))]
    runs.append(make_run("weak", evaluated=make_evaluated(range(0, 60, 2), by=by)))
    assert slice_sentence(compare(runs)) == "1 of 2 slices differ from good beyond chance."
    assert slice_sentence(compare([make_run("a"), make_run("b")])) == "No slice is large enough to be tested."


def test_p_values_are_printed_as_in_papers() -> None:
    assert (p_words(0.00005), p_words(0.0432)) == ("p < 0.001", "p = 0.043")
    assert (p_figure(0.00005), p_figure(0.0432)) == ("< 0.001", "0.043")
