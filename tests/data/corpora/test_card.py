"""CORPUS.md."""

from collections.abc import Callable
from pathlib import Path

from detente.data.corpora.card import audit_lines, facts
from detente.data.corpora.importing import import_corpus
from detente.data.corpora.registry import CORPORA

DSE = CORPORA["dse"]
ROW = "[Norway] praised [Kenya].\tNorway\tKenya\t1\n"
BAD = "[Norway] left [.] Then it rained.\tNorway\t.\t0\n"


def test_the_card_tells_source_parts_mapping_and_defects(
    publish: Callable[[dict[str, str]], Path], tmp_path: Path
) -> None:
    import_corpus(DSE, publish({"train.txt": ROW + BAD, "valid.txt": ROW}), tmp_path)
    card = (tmp_path / "CORPUS.md").read_text()
    assert card.startswith(f"# {DSE.title}\n")
    assert all(f"- {name}: {value}\n" in card for name, value in facts(DSE))
    assert "| part | examples | support | neutral | oppose |\n| --- |" in card
    assert "| train | 2 | 1 | 1 | 0 |\n" in card
    assert "## Not among the files\n\n- test\n" in card
    assert "## Set aside (rejected.jsonl)\n\n- 1: a mention without a letter or a digit\n" in card
    assert all(f"- {line}\n" in card for line in (*DSE.mapping, *DSE.defects))


def test_the_card_holds_what_the_audit_found(publish: Callable[[dict[str, str]], Path], tmp_path: Path) -> None:
    found = import_corpus(DSE, publish({"train.txt": ROW, "valid.txt": ROW}), tmp_path)
    assert any("100" in line for line in audit_lines(found))
    card = (tmp_path / "CORPUS.md").read_text()
    assert "## Audit (audit.html)\n\n- " in card
    assert all(f"- {line}\n" in card for line in audit_lines(found))


def test_what_there_is_nothing_to_say_of_has_no_section(
    publish: Callable[[dict[str, str]], Path], tmp_path: Path
) -> None:
    import_corpus(DSE, publish({f"{part}.txt": ROW for part in DSE.parts}), tmp_path)
    card = (tmp_path / "CORPUS.md").read_text()
    assert "Not among the files" not in card
    assert "Set aside" not in card
