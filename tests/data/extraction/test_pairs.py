import re
from itertools import permutations

from detente.data.extraction.actors.mentions import actor_name
from detente.data.extraction.extract import extract
from detente.data.extraction.pairs import PairSettings, candidate_pairs
from detente.data.extraction.parsing import ParsedArticle
from detente.data.extraction.speech.speech import Speech
from detente.data.records import AUTHOR, Actor, Article, Example, Form, Holder, Mention, Resolution


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
    return article, tuple(resolution(mention) for mention in mentions)


def resolution(mention: Mention) -> Resolution:
    """The mention stands for itself."""
    return Resolution(mention=mention, actor=Actor(name=actor_name(mention.surface), kind=mention.kind), why="itself")


def pairs(article: tuple[ParsedArticle, tuple[Resolution, ...]]) -> list[tuple[str, str]]:
    return [(example.actor, example.target) for example in candidate_pairs(*article).examples]


def parsed_pairs(text: str) -> list[tuple[str, str]]:
    (extraction,) = extract([Article(id="a", text=text)])
    return [(example.actor, example.target) for example in extraction.examples]


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
    assert {example.text for example in candidate_pairs(*article).examples} == {"Norway met Kenya."}


def test_text_of_names_in_neighbouring_sentences_is_both_with_what_stands_between() -> None:
    article = parsed("[Norway] spoke.", "It blamed [Kenya].", gap="\n\n")
    assert pairs(article) == [("Norway", "Kenya"), ("Kenya", "Norway")]
    assert {example.text for example in candidate_pairs(*article).examples} == {"Norway spoke.\n\nIt blamed Kenya."}


def test_names_two_sentences_apart_make_no_pair() -> None:
    assert pairs(parsed("[Norway] spoke.", "Nobody listened.", "[Kenya] left.")) == []


def test_name_in_both_of_two_neighbouring_sentences_makes_pairs_within_each_only() -> None:
    found = pairs(parsed("[Norway] met [Kenya].", "[Norway] left [Peru]."))
    assert sorted(found) == sorted(set(permutations(["Norway", "Kenya", "Peru"], 2)))


def test_name_said_twice_makes_no_pair_with_itself() -> None:
    assert pairs(parsed("[Norway] praised [Norway].", "[Norway] left.")) == []


def test_first_mention_in_a_sentence_stands_for_the_name() -> None:
    example = candidate_pairs(*parsed("[Norway] told [Kenya] that [Norway] left.")).examples[0]
    assert (example.actor, example.actor_span) == ("Norway", (0, 6))


def test_surfaces_of_one_name_are_one_actor() -> None:
    found = pairs(parsed("[The EU] met [Peru] and the [EU's] envoy; [the\nEU] left."))
    assert found == [("EU", "Peru"), ("Peru", "EU")]


def test_name_is_without_article_and_span_is_with_it() -> None:
    example = candidate_pairs(*parsed("We waited.", "[The United States] met [Kenya’s] envoy.")).examples[0]
    assert (example.actor, example.target) == ("United States", "Kenya")
    assert surfaces(example) == ("The United States", "Kenya’s")


def test_spans_count_from_the_start_of_the_examples_text() -> None:
    article = parsed("🚀 waited.", "[Norway] spoke.", "It blamed [Kenya].", gap="\r\n")
    assert [surfaces(example) for example in candidate_pairs(*article).examples] == [
        ("Norway", "Kenya"),
        ("Kenya", "Norway"),
    ]


def test_literal_markers_in_the_text_are_left_alone() -> None:
    example = candidate_pairs(*parsed("</s>[Norway] <actor>met</actor> [Kenya].")).examples[0]
    assert example.text == "</s>Norway <actor>met</actor> Kenya."
    assert surfaces(example) == ("Norway", "Kenya")


def test_id_is_made_of_the_article_and_the_places_in_it() -> None:
    found = [example.id for example in candidate_pairs(*parsed("We waited.", "[Norway] met [Kenya].")).examples]
    assert found == ["n1:11-17:22-27", "n1:22-27:11-17"]


def test_ids_are_unique_and_the_same_in_each_run() -> None:
    article = parsed("[Norway] met [Kenya] and [Peru].", "[Chile] met [Egypt].", "[Norway] met [Egypt] and [Peru].")
    ids = [example.id for example in candidate_pairs(*article).examples]
    assert len(ids) == len(set(ids)) == 6 + 2 + 6 + 12 + 4
    assert ids == [example.id for example in candidate_pairs(*article).examples]


