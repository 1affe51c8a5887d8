import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from detente.configs.errors import InputError
from detente.data.labelling.label_studio import labelling_config, read_export, to_task, write_tasks
from detente.data.labelling.votes import ANSWERS, Coding, Vote
from detente.data.records import Example, Prediction


def choice(answer: str) -> dict[str, Any]:
    return {"from_name": "stance", "to_name": "text", "type": "choices", "value": {"choices": [answer]}}


def region(label: str, start: Any, end: Any, text: Any) -> dict[str, Any]:
    value = {"start": start, "end": end, "text": text, "labels": [label]}
    return {"id": label, "from_name": "mention", "to_name": "text", "type": "labels", "value": value}


def annotation(*result: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"completed_by": 1, "was_cancelled": False, "ground_truth": False, "result": list(result)} | changes


def export_file(folder: Path, example: Example, *annotations: dict[str, Any], **changes: Any) -> Path:
    path = folder / "export.json"
    path.write_text(json.dumps([to_task(example) | {"id": 7, "annotations": list(annotations)} | changes]), "utf-8")
    return path


def reasons(coding: Coding) -> list[str]:
    return [problem.reason for problem in coding.problems]


class TestConfig:
    def test_the_page_offers_every_answer_with_a_key_of_its_own(self) -> None:
        choices = list(ElementTree.fromstring(labelling_config()).iter("Choice"))
        assert [one.get("value") for one in choices] == list(ANSWERS)
        keys = [one.get("hotkey") for one in ElementTree.fromstring(labelling_config()).iter() if one.get("hotkey")]
        assert len(set(keys)) == len(keys) == len(ANSWERS) + 2

    def test_predictions_name_the_tags_and_labels_of_the_page(self, plain: Example, prediction: Prediction) -> None:
        page = ElementTree.fromstring(labelling_config())
        tags = {tag.get("name"): tag for tag in page.iter() if tag.get("name")}
        for item in to_task(plain, prediction, "m1")["predictions"][0]["result"]:
            tag = tags[item["from_name"]]
            assert (tag.tag.lower(), tag.get("toName")) == (item["type"], item["to_name"])
            names = item["value"].get("labels") or item["value"]["choices"]
            assert set(names) <= {child.get("value") for child in tag}

    def test_tasks_have_what_the_page_shows(self, awkward: Example) -> None:
        shown = {tag.get("value", "")[1:] for tag in ElementTree.fromstring(labelling_config()).iter()}
        assert {"question", "note", "shown"} <= shown & to_task(awkward)["data"].keys()


class TestTasks:
    def test_data_is_the_whole_example(self, awkward: Example) -> None:
        data = to_task(awkward)["data"]
        assert {name: data[name] for name in Example.model_fields} == awkward.model_dump(mode="json")

    def test_regions_hold_their_own_text(self, awkward: Example) -> None:
        task = to_task(awkward)
        for item in [item for prediction in task["predictions"] for item in prediction["result"]]:
            value = item["value"]
            assert task["data"]["shown"][value["start"] : value["end"]] == value["text"]
            assert value["text"] == {"Actor": awkward.actor, "Target": awkward.target}[value["labels"][0]]

    def test_no_carriage_return_is_shown_and_nothing_moves(self, awkward: Example) -> None:
        shown = to_task(awkward)["data"]["shown"]
        assert "\r" not in shown
        assert len(shown) == len(awkward.text)

    def test_the_models_answer_is_a_pre_annotation(self, plain: Example, prediction: Prediction) -> None:
        (given,) = to_task(plain, prediction, "m1")["predictions"]
        assert (given["model_version"], given["score"]) == ("m1", 0.7)
        assert [item["value"] for item in given["result"]][-1] == {"choices": ["oppose"]}

    def test_without_a_model_the_spans_are_still_marked(self, plain: Example) -> None:
        (given,) = to_task(plain)["predictions"]
        assert [item["value"]["labels"] for item in given["result"]] == [["Actor"], ["Target"]]
        assert "score" not in given

    def test_with_nothing_to_mark_there_is_no_pre_annotation(self, plain: Example) -> None:
        bare = plain.model_copy(update={"actor_span": None, "target_span": None})
        assert to_task(bare)["predictions"] == []

    def test_votes_of_an_earlier_round_are_shown(self, plain: Example) -> None:
        voted = plain.model_copy(update={"meta": {"votes": {"ann": "support", "ben": "oppose"}}})
        assert to_task(voted)["data"]["note"] == "Votes so far: ann: support, ben: oppose"
        assert to_task(plain)["data"]["note"] == ""

    def test_the_page_stands_beside_the_tasks(self, tmp_path: Path, plain: Example) -> None:
        assert write_tasks(tmp_path / "new" / "tasks.json", [plain], {}) == 1
        assert (tmp_path / "new" / "tasks.xml").read_text("utf-8") == labelling_config()


