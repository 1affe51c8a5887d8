"""From articles to questions, with real text."""

import pytest

from detente.data.extraction.actors.aliases import Aliases
from detente.data.extraction.extract import CHUNK, Extraction, extract
from detente.data.extraction.pairs import PairSettings
from detente.data.records import Actor, Article, Example, Holder


def extracted(text: str, **settings: object) -> Extraction:
    (found,) = extract([Article(id="a", text=text)], settings=PairSettings(**settings))
    return found


def asked(found: Extraction, actor: str, target: str) -> Example:
    """The first question about a pair."""
    return next(one for one in found.examples if (one.actor, one.target) == (actor, target))


class TestWayOfAnArticle:
    def test_article_gives_actors_targets_speeches_and_questions(self) -> None:
        found = extracted("Norway said that Ankara had rejected the plan to close the border.")
        assert [(one.mention.surface, one.actor.name) for one in found.resolutions] == [
            ("Norway", "Norway"),
            ("Ankara", "Turkey"),
        ]
        assert [one.surface for one in found.targets] == ["plan to close the border"]
        assert [found.article.text[slice(*one.content)] for one in found.speeches] == [
            "Ankara had rejected the plan to close the border"
        ]
        assert sorted((one.actor, one.target) for one in found.examples) == [
            ("Norway", "Turkey"),
            ("Norway", "plan to close the border"),
            ("Turkey", "Norway"),
            ("Turkey", "plan to close the border"),
        ]

    def test_names_of_one_state_are_one_actor(self) -> None:
        found = extracted("Turkish officials met Kenya. Ankara later condemned Kenya, and Turkey left.")
        assert {one.actor for one in found.examples} == {"Turkey", "Kenya"}

    def test_capital_where_things_only_happen_is_nobody(self) -> None:
        dateline = "BRUSSELS, Aug 10: Turkish officials met Kenya."
        found = extracted(f"{dateline} Ankara said the Turks would leave. The talks in Ankara ended.")
        assert {one.actor.name for one in found.resolutions} == {"Turkey", "Kenya"}

    def test_question_says_who_is_meant_and_why(self) -> None:
        meta = asked(extracted("Turkish officials met Kenya."), "Turkey", "Kenya").meta
        assert (meta["actor_country"], meta["target_country"]) == ("TUR", "KEN")
        assert "official" in meta["actor_why"]
        assert meta["target_why"] == "name: Kenya"

    def test_users_alias_wins(self) -> None:
        aliases = Aliases({"Ankara": Actor(name="Ankara FC", kind="organisation")})
        (found,) = extract([Article(id="a", text="Ankara praised Kenya.")], aliases=aliases)
        assert {one.actor for one in found.examples} == {"Ankara FC", "Kenya"}
        assert found.resolutions[0].why.startswith("your alias")


class TestWhoseStanceItIs:
    def test_speaker_holds_the_stance_of_the_words(self) -> None:
        found = extracted("Norway said that Kenya had broken the truce.")
        assert asked(found, "Norway", "Kenya").holder is Holder.SPEAKER
        assert asked(found, "Kenya", "Norway").holder is Holder.ACTOR

    def test_another_actor_within_the_words_does_not_and_the_speaker_is_named(self) -> None:
        one = asked(extracted("Norway said that Kenya had condemned Peru."), "Kenya", "Peru")
        assert (one.holder, one.meta["speaker"]) == (Holder.ACTOR, "Norway")

    def test_nobody_speaks_in_the_papers_own_words(self) -> None:
        one = asked(extracted("Norway condemned Kenya."), "Norway", "Kenya")
        assert (one.holder, "speaker" in one.meta) == (Holder.ACTOR, False)

    def test_official_who_speaks_is_the_state(self) -> None:
        found = extracted("Kenyan officials said that Norway had broken the truce.")
        assert asked(found, "Kenya", "Norway").holder is Holder.SPEAKER

    def test_critic_of_a_state_does_not_speak_for_it(self) -> None:
        found = extracted("Critics of Kenya said that Norway had broken the truce.")
        assert asked(found, "Kenya", "Norway").holder is Holder.ACTOR


class TestManyArticles:
    articles = tuple(
        Article(id=f"a{number}", text=f"Norway met Kenya in round {number}.") for number in range(CHUNK + 5)
    )

    def test_order_is_kept(self) -> None:
        assert [found.article.id for found in extract(self.articles)] == [article.id for article in self.articles]

    def test_question_does_not_depend_on_other_articles(self) -> None:
        alone = [next(extract([article])).examples for article in self.articles[:3]]
        assert [found.examples for found in extract(self.articles[:3])] == alone

    @pytest.mark.slow
    def test_two_workers_give_what_one_does(self) -> None:
        assert list(extract(self.articles, workers=2)) == list(extract(self.articles))

    def test_no_articles_give_nothing(self) -> None:
        assert list(extract([])) == []
