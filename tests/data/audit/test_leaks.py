import gzip
import io
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pandas
import pytest

from detente.data.audit.leaks import CASES_SHOWN, audit
from detente.data.audit.shared import KEYS
from detente.data.records import Example, Stance

SENTENCE = "The senator from the northern coast praised the fishing accord that the two ministries had signed."
DSE = Path(os.environ.get("DETENTE_CORPORA", Path(__file__).parents[4] / "shared" / "corpora")) / "raw" / "dse"


def example(id_: str, text: str, label: Stance | None = Stance.NEUTRAL, **changes: object) -> Example:
    return Example.model_validate(
        {"id": id_, "actor": "Norway", "target": "Kenya", "text": text, "label": label} | changes
    )


def shares(train: list[Example], test: list[Example]) -> dict[str, float]:
    return {kind: leak.share for kind, leak in audit(train, test).leaks.items() if leak.share}


class TestLeaks:
    def test_clean_part_has_none(self) -> None:
        found = audit([example("a", "Norway left.")], [example("b", "Norway stayed with us.")])
        assert (found.leaking, set(found.leaks)) == (0.0, set(KEYS))
        assert not any(leak.examples or leak.cases for leak in found.leaks.values())

    def test_same_text_is_found_whatever_its_case_and_spaces(self) -> None:
        test = [
            example("b", "NORWAY  left."),
            example("c", "Another one altogether."),
            example("d", "Yet another of them."),
        ]
        assert shares([example("a", "Norway left.")], test) == {"texts": pytest.approx(1 / 3)}

    def test_near_duplicate_is_found_and_is_no_text_as_well(self) -> None:
        test = [example("b", SENTENCE.replace("had signed", "signed")), example("c", SENTENCE)]
        found = audit([example("a", SENTENCE)], test)
        assert [(case.test.id, case.train.id) for case in found.leaks["near_duplicates"].cases] == [("b", "a")]
        assert [(case.test.id, case.train.id) for case in found.leaks["texts"].cases] == [("c", "a")]

    @pytest.mark.parametrize(
        ("kind", "origin"),
        [("articles", {"meta": {"article_id": 7}}), ("stories", {"meta": {"story": "s1"}}), ("groups", {"group": "g"})],
    )
    def test_shared_origin_is_found(self, kind: str, origin: dict[str, object]) -> None:
        train, test = [example("a", "Norway left.", **origin)], [example("b", "Others came.", **origin)]
        assert shares(train, test) == {kind: 1.0}

    def test_what_is_missing_on_both_sides_is_not_shared(self) -> None:
        assert (
            shares(
                [example("a", "Norway left.", meta={"story": ""})], [example("b", "Others came.", meta={"story": ""})]
            )
            == {}
        )

    def test_what_a_part_does_not_say_is_told(self) -> None:
        found = audit([example("a", "Norway left.", group="g")], [example("b", "Others came.", meta={"story": "s"})])
        assert {kind: leak.given for kind, leak in found.leaks.items()} == {
            "texts": True,
            "near_duplicates": True,
            "articles": False,
            "stories": False,
            "groups": False,
        }

    def test_an_article_is_no_story_of_the_same_name(self) -> None:
        train = [example("a", "Norway left.", meta={"article_id": "one"})]
        assert shares(train, [example("b", "Others came.", meta={"story": "one"}, group="one")]) == {}

    def test_example_in_two_leaks_leaks_once(self) -> None:
        train = [example("a", "Norway left.", group="g")]
        found = audit(train, [example("b", "Norway left.", group="g"), example("c", "Nobody else came.")])
        assert found.leaking == 0.5

    def test_cases_show_each_text_once_and_no_more_than_a_few(self) -> None:
        train = [example(f"a{n}", f"Text {n}.") for n in range(20)]
        test = [example(f"b{n}", f"Text {n // 2}.") for n in range(40)]
        leak = audit(train, test).leaks["texts"]
        assert leak.examples == 40
        assert [case.test.id for case in leak.cases] == [f"b{2 * n}" for n in range(CASES_SHOWN)]

    def test_the_first_training_example_is_shown(self) -> None:
        train = [example("a", "Norway left."), example("b", "Norway left.")]
        assert audit(train, [example("c", "Norway left.")]).leaks["texts"].cases[0].train.id == "a"

    @pytest.mark.parametrize("empty", ["train", "test"])
    def test_empty_part_is_refused(self, empty: str) -> None:
        parts = {"train": [example("a", "Norway left.")], "test": [example("b", "Norway left.")]} | {empty: []}
        with pytest.raises(ValueError, match="expected examples in both parts"):
            audit(parts["train"], parts["test"])


