import csv
import json
from pathlib import Path
from typing import Any

import pytest

from detente.configs.errors import InputError
from detente.data.labelling.coders import Merged, Verdict, merge_votes, read_coding, settle, write_merged
from detente.data.labelling.label_studio import to_task
from detente.data.labelling.sheets import write_sheet
from detente.data.labelling.votes import ANSWERS, Coding, Vote, make_vote
from detente.data.reading import read_examples
from detente.data.records import Example

SUPPORT, NEUTRAL, OPPOSE, UNSURE, BAD = ANSWERS


def coded(example: Example, *answers: Any, **changes: Any) -> Coding:
    """The answers of as many coders, c0, c1, ..."""
    coding = Coding()
    coding.add_example(example, "here")
    for number, answer in enumerate(answers):
        vote = answer if isinstance(answer, Vote) else make_vote(example, f"c{number}", answer, **changes)
        coding.add_vote(vote, "here")
    return coding


def answered_sheet(path: Path, example: Example, **cells: str) -> Path:
    write_sheet(path, [example], {})
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row | cells for row in csv.DictReader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


class TestSheetsOfOneName:
    def test_two_coders_are_not_taken_for_one(self, tmp_path: Path, plain: Example) -> None:
        paths = [answered_sheet(tmp_path / who / "coders.csv", plain, label="support") for who in ("ada", "ben")]
        with pytest.raises(InputError, match=r"ben/coders.csv: expected a sheet for each coder.*ada/coders.csv"):
            read_coding(paths)

    def test_they_may_name_their_coders(self, tmp_path: Path, plain: Example) -> None:
        answers = {"ada": "support", "ben": "oppose"}
        paths = [
            answered_sheet(tmp_path / who / "coders.csv", plain, label=answer, coder=who)
            for who, answer in answers.items()
        ]
        assert {vote.coder: vote.answer for vote in read_coding(paths).votes} == {"ada": SUPPORT, "ben": OPPOSE}

    def test_a_coder_may_have_several_with_other_examples(self, tmp_path: Path, plain: Example) -> None:
        examples = [plain, plain.model_copy(update={"id": "another"})]
        paths = [
            answered_sheet(tmp_path / f"round-{number}" / "ada.csv", example, label="support")
            for number, example in enumerate(examples)
        ]
        assert [vote.coder for vote in read_coding([*paths, paths[0]]).votes] == ["ada", "ada"]


class TestSettle:
    @pytest.mark.parametrize(
        ("answers", "verdict", "label"),
        [
            ([SUPPORT], Verdict.SINGLE, SUPPORT),
            ([UNSURE], Verdict.SINGLE, None),
            ([SUPPORT, SUPPORT], Verdict.UNANIMOUS, SUPPORT),
            ([SUPPORT, OPPOSE], Verdict.OPEN, None),
            ([SUPPORT, UNSURE], Verdict.OPEN, None),
            ([OPPOSE, OPPOSE, NEUTRAL], Verdict.MAJORITY, OPPOSE),
            ([SUPPORT, NEUTRAL, OPPOSE], Verdict.OPEN, None),
            ([OPPOSE, OPPOSE, NEUTRAL, SUPPORT], Verdict.OPEN, None),
            ([OPPOSE, OPPOSE, NEUTRAL, NEUTRAL], Verdict.OPEN, None),
            ([UNSURE, BAD], Verdict.UNANIMOUS, None),
            ([UNSURE, BAD, SUPPORT], Verdict.MAJORITY, None),
            ([UNSURE, SUPPORT, SUPPORT], Verdict.MAJORITY, SUPPORT),
        ],
    )
    def test_more_than_half_decide(self, answers: list[Any], verdict: Verdict, label: Any, plain: Example) -> None:
        for order in (answers, answers[::-1]):
            votes = [make_vote(plain, str(number), answer) for number, answer in enumerate(order)]
            assert settle(votes) == (verdict, label)

    def test_ground_truth_stands_above_the_majority(self, plain: Example) -> None:
        votes = [
            make_vote(plain, "a", SUPPORT),
            make_vote(plain, "b", SUPPORT),
            make_vote(plain, "c", OPPOSE, decisive=True),
        ]
        assert settle(votes) == (Verdict.GROUND_TRUTH, OPPOSE)

    def test_ground_truths_that_differ_are_left_open(self, plain: Example) -> None:
        assert (
            settle([make_vote(plain, str(answer), answer, decisive=True) for answer in (SUPPORT, OPPOSE)])[0]
            is Verdict.OPEN
        )


