import re
from itertools import permutations

from detente.data.extraction.actors import resolve_actors
from detente.data.extraction.pairs import candidate_pairs
from detente.data.extraction.parsing import ParsedArticle
from detente.data.records import Article, Example, Mention, Resolution


def parsed(*marked: str, gap: str = " ", **facts: str) -> tuple[ParsedArticle, tuple[Resolution, ...]]:
    """An article of sentences in which [square brackets] mark the mentions."""
    text, sentences, mentions = "", [], []
    for index, sentence in enumerate(marked):
        text += gap if index else ""
        start = len(text)
        for part in re.split(r"(\[.*?\])", sentence):
            surface, at = part.strip("[]"), len(text)
            text += surface
            if surface != part:
                mentions.append(Mention(surface=surface, span=(at, len(text)), sentence=index, kind="country"))
        sentences.append((start, len(text)))
    article = ParsedArticle(Article(id="n1", text=text, **facts), tuple(sentences), ())
    return article, resolve_actors(article, tuple(mentions))


def pairs(article: tuple[ParsedArticle, tuple[Resolution, ...]]) -> list[tuple[str, str]]:
    return [(example.actor, example.target) for example in candidate_pairs(*article)]


def surfaces(example: Example) -> tuple[str, str]:
    assert example.actor_span is not None
    assert example.target_span is not None
    return example.text[slice(*example.actor_span)], example.text[slice(*example.target_span)]


def test_two_names_in_a_sentence_make_both_directions() -> None:
    assert pairs(parsed("[Norway] met [Kenya].")) == [("Norway", "Kenya"), ("Kenya", "Norway")]


def test_three_names_in_a_sentence_make_six_pairs() -> None:
    found = pairs(parsed("[Norway] met [Kenya] and [Peru]."))
    assert found == list(permutations(["Norway", "Kenya", "Peru"], 2))


def test_text_of_names_in_one_sentence_is_the_sentence() -> None:
    article = parsed("We waited.", "[Norway] met [Kenya].", "They left.")
    assert {example.text for example in candidate_pairs(*article)} == {"Norway met Kenya."}


def test_text_of_names_in_neighbouring_sentences_is_both_with_what_stands_between() -> None:
    article = parsed("[Norway] spoke.", "It blamed [Kenya].", gap="\n\n")
    assert pairs(article) == [("Norway", "Kenya"), ("Kenya", "Norway")]
    assert {example.text for example in candidate_pairs(*article)} == {"Norway spoke.\n\nIt blamed Kenya."}


def test_names_two_sentences_apart_make_no_pair() -> None:
    assert pairs(parsed("[Norway] spoke.", "Nobody listened.", "[Kenya] left.")) == []


def test_name_in_both_of_two_neighbouring_sentences_makes_pairs_within_each_only() -> None:
    found = pairs(parsed("[Norway] met [Kenya].", "[Norway] left [Peru]."))
    assert sorted(found) == sorted(set(permutations(["Norway", "Kenya", "Peru"], 2)))


def test_name_said_twice_makes_no_pair_with_itself() -> None:
    assert pairs(parsed("[Norway] praised [Norway].", "[Norway] left.")) == []


def test_first_mention_in_a_sentence_stands_for_the_name() -> None:
    example = next(candidate_pairs(*parsed("[Norway] told [Kenya] that [Norway] left.")))
    assert (example.actor, example.actor_span) == ("Norway", (0, 6))


def test_surfaces_of_one_name_are_one_actor() -> None:
    found = pairs(parsed("[The EU] met [Peru] and the [EU's] envoy; [the\nEU] left."))
    assert found == [("EU", "Peru"), ("Peru", "EU")]


def test_name_is_without_article_and_span_is_with_it() -> None:
    example = next(candidate_pairs(*parsed("We waited.", "[The United States] met [Kenya’s] envoy.")))
    assert (example.actor, example.target) == ("United States", "Kenya")
    assert surfaces(example) == ("The United States", "Kenya’s")


def test_spans_count_from_the_start_of_the_examples_text() -> None:
    article = parsed("🚀 waited.", "[Norway] spoke.", "It blamed [Kenya].", gap="\r\n")
    assert [surfaces(example) for example in candidate_pairs(*article)] == [("Norway", "Kenya"), ("Kenya", "Norway")]


def test_literal_markers_in_the_text_are_left_alone() -> None:
    example = next(candidate_pairs(*parsed("</s>[Norway] <actor>met</actor> [Kenya].")))
    assert example.text == "</s>Norway <actor>met</actor> Kenya."
    assert surfaces(example) == ("Norway", "Kenya")


def test_id_is_made_of_the_article_and_the_places_in_it() -> None:
    found = [example.id for example in candidate_pairs(*parsed("We waited.", "[Norway] met [Kenya]."))]
    assert found == ["n1:11-22", "n1:22-11"]


def test_ids_are_unique_and_the_same_in_each_run() -> None:
    article = parsed("[Norway] met [Kenya] and [Peru].", "[Chile] met [Egypt].", "[Norway] met [Egypt] and [Peru].")
    ids = [example.id for example in candidate_pairs(*article)]
    assert len(ids) == len(set(ids)) == 6 + 2 + 6 + 12 + 4
    assert ids == [example.id for example in candidate_pairs(*article)]


def test_example_carries_the_facts_of_its_article() -> None:
    example = next(candidate_pairs(*parsed("[Norway] met [Kenya].", published="2024-05-01", outlet="Courier")))
    assert (example.group, example.source, example.label) == ("n1", "articles", None)
    assert example.meta == {
        "article_id": "n1",
        "actor_kind": "country",
        "target_kind": "country",
        "published": "2024-05-01",
        "outlet": "Courier",
    }


def test_fewer_than_two_names_make_no_pair() -> None:
    assert pairs(parsed("[Norway] left.", "It returned.")) == []
    assert pairs(parsed("Nobody left.")) == []