def test_example_carries_the_facts_of_its_article() -> None:
    example = candidate_pairs(*parsed("[Norway] met [Kenya].", published="2024-05-01", outlet="Courier")).examples[0]
    assert (example.group, example.source, example.label) == ("n1", "articles", None)
    assert example.meta == {
        "article_id": "n1",
        "actor_kind": "country",
        "actor_why": "itself",
        "target_kind": "country",
        "target_why": "itself",
        "published": "2024-05-01",
        "outlet": "Courier",
    }


def test_fewer_than_two_names_make_no_pair() -> None:
    assert pairs(parsed("[Norway] left.", "It returned.")) == []
    assert pairs(parsed("Nobody left.")) == []


def policy(article: tuple[ParsedArticle, tuple[Resolution, ...]], surface: str) -> Mention:
    """A policy where the words stand in the article."""
    parsed_article, _ = article
    start = parsed_article.article.text.index(surface)
    return Mention(
        surface=surface,
        span=(start, start + len(surface)),
        sentence=parsed_article.sentence_at(start),
        kind="policy",
        form=Form.NOMINAL,
    )


class TestPolicies:
    def test_policy_is_a_target_only(self) -> None:
        article = parsed("[Norway] told [Kenya] to drop the levy.")
        found = candidate_pairs(*article, targets=[policy(article, "levy")]).examples
        asked = [(example.actor, example.target) for example in found]
        assert asked == [("Norway", "Kenya"), ("Kenya", "Norway"), ("Norway", "levy"), ("Kenya", "levy")]
        assert found[2].meta["target_kind"] == "policy"
        assert surfaces(found[2]) == ("Norway", "levy")

    def test_policy_of_a_neighbouring_sentence_is_asked_both_ways(self) -> None:
        article = parsed("The levy stands.", "[Norway] spoke.", "A treaty followed.")
        found = candidate_pairs(*article, targets=[policy(article, "levy"), policy(article, "treaty")]).examples
        assert [(example.actor, example.target, example.text) for example in found] == [
            ("Norway", "levy", "The levy stands. Norway spoke."),
            ("Norway", "treaty", "Norway spoke. A treaty followed."),
        ]

    def test_policy_in_the_words_of_the_actor_is_not_asked_of_it(self) -> None:
        article = parsed("[Norway] left.")
        assert candidate_pairs(*article, targets=[policy(article, "Norway")]).examples == ()

    def test_words_that_name_an_actor_are_not_asked_about_as_a_policy_too(self) -> None:
        article = parsed("[Kenya] left.", "[Peru] met [Norway].")
        settings = PairSettings(author=True)
        with_it = candidate_pairs(*article, targets=[policy(article, "Norway")], settings=settings)
        assert with_it == candidate_pairs(*article, settings=settings)
        ids = [example.id for example in with_it.examples]
        assert len(set(ids)) == len(ids) == 9

    def test_policy_that_begins_where_an_actor_does_has_an_id_of_its_own(self) -> None:
        article = parsed("[Kenya] fought the [Norway] levy.")
        found = candidate_pairs(*article, targets=[policy(article, "Norway levy")]).examples
        ids = [example.id for example in found]
        assert len(set(ids)) == len(ids) == 4


class TestContext:
    def test_context_adds_sentences_and_moves_the_spans(self) -> None:
        article = parsed("We waited.", "[Norway] met [Kenya].", "They left.", "It rained.")
        found = candidate_pairs(*article, settings=PairSettings(context=1)).examples
        assert {example.text for example in found} == {"We waited. Norway met Kenya. They left."}
        assert [surfaces(example) for example in found] == [("Norway", "Kenya"), ("Kenya", "Norway")]

    def test_context_ends_with_the_article(self) -> None:
        article = parsed("[Norway] met [Kenya].", "They left.")
        (text,) = {example.text for example in candidate_pairs(*article, settings=PairSettings(context=5)).examples}
        assert text == "Norway met Kenya. They left."

    def test_neighbours_can_be_left_out(self) -> None:
        article = parsed("[Norway] spoke.", "It blamed [Kenya].")
        assert candidate_pairs(*article, settings=PairSettings(neighbours=False)).examples == ()

    def test_group_is_the_story_where_there_is_one(self) -> None:
        example = candidate_pairs(*parsed("[Norway] met [Kenya].", story="s7")).examples[0]
        assert (example.group, example.meta["story"], example.meta["article_id"]) == ("s7", "s7", "n1")