class TestMerge:
    def test_a_label_and_votes_are_all_that_is_added(self, awkward: Example) -> None:
        (merged,) = merge_votes(coded(awkward, SUPPORT, SUPPORT)).labelled
        earlier = awkward.meta.get("votes", {})
        added = {"votes": {**earlier, "c0": "support", "c1": "support"}}
        if awkward.label:
            added["label_before"] = "oppose"
        assert merged == awkward.model_copy(update={"label": SUPPORT, "meta": {**awkward.meta, **added}})

    def test_the_same_label_leaves_no_trace_of_the_former(self, plain: Example) -> None:
        (merged,) = merge_votes(coded(plain.model_copy(update={"label": SUPPORT}), SUPPORT)).labelled
        assert "label_before" not in merged.meta

    def test_comments_are_kept_by_coder(self, plain: Example) -> None:
        (merged,) = merge_votes(
            coded(plain, make_vote(plain, "ann", SUPPORT, comment="odd"), NEUTRAL, NEUTRAL)
        ).labelled
        assert merged.meta["comments"] == {"ann": "odd"}

    def test_what_a_user_had_under_the_name_is_kept(self, plain: Example) -> None:
        mine = plain.model_copy(update={"meta": {"votes": 12}})
        assert merge_votes(coded(mine, SUPPORT)).labelled[0].meta["votes"] == {"before": 12, "c0": "support"}

    def test_disagreement_excluded_and_uncoded_examples_are_told_apart(self, plain: Example) -> None:
        open_, excluded, uncoded = (plain.model_copy(update={"id": id_}) for id_ in ("open", "excluded", "uncoded"))
        coding = coded(plain, SUPPORT, SUPPORT)
        for example, answers in ((open_, (SUPPORT, OPPOSE)), (excluded, (BAD, UNSURE)), (uncoded, ())):
            coding.add_example(example, "here")
            for number, answer in enumerate(answers):
                coding.add_vote(make_vote(example, f"c{number}", answer), "here")
        merged = merge_votes(coding)
        parts = (merged.labelled, merged.adjudicate, merged.excluded)
        assert [[example.id for example in part] for part in parts] == [["e"], ["open"], ["excluded"]]
        assert [example.label for part in parts for example in part] == [SUPPORT, None, None]
        assert merged.adjudicate[0].meta["votes"] == {"c0": "support", "c1": "oppose"}
        assert merged.without_votes == 1
        assert merged.verdicts == {Verdict.UNANIMOUS: 2, Verdict.OPEN: 1}
        assert merged.shared == 3

    def test_an_open_example_loses_its_former_label_to_meta(self, plain: Example) -> None:
        (merged,) = merge_votes(coded(plain.model_copy(update={"label": NEUTRAL}), SUPPORT, OPPOSE)).adjudicate
        assert merged.label is None
        assert merged.meta["label_before"] == "neutral"


class TestSpans:
    def merge(self, plain: Example, *starts: int) -> tuple[Merged, Example]:
        """Coders who let the actor begin at these characters, and one with a spreadsheet, who can't move it."""
        target = {"target_span": plain.target_span}
        votes = [
            make_vote(plain, str(number), SUPPORT, actor_span=(start, 7), **target)
            for number, start in enumerate(starts)
        ]
        votes.append(make_vote(plain, "sheet", SUPPORT))
        merged = merge_votes(coded(plain, *votes))
        return merged, merged.labelled[0]

    @pytest.mark.parametrize(
        ("starts", "start"), [([0, 0, 3], 0), ([3, 3, 0], 3), ([0, 3], 3), ([3, 0], 3), ([2, 3], 2)]
    )
    def test_most_coders_or_the_correction_decide(self, starts: list[int], start: int, plain: Example) -> None:
        merged, example = self.merge(plain, *starts)
        assert example.actor_span == (start, 7)
        assert (merged.moved_spans, merged.disputed_spans) == (start != 0, 1)

    def test_the_exported_spans_are_kept_in_meta(self, plain: Example) -> None:
        _, example = self.merge(plain, 3, 3)
        assert example.meta["spans_before"] == [[0, 7], [16, 23]]
        assert "spans_before" not in self.merge(plain, 0, 0)[1].meta

    def test_ground_truth_decides_on_spans_too(self, plain: Example) -> None:
        votes = [make_vote(plain, "a", SUPPORT), make_vote(plain, "b", SUPPORT)]
        votes.append(make_vote(plain, "c", SUPPORT, actor_span=(3, 7), decisive=True))
        assert merge_votes(coded(plain, *votes)).labelled[0].actor_span == (3, 7)