class TestRoundTrip:
    def test_nothing_is_lost(self, tmp_path: Path, awkward_ones: list[Example]) -> None:
        path = tmp_path / "tasks.json"
        write_tasks(path, awkward_ones, {})
        tasks = json.loads(path.read_bytes())
        for task in tasks:  # a coder takes the pre-annotation over, and chooses
            result = task["predictions"][0]["result"] if task["predictions"] else []
            task["annotations"] = [annotation(*result, choice("neutral"))]
        path.write_text(json.dumps(tasks))
        coding = read_export(path)
        assert list(coding.examples.values()) == awkward_ones
        assert [(vote.actor_span, vote.target_span) for vote in coding.votes] == [
            (example.actor_span, example.target_span) for example in awkward_ones
        ]
        assert coding.problems == []


class TestAnnotations:
    def vote(self, folder: Path, example: Example, *result: dict[str, Any], **changes: Any) -> Vote:
        coding = read_export(export_file(folder, example, annotation(*result, **changes)))
        assert coding.problems == []
        (vote,) = coding.votes
        return vote

    @pytest.mark.parametrize(
        ("completed_by", "coder"),
        [(3, "3"), ({"id": 3, "email": "ann@example.org"}, "ann@example.org"), ({"id": 3}, "3"), (None, "unknown")],
    )
    def test_the_coder_is_an_address_or_a_number(
        self, completed_by: Any, coder: str, tmp_path: Path, plain: Example
    ) -> None:
        assert self.vote(tmp_path, plain, choice("support"), completed_by=completed_by).coder == coder

    def test_each_coder_of_a_task_has_a_vote(self, tmp_path: Path, plain: Example) -> None:
        both = [annotation(choice("support")), annotation(choice("unsure"), completed_by=2)]
        votes = read_export(export_file(tmp_path, plain, *both)).votes
        assert [(vote.coder, vote.answer) for vote in votes] == [("1", "support"), ("2", "unsure")]

    def test_what_a_coder_gave_up_is_counted(self, tmp_path: Path, plain: Example) -> None:
        cancelled = annotation(choice("support"), was_cancelled=True)
        coding = read_export(export_file(tmp_path, plain, cancelled, drafts=[{"result": []}]))
        assert coding.votes == []
        assert coding.skipped == {"skipped by the coder": 1, "draft, not submitted": 1}

    def test_ground_truth_is_decisive(self, tmp_path: Path, plain: Example) -> None:
        assert self.vote(tmp_path, plain, choice("support"), ground_truth=True).decisive

    @pytest.mark.parametrize("text", [["look 🙂", "twice"], "look 🙂\ntwice"])
    def test_the_comment_is_kept(self, text: Any, tmp_path: Path, plain: Example) -> None:
        comment = {"from_name": "comment", "to_name": "text", "type": "textarea", "value": {"text": text}}
        assert self.vote(tmp_path, plain, choice("support"), comment).comment == "look 🙂\ntwice"

    def test_the_later_one_of_two_by_one_coder_stands(self, tmp_path: Path, plain: Example) -> None:
        later = annotation(choice("oppose"), updated_at="2026-01-02T00:00:00Z")
        earlier = annotation(choice("support"), updated_at="2026-01-01T00:00:00Z")
        assert [vote.answer for vote in read_export(export_file(tmp_path, plain, later, earlier)).votes] == ["oppose"]

    @pytest.mark.parametrize(
        ("result", "reason"),
        [
            ([], "expected one of support, neutral, oppose, unsure, bad example; found none"),
            ([choice("for")], "expected support, neutral, oppose, unsure or bad example; found 'for'"),
        ],
    )
    def test_an_annotation_without_an_answer_is_a_problem(
        self, result: list[dict[str, Any]], reason: str, tmp_path: Path, plain: Example
    ) -> None:
        coding = read_export(export_file(tmp_path, plain, annotation(*result)))
        assert coding.votes == []
        assert coding.problems[0].place.endswith("export.json: task 7")
        assert reasons(coding) == [f"the answer of coder 1: {reason}"]