class TestCap:
    def test_pairs_far_apart_are_cut_with_the_reason(self) -> None:
        article = parsed("[Norway] met [Kenya] on the occasion of a very long summit that [Peru] held.")
        pairs = candidate_pairs(*article, settings=PairSettings(max_pairs=2))
        assert [(example.actor, example.target) for example in pairs.examples] == [
            ("Norway", "Kenya"),
            ("Kenya", "Norway"),
        ]
        assert len(pairs.cut) == 4
        assert pairs.cut[0].place == "n1:0-6:60-64"
        assert pairs.cut[0].reason == "more than 2 pairs in a sentence; others stand closer together"

    def test_nothing_is_lost_between_kept_and_cut(self) -> None:
        article = parsed("[Norway], [Kenya] and [Peru] met.", "[Chile] and [Egypt] left.")
        everything = {example.id for example in candidate_pairs(*article).examples}
        pairs = candidate_pairs(*article, settings=PairSettings(max_pairs=3))
        kept = {example.id for example in pairs.examples}
        assert kept | {one.place for one in pairs.cut} == everything
        assert not kept & {one.place for one in pairs.cut}
        assert pairs.cut[-1].reason.startswith("more than 3 pairs in two neighbouring sentences")


class TestHolder:
    def test_actor_who_speaks_the_words_is_the_speaker(self) -> None:
        article = parsed('[Norway] said: "[Kenya] is wrong."')
        speech = Speech(content=(14, 32), cue=(7, 11), speaker=(0, 6), direct=True)
        found = candidate_pairs(*article, speeches=[speech]).examples
        assert [(example.actor, example.holder, example.meta.get("speaker")) for example in found] == [
            ("Norway", Holder.SPEAKER, "Norway"),
            ("Kenya", Holder.ACTOR, None),
        ]

    def test_stance_that_a_third_party_reports_is_the_actors_and_names_the_speaker(self) -> None:
        article = parsed("[Peru] says that [Kenya] backs [Norway].")
        speech = Speech(content=(10, 34), cue=(5, 9), speaker=(0, 4), direct=False)
        by_pair = {(one.actor, one.target): one for one in candidate_pairs(*article, speeches=[speech]).examples}
        assert by_pair["Kenya", "Norway"].holder is Holder.ACTOR
        assert by_pair["Kenya", "Norway"].meta["speaker"] == "Peru"
        assert by_pair["Peru", "Norway"].holder is Holder.SPEAKER

    def test_speaker_without_a_name_goes_by_the_words(self) -> None:
        article = parsed("An aide said [Kenya] backs [Norway].")
        speech = Speech(content=(13, 32), cue=(8, 12), speaker=(0, 7), direct=False)
        assert candidate_pairs(*article, speeches=[speech]).examples[0].meta["speaker"] == "An aide"

    def test_author_is_asked_about_everything_that_is_named(self) -> None:
        article = parsed("[Norway] met [Kenya] over a levy.")
        settings = PairSettings(author=True)
        found = candidate_pairs(*article, targets=[policy(article, "levy")], settings=settings).examples
        asked = [example for example in found if example.actor == AUTHOR]
        assert [(example.target, example.holder, example.actor_span) for example in asked] == [
            ("Norway", Holder.AUTHOR, None),
            ("Kenya", Holder.AUTHOR, None),
            ("levy", Holder.AUTHOR, None),
        ]
        assert asked[2].id == "n1:author:24-28"
        assert asked[2].meta["actor_kind"] == "author"


def test_name_that_only_tells_where_somebody_is_from_makes_no_pair() -> None:
    found = {one for example in parsed_pairs("Ada Quill of Ohio thanked Kenya.") for one in example}
    assert found == {"Ada Quill", "Kenya"}


def test_actor_told_beside_a_name_is_asked_about_where_it_acts() -> None:
    assert ("Ohio", "Kenya") in parsed_pairs("Ada Quill of Ohio said that Ohio thanked Kenya.")
