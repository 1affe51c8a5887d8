from pathlib import Path

import pytest

from detente.configs.errors import InputError
from detente.configs.schema import AuditConfig
from detente.data.audit.leaks import Audit, audit
from detente.data.audit.limits import FOUND, check_leaks, leak_note
from detente.data.audit.shared import KEYS
from detente.data.records import Example

FILES = {"train": [Path("train.jsonl")], "valid": [Path("v.jsonl")], "test": [Path("t.jsonl")]}


def part(name: str, *texts: str, group: str | None = None) -> list[Example]:
    return [
        Example(id=f"{name}{number}", actor="Norway", target="Kenya", text=text, group=group)
        for number, text in enumerate(texts)
    ]


@pytest.fixture
def leaking() -> Audit:
    """Half of the test examples have a text of the training part, all have its group."""
    train = part("a", "Norway left.", "Norway came.", group="g")
    return audit(train, part("b", "Norway came.", "Others stayed.", group="g"))


def test_a_leak_above_the_limit_is_refused_with_examples_and_the_ways_out(leaking: Audit) -> None:
    with pytest.raises(InputError) as caught:
        check_leaks({"test": leaking}, AuditConfig(max_share=0.01, accept=[]), FILES)
    assert str(caught.value) == (
        "expected at most 1.0% of a file's examples to stand in the training file (audit.max_share); found\n"
        "  t.jsonl: texts: 50.0% of the examples (1) have their text in train.jsonl, such as b0 with a1\n"
        "  t.jsonl: groups: 100.0% of the examples (2) have their group in train.jsonl, such as b0 with a0, "
        "b1 with a0\n"
        "Split the examples again with detente data split, or accept it with audit.accept=[texts, groups]; "
        "the run and its model then say so."
    )


def test_accepted_leaks_pass_and_the_others_are_still_refused(leaking: Audit) -> None:
    check_leaks({"test": leaking}, AuditConfig(max_share=0.01, accept=["texts", "groups"]), FILES)
    with pytest.raises(InputError, match=r"audit\.accept=\[groups, texts\]") as caught:
        check_leaks({"test": leaking}, AuditConfig(max_share=0.01, accept=["groups"]), FILES)
    assert "have their group" not in str(caught.value)


def test_every_part_is_looked_at(leaking: Audit) -> None:
    clean = audit(part("a", "Norway left."), part("b", "Others stayed."))
    with pytest.raises(InputError, match=r"v\.jsonl: texts") as caught:
        check_leaks({"valid": leaking, "test": clean}, AuditConfig(max_share=0.01, accept=[]), FILES)
    assert "t.jsonl" not in str(caught.value)


def test_all_files_of_a_part_are_named(leaking: Audit) -> None:
    files = {"train": [Path("a.jsonl"), Path("b.jsonl")], "test": [Path("t.jsonl"), Path("u.jsonl")]}
    with pytest.raises(InputError, match=r"  t\.jsonl, u\.jsonl: texts: .* in a\.jsonl, b\.jsonl, such as"):
        check_leaks({"test": leaking}, AuditConfig(max_share=0.01, accept=[]), files)


def test_share_at_the_limit_is_let_through() -> None:
    found = audit(part("a", "Norway left."), part("b", "Norway left.", "Others stayed."))
    check_leaks({"test": found}, AuditConfig(max_share=0.5, accept=[]), FILES)


def test_note_tells_the_leaks_above_the_limit(leaking: Audit) -> None:
    assert leak_note(leaking, AuditConfig(max_share=0.01, accept=["texts", "groups"])) == "texts 50.0%, groups 100.0%"
    assert leak_note(leaking, AuditConfig(max_share=0.6, accept=[])) == "groups 100.0%"
    assert leak_note(leaking, AuditConfig(max_share=1.0, accept=[])) == ""


def test_every_kind_of_leak_has_its_words() -> None:
    assert list(FOUND) == list(KEYS)