class TestFiles:
    def sheet(self, path: Path, examples: list[Example], label: str) -> Path:
        write_sheet(path, examples, {})
        path.write_text(path.read_text("utf-8").replace(",,,,,,", f",{label},,,,,"), "utf-8")
        return path

    def test_sheets_and_exports_join(self, tmp_path: Path, plain: Example) -> None:
        sheet = self.sheet(tmp_path / "ann.csv", [plain], "support")
        result = [{"from_name": "stance", "value": {"choices": ["oppose"]}}]
        task = to_task(plain) | {"annotations": [{"completed_by": 2, "result": result}, {"was_cancelled": True}]}
        export = tmp_path / "export.json"
        export.write_text(json.dumps([task]))
        coding = read_coding([sheet, export])
        assert [(vote.coder, vote.answer) for vote in coding.votes] == [("ann", "support"), ("2", "oppose")]
        assert coding.skipped.total() == 1
        assert list(coding.examples.values()) == [plain]

    def test_sheets_of_two_exports_with_the_same_ids_are_refused(self, tmp_path: Path, plain: Example) -> None:
        one = self.sheet(tmp_path / "a.csv", [plain], "support")
        other = self.sheet(tmp_path / "b.csv", [plain.model_copy(update={"target": "Else"})], "support")
        with pytest.raises(InputError, match=r"b.csv: expected example 'e' as .*; found another target"):
            read_coding([one, other])

    def test_files_of_other_kinds_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"votes.jsonl: expected Label Studio's export \(.json\) or a coder's"):
            read_coding([tmp_path / "votes.jsonl"])

    def test_files_without_an_answer_are_refused(self, tmp_path: Path, plain: Example) -> None:
        write_sheet(tmp_path / "a.csv", [plain], {})
        with pytest.raises(InputError, match=r"a.csv: expected answers of coders; found none"):
            read_coding([tmp_path / "a.csv"])

    @pytest.mark.parametrize("name", ["labelled.jsonl", "my.labelled.csv.gz", "labelled.parquet"])
    def test_three_files_are_written(self, name: str, tmp_path: Path, plain: Example) -> None:
        merged = Merged(labelled=[plain], excluded=[plain, plain.model_copy(update={"id": "f"})])
        written = write_merged(tmp_path / name, merged)
        stem, _, suffix = name.partition("labelled")
        names = [f"{stem}labelled{part}{suffix}" for part in ("", "-adjudicate", "-excluded")]
        assert {path.name: count for path, count in written.items()} == dict(zip(names, (1, 0, 2), strict=True))
        assert list(read_examples(tmp_path / names[0])) == [plain]

    def test_an_adjudicated_example_keeps_the_votes_of_both_rounds(self, tmp_path: Path, plain: Example) -> None:
        first = [self.sheet(tmp_path / f"{label}.csv", [plain], label) for label in ("support", "oppose")]
        still_open = merge_votes(read_coding(first)).adjudicate
        write_sheet(tmp_path / "eva.csv", still_open, {})
        text = (tmp_path / "eva.csv").read_text("utf-8")
        (tmp_path / "eva.csv").write_text(text.replace(",,,,,", ",oppose,,,,"), "utf-8")
        (final,) = merge_votes(read_coding([tmp_path / "eva.csv"])).labelled
        assert final.label == "oppose"
        assert final.meta["votes"] == {"support": "support", "oppose": "oppose", "eva": "oppose"}
