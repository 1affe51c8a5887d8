"""What the corpora share."""

from detente.data.corpora.corpus import RemoteFile, author_example, group_of, raw_files
from detente.data.records import Holder, Stance


def test_copies_of_a_text_share_a_group_whatever_case_and_spaces() -> None:
    assert group_of("a", "Norway  MET\nKenya.") == group_of("a", "norway met kenya.")
    assert group_of("a", "Norway met Kenya.") != group_of("a", "Norway met Peru.")
    assert group_of("a", "x") != group_of("b", "x")


def test_raw_files_are_those_of_a_commit() -> None:
    assert raw_files("me/repo", "c0ffee", {"a.txt": "data/a.txt", "b.txt": "b.txt"}, {"b.txt": "5a"}) == (
        RemoteFile("https://raw.githubusercontent.com/me/repo/c0ffee/data/a.txt", "a.txt", None),
        RemoteFile("https://raw.githubusercontent.com/me/repo/c0ffee/b.txt", "b.txt", "5a"),
    )


def test_the_author_is_an_actor_without_a_span() -> None:
    one = author_example(
        "1", target="Kenya", text="Kenya!", label=Stance.SUPPORT, span=(0, 5), group="g", source="s", meta={}
    )
    assert (one.actor, one.actor_span, one.holder) == ("(author)", None, Holder.AUTHOR)
