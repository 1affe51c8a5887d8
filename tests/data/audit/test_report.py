import json
import re
from pathlib import Path

import pytest

from detente.configs.errors import InputError
from detente.data.audit.leaks import audit
from detente.data.audit.report import verdict, write_audit
from detente.data.records import Example, Stance

SUPPORT, NEUTRAL, OPPOSE = Stance.SUPPORT, Stance.NEUTRAL, Stance.OPPOSE


def example(number: int, text: str, label: Stance | None = NEUTRAL, **changes: object) -> Example:
    return Example.model_validate(
        {"id": f"x{number}", "actor": "Norway", "target": "Kenya", "text": text, "label": label} | changes
    )


def words(train: list[Example], test: list[Example]) -> list[str]:
    return verdict(audit(train, test), name="test", train="train")


class TestVerdict:
    def test_leak_comes_first_with_what_it_means(self) -> None:
        train = [example(n, f"Text {n}.") for n in range(3)]
        test = [*train, *(example(9, f"Other words about {n}.") for n in range(8))]
        assert words(train, test)[:2] == [
            "27.3% of the examples of test have their text in train (3 of 11).",
            "Figures on test say nothing about new text.",
        ]

    def test_small_leak_is_told_without_the_alarm(self) -> None:
        train = [example(0, "Text.")]
        found = words(train, [*train, *(example(n, f"Word{n} other{n} about{n}.") for n in range(99))])
        assert found == ["1.0% of the examples of test have their text in train (1 of 100)."]

    def test_clean_part_is_told_with_what_could_not_be_compared(self) -> None:
        known = {"group": "g1", "meta": {"article_id": "a1", "story": "s1"}}
        train, other = (
            [example(0, "Norway left.", **known)],
            {"group": "g2", "meta": {"article_id": "a2", "story": "s2"}},
        )
        assert words(train, [example(1, "Others came along.", **other)]) == ["Nothing of test was found in train."]
        assert words(train, [example(1, "Others came along.", group="g2")]) == [
            "Nothing of test was found in train, but nothing is known about articles and stories: they are not given."
        ]

    def test_look_up_and_features_that_score_are_told_with_what_they_beat(self) -> None:
        train = [example(n, f"Text {n}.", list(Stance)[n % 3]) for n in range(9)]
        found = words(train, train)
        assert found[-1] == (
            "Copying labels from train (identical rows) scores a macro-F1 of 1.000; "
            "the commonest stance 0.167, guesses as frequent as the stances 0.333."
        )

    def test_feature_that_scores_no_more_than_chance_is_passed_over(self) -> None:
        """A rule of two stances beats the commonest stance in macro-F1 however little it knows."""
        first, second = {"actor_span": (0, 6), "target_span": (11, 16)}, {"actor_span": (11, 17), "target_span": (0, 5)}
        sides = [("Norway met Kenya{}.", first), ("Kenya, met Norway{}.", second)]
        examples = [
            example(n, sides[n % 2][0].format(n), (SUPPORT, SUPPORT, OPPOSE, OPPOSE)[n % 4], **sides[n % 2][1])
            for n in range(40)
        ]
        assert not [sentence for sentence in words(examples, examples) if "mention order" in sentence]

    def test_one_sided_order_is_told(self) -> None:
        spans = {"actor_span": (0, 6), "target_span": (11, 16)}
        train = [example(n, f"Norway met Kenya{n}.", OPPOSE, **spans) for n in range(4)]
        expected = "In 100% of the examples of train that support or oppose, the actor stands first."
        assert words(train, train)[-1] == expected

    def test_missing_labels_are_told(self) -> None:
        found = words([example(0, "Norway left.", None)], [example(1, "Others came along.")])
        assert found[-1] == "Without labels in both parts, nothing is said about what can be guessed."


class TestFiles:
    @pytest.fixture
    def page(self, tmp_path: Path, examples: list[Example]) -> str:
        strange = example(99, "<script>alert('x')</script> Norway & Kenya", OPPOSE, actor="<b>Norway</b>")
        train = [*examples, *(strange.model_copy(update={"id": f"s{n}"}) for n in range(5))]
        path = write_audit({"valid & co": audit(train, [strange])}, tmp_path / "new", train="<train>")
        assert path == tmp_path / "new" / "audit.html"
        return path.read_text(encoding="utf-8")

    def test_page_shows_texts_and_names_as_they_are(self, page: str) -> None:
        assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; Norway &amp; Kenya" in page
        assert "&lt;b&gt;Norway&lt;/b&gt;" in page
        assert "&lt;train&gt;" in page
        assert not re.search(r"<script|<b>Norway|<train>|valid & co", page)

    def test_page_loads_nothing_and_fits_a_phone(self, page: str) -> None:
        assert not re.search(r"(src|href)=|url\(|@import", page)
        assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
        assert page.count("<table>") == page.count('<div class="wide"><table>')

    def test_page_says_what_is_not_given(self, page: str) -> None:
        assert '<td>their story</td><td colspan="2">not given</td>' in page

    def test_page_opens_with_the_verdict(self, page: str) -> None:
        verdict_at, table_at = page.index("have their text in"), page.index("<table>")
        assert verdict_at < table_at

    def test_page_of_several_unlabelled_parts_is_written(self, tmp_path: Path) -> None:
        part = [example(0, "Norway left.", None)]
        one = audit(part, part)
        page = write_audit({"valid": one, "test": one}, tmp_path, train="train").read_text(encoding="utf-8")
        assert "<h2>valid</h2>" in page
        assert "<h2>test</h2>" in page

    def test_json_holds_figures_and_verdict_of_every_part(self, tmp_path: Path, examples: list[Example]) -> None:
        found = audit(examples, examples)
        write_audit({"test": found}, tmp_path, train="train")
        content = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
        assert content["test"]["against"] == "train"
        assert content["test"]["verdict"][0].startswith("100.0% of the examples of test")
        assert content["test"]["leaks"]["texts"]["share"] == 1.0

    def test_folder_that_is_a_file_is_refused(self, tmp_path: Path, examples: list[Example]) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(InputError, match="expected a folder to write to"):
            write_audit({"test": audit(examples, examples)}, tmp_path / "file", train="train")