class TestSpans:
    TEXT = "🚀🚀 Norland and old Norland 👍🏽 met Kestria."

    @pytest.fixture
    def example(self, plain: Example) -> Example:
        return plain.model_copy(update={"text": self.TEXT, "actor_span": (3, 10), "target_span": (34, 41)})

    def read(self, folder: Path, example: Example, *regions: dict[str, Any]) -> tuple[Vote, list[str]]:
        coding = read_export(export_file(folder, example, annotation(choice("support"), *regions)))
        return coding.votes[0], reasons(coding)

    def test_a_moved_region_moves_the_span(self, tmp_path: Path, example: Example) -> None:
        vote, faults = self.read(tmp_path, example, region("Actor", 15, 26, "old Norland"))
        assert faults == []
        assert (vote.actor_span, vote.target_span) == ((15, 26), (34, 41))

    def test_offsets_in_utf_16_units_are_told_by_the_text(self, tmp_path: Path, example: Example) -> None:
        units = len(self.TEXT[:34].encode("utf-16-le")) // 2
        assert units == 38
        vote, faults = self.read(tmp_path, example, region("Target", units, units + 7, "Kestria"))
        assert faults == []
        assert vote.target_span == (34, 41)

    def test_space_at_the_ends_of_a_region_is_left_out(self, tmp_path: Path, example: Example) -> None:
        vote, _ = self.read(tmp_path, example, region("Actor", 14, 27, " old Norland "))
        assert vote.actor_span == (15, 26)

    def test_a_region_over_a_line_end_is_known_again(self, tmp_path: Path, plain: Example) -> None:
        example = plain.model_copy(update={"text": "The Norland\r\npeople met Kestria.", "target_span": None})
        vote, faults = self.read(tmp_path, example, region("Actor", 4, 19, "Norland \\npeople"))
        assert faults == []
        assert vote.actor_span == (4, 19)

    def test_a_name_without_a_region_keeps_its_span(self, tmp_path: Path, example: Example) -> None:
        vote, faults = self.read(tmp_path, example, region("Target", 34, 40, "Kestri"))
        assert faults == []
        assert (vote.actor_span, vote.target_span) == ((3, 10), (34, 40))

    def test_without_regions_the_coder_says_nothing_of_spans(self, tmp_path: Path, example: Example) -> None:
        vote, faults = self.read(tmp_path, example)
        assert faults == []
        assert (vote.actor_span, vote.target_span) == (None, None)

    @pytest.mark.parametrize(
        "bad",
        [
            region("Actor", 4, 11, "Norland"),
            region("Actor", 3, 10, None),
            region("Actor", None, None, "Norland"),
            region("Actor", -5, 10, "Norland"),
            region("Actor", 3, 999, "Norland"),
        ],
    )
    def test_a_region_that_is_not_at_its_text_is_a_problem_and_the_span_stays(
        self, bad: dict[str, Any], tmp_path: Path, example: Example
    ) -> None:
        vote, (fault,) = self.read(tmp_path, example, bad)
        assert (vote.actor_span, vote.target_span) == (None, None)
        assert fault.startswith("coder 1: expected the Actor region to hold its own text; found ")
        assert fault.endswith("; the span stays as it was exported")

    def test_two_regions_of_a_name_are_a_problem(self, tmp_path: Path, example: Example) -> None:
        both = [region("Actor", 3, 10, "Norland"), region("Actor", 15, 26, "old Norland")]
        vote, (fault,) = self.read(tmp_path, example, *both)
        assert vote.actor_span is None
        assert fault.startswith("coder 1: expected one Actor region; found 2")

    def test_both_names_in_one_place_are_a_problem(self, tmp_path: Path, example: Example) -> None:
        vote, (fault,) = self.read(tmp_path, example, region("Actor", 34, 41, "Kestria"))
        assert vote.actor_span is None
        assert "Actor and Target are both at [34, 41]" in fault


class TestBadFiles:
    def fault(self, folder: Path, content: str) -> str:
        path = folder / "export.json"
        path.write_text(content)
        with pytest.raises(InputError) as caught:
            read_export(path)
        return str(caught.value)

    def test_json_min_is_refused_by_name(self, tmp_path: Path) -> None:
        fault = self.fault(tmp_path, '[{"id": 1, "text": "Norland met Kestria.", "stance": "support", "annotator": 1}]')
        assert "found id, text, stance, annotator in task 1, as in JSON-MIN" in fault
        assert fault.endswith("Export again, in the format JSON.")

    @pytest.mark.parametrize(
        ("content", "found"),
        [
            ("text", "not JSON"),
            ("{}", "expected a list of tasks"),
            ("[1]", "expected a list of tasks"),
            ('[{"data": {}, "annotations": [5]}]', "found data, annotations in task 1"),
            ("[{}]", "found nothing in task 1"),
        ],
    )
    def test_other_files_are_refused(self, content: str, found: str, tmp_path: Path) -> None:
        assert found in self.fault(tmp_path, content)

    def test_a_missing_file_is_an_input_error(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="expected a file; No such file"):
            read_export(tmp_path / "export.json")

    def test_a_task_that_is_no_example_is_a_problem(self, tmp_path: Path, plain: Example) -> None:
        path = export_file(tmp_path, plain, data={"text": "Norland met Kestria."})
        coding = read_export(path)
        assert coding.examples == {}
        assert reasons(coding) == [
            "id: expected a value; found none; actor: expected a value; found none; "
            "target: expected a value; found none"
        ]