class TestParts:
    def test_repeated_rows_and_their_contradictions_are_counted(self) -> None:
        train = [
            example("a", "Norway left.", Stance.NEUTRAL),
            example("b", "norway left.", Stance.NEUTRAL),
            example("c", "Norway left.", Stance.OPPOSE),
            example("d", "Norway left.", Stance.OPPOSE, actor="Peru"),
        ]
        part = audit(train, train).train
        assert (part.examples, part.texts, part.repeated, part.contradictory) == (4, 1, 2, 1)
        assert part.stances == {"support": 0, "neutral": 2, "oppose": 2}


class TestLabels:
    def test_shared_rows_and_pairs_are_compared(self) -> None:
        train = [
            example("a", "Norway left.", Stance.OPPOSE),
            example("b", "Norway met Kenya.", Stance.NEUTRAL, actor="Kenya"),
        ]
        test = [example("c", "Norway left.", Stance.OPPOSE), example("d", "Others came.", Stance.SUPPORT)]
        labels = audit(train, test).labels
        assert labels is not None
        assert (labels.rows.examples, labels.rows.agreement) == (1, 1.0)
        assert (labels.pairs.examples, labels.pairs.agreement) == (2, 0.5)

    def test_examples_without_labels_are_left_out(self) -> None:
        train = [example("a", "Norway left."), example("b", "Norway came.", None)]
        labels = audit(train, [example("c", "Norway left."), example("d", "Norway came.", None)]).labels
        assert labels is not None
        assert labels.rows.examples == 1

    @pytest.mark.parametrize("unlabelled", [0, 1])
    def test_without_labels_in_a_part_nothing_is_said_about_them(self, unlabelled: int) -> None:
        parts = [[example(f"a{n}", "Norway left.", None if n == unlabelled else Stance.NEUTRAL)] for n in range(2)]
        found = audit(*parts)
        assert found.labels is None
        assert found.leaks["texts"].share == 1.0


def test_an_audit_is_plain_values_as_json(examples: list[Example]) -> None:
    found = audit(examples, examples).as_dict()
    assert json.dumps(json.loads(json.dumps(found))) == json.dumps(found)
    assert found["leaks"]["texts"]["share"] == found["leaking"] == 1.0
    assert found["leaks"]["texts"]["cases"][0] == {
        "test": "e0",
        "train": "e0",
        "test_text": examples[0].text,
        "train_text": examples[0].text,
    }
    assert found["labels"]["look_ups"]["identical rows"] == {"micro_f1": 1.0, "macro_f1": 1.0}


@pytest.mark.slow
class TestDirectedSentiment:
    """The published files of DSE (Park, Pan and Joo 2021), whose validation file repeats 394 training sentences."""

    CLASSES = ("neutral", "support", "support", "oppose", "oppose")

    def rows(self, part: str) -> Iterator[Example]:
        with gzip.open(DSE / f"{part}.txt.gz") as file:
            table = pandas.read_csv(
                io.TextIOWrapper(file, "utf-8"), sep="\t", header=None, dtype=str, keep_default_na=False
            )
        for number, (sentence, first, second, class_) in enumerate(table.itertuples(index=False), start=1):
            text = sentence.translate({ord("["): None, ord("]"): None})
            yield Example(id=f"{part}-{number}", actor=first, target=second, text=text, label=self.CLASSES[int(class_)])

    @pytest.mark.skipif(not DSE.is_dir(), reason=f"no raw/dse in DETENTE_CORPORA: {DSE}")
    def test_its_leak_is_found_in_seconds(self) -> None:
        train, valid = (list(self.rows(part)) for part in ("train", "valid"))
        start = time.process_time()
        found = audit(train, valid)
        assert time.process_time() - start < 30
        assert (found.train.examples, found.test.examples) == (13_144, 1_461)
        assert found.leaks["texts"].examples == 394
        assert found.leaks["texts"].share == pytest.approx(0.27, abs=0.001)
        assert 1 <= found.leaks["near_duplicates"].examples <= 10
        assert found.test.repeated == 15
        assert found.labels is not None
        assert found.labels.rows.agreement == 1.0
        assert found.labels.look_ups["identical rows"].macro_f1 > 0.7 > 2 * found.labels.majority.macro_f1
