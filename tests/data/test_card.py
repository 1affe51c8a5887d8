import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from detente.configs.errors import InputError
from detente.data.card import as_text, write_card
from detente.data.reading import write_records
from detente.data.records import Example

HOSTILE = "Nor|vik\n# <img src=x onerror=alert(1)> [click](javascript:x) `code` \\| **TO FILL IN:** \u202egnp"


def make_example(number: int, **changes: object) -> Example:
    values = {"id": f"e{number}", "actor": "Norvik", "target": "Kelta", "text": f"Norvik met Kelta on day {number}."}
    return Example.model_validate(values | {"label": "support"} | changes)


def card_of(tmp_path: Path, *lists: list[Example], name: str | None = None) -> str:
    paths = [tmp_path / "gull" / f"part-{number}.jsonl" for number in range(len(lists))]
    for path, examples in zip(paths, lists, strict=True):
        write_records(path, examples, Example)
    write_card(paths, tmp_path / "CARD.md", name=name)
    return (tmp_path / "CARD.md").read_text(encoding="utf-8")


def head_of(card: str) -> dict[str, object]:
    return dict(YAML(typ="safe").load(card.split("---\n")[1]))


def tables_of(card: str) -> list[list[str]]:
    return [table.strip().split("\n") for table in re.findall(r"(?:^\|.*\n)+", card, flags=re.MULTILINE)]


def test_counts_stand_in_tables(tmp_path: Path) -> None:
    card = card_of(tmp_path, [make_example(0), make_example(1, label="oppose")], [make_example(2, label=None)])
    assert "| part-0.jsonl | 2 | 66.7% | 1 | 0 | 1 | 0 |" in card
    assert "| all | 3 | 100.0% | 1 | 0 | 1 | 1 |" in card
    assert "| Norvik → Kelta | 3 | 100.0% | 1 | 0 | 1 | 1 |" in card
    assert "| median | 6 |" in card


def test_all_rows_of_a_table_have_as_many_cells(tmp_path: Path) -> None:
    examples = [make_example(n, actor=f"A|{n}", meta={"outlet": "|", "corpus": "g|ull"}) for n in range(3)]
    tables = tables_of(card_of(tmp_path, examples))
    assert len(tables) > 8
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table}) == 1, table


def test_only_the_twenty_most_frequent_names_are_shown(tmp_path: Path) -> None:
    examples = [make_example(n, actor=f"Actor {min(n, 29)}") for n in range(40)]
    card = card_of(tmp_path, examples)
    assert "30 different ones; the 20 most frequent make up 75.0% of the examples, the first alone 27.5%." in card
    assert len(re.findall(r"^\| Actor \d+ \|", card, flags=re.MULTILINE)) == 20


def test_the_head_is_yaml_whatever_the_name(tmp_path: Path) -> None:
    meta = {"licence": "CC BY: 4.0 #1", "language": "en"}
    card = card_of(tmp_path, [make_example(0, meta=meta)], name='gull: "one"\n---\nlicense: mit')
    head = head_of(card)
    assert head["pretty_name"] == 'gull: "one"\n---\nlicense: mit'
    assert (head["license"], head["license_name"], head["language"]) == ("other", "CC BY: 4.0 #1", ["en"])
    assert head["size_categories"] == ["n<1K"]
    assert "license: mit" not in card.split("\n")


@pytest.mark.parametrize(("count", "size"), [(999, "n<1K"), (1000, "1K<n<10K")])
def test_the_size_is_that_of_the_hub(tmp_path: Path, count: int, size: str) -> None:
    assert head_of(card_of(tmp_path, [make_example(n) for n in range(count)]))["size_categories"] == [size]


def test_without_a_licence_it_is_unknown(tmp_path: Path) -> None:
    head = head_of(card_of(tmp_path, [make_example(0)]))
    assert head["license"] == "unknown"
    assert not {"license_name", "language"} & set(head)


def test_the_name_is_that_of_the_folder(tmp_path: Path) -> None:
    assert "\n# gull\n" in card_of(tmp_path, [make_example(0)])


def test_licence_and_citation_of_importers_are_given(tmp_path: Path) -> None:
    meta = {"licence": "CC BY 4.0", "citation": "Quill and Moor (2020), A corpus"}
    card = card_of(tmp_path, [make_example(0, meta=meta)])
    assert "- licence: CC BY 4.0\n- citation: Quill and Moor (2020), A corpus\n" in card


def test_what_only_the_owner_knows_is_left_blank(tmp_path: Path) -> None:
    card = card_of(tmp_path, [make_example(0)])
    assert len(re.findall(r"^> \*\*TO FILL IN:\*\* \w", card, flags=re.MULTILINE)) == 7


def test_a_name_is_never_read_as_markup(tmp_path: Path) -> None:
    hostile = {"actor": HOSTILE, "target": HOSTILE[::-1], "source": HOSTILE}
    meta = {"outlet": HOSTILE, "citation": HOSTILE, "defects": [HOSTILE], "corpus": HOSTILE}
    card = card_of(tmp_path, [make_example(0, **hostile, meta=meta)], name=HOSTILE).split("---\n", 2)[2]
    assert "<img" not in card
    assert "](javascript" not in card.replace(r"\](javascript", "")
    assert "\u202e" not in card
    assert len(re.findall(r"^> \*\*TO FILL IN", card, flags=re.MULTILINE)) == card.count("**TO FILL IN:**") == 7
    assert len(re.findall(r"^# ", card, flags=re.MULTILINE)) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a|b", r"a\|b"),
        ("a\n\n# b", r"a \# b"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("\\|", r"\\\|"),
        ("Ünïted Ñations", "Ünïted Ñations"),
        ("x" * 600, "x" * 500 + "..."),
        (7, 7),
    ],
)
def test_text_is_shown_as_it_is(value: object, text: object) -> None:
    assert as_text(value) == text


def test_a_card_that_exists_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "CARD.md").write_text("by hand", encoding="utf-8")
    with pytest.raises(InputError, match="expected a new file; there is one already"):
        card_of(tmp_path, [make_example(0)])
    assert (tmp_path / "CARD.md").read_text(encoding="utf-8") == "by hand"


def test_a_file_without_examples_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"part-0\.jsonl: expected examples; found none"):
        card_of(tmp_path, [])


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.jsonl: expected a file of examples; found nothing"):
        write_card([tmp_path / "gone.jsonl"], tmp_path / "CARD.md")


def test_file_is_not_counted_twice(tmp_path: Path) -> None:
    write_records(tmp_path / "a.jsonl", [make_example(0)], Example)
    with pytest.raises(InputError, match="expected different files"):
        write_card([tmp_path / "a.jsonl", tmp_path / "a.jsonl"], tmp_path / "CARD.md")
