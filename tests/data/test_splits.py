import random
from collections import Counter
from collections.abc import Sequence

import pytest

from detente.configs.errors import InputError
from detente.data.audit.leaks import audit
from detente.data.records import STANCES, Example
from detente.data.splits import SPLITTERS, Parts, Shares, clusters, split_examples

SENTENCE = "The senator from the northern coast praised the fishing accord that the two ministries had signed."
SHARES = Shares()


def example(number: int, text: str | None = None, **changes: object) -> Example:
    values = {
        "id": f"x{number}",
        "actor": "Norway",
        "target": "Kenya",
        "text": text or f"Word{number} was said{number}.",
    }
    return Example.model_validate(values | changes)


def news(articles: int, seed: int = 1, actors: int = 60) -> list[Example]:
    """Articles of three to twelve examples each, about six of some invented actors, mostly neutral, one a day."""
    draw = random.Random(seed)
    found: list[Example] = []
    for article in range(articles):
        named = [f"Actor{draw.randrange(actors)}" for _ in range(6)]
        for _ in range(draw.randint(3, 12)):
            actor, target = draw.sample(named, 2)
            label = draw.choices(STANCES, (2, 6, 1))[0]
            meta = {
                "article_id": f"a{article}",
                "published": f"20{article // 300:02}-{article // 28 % 10 + 1:02}-{article % 28 + 1:02}",
            }
            text = f"Sentence{article} of{article} article{article}."
            found.append(example(len(found), text, actor=actor, target=target, label=label, meta=meta))
    return found


def ids(examples: Sequence[Example]) -> list[str]:
    return [example.id for example in examples]


def all_of(parts: Parts) -> list[Example]:
    return [*parts.train, *parts.valid, *parts.test, *parts.set_aside]


class TestClusters:
    def test_what_shares_nothing_stands_alone(self) -> None:
        assert clusters([example(0), example(1)]) == [[0], [1]]

    @pytest.mark.parametrize(
        "tie", [{"text": "Norway LEFT."}, {"group": "g"}, {"meta": {"article_id": "a"}}, {"meta": {"story": "s"}}]
    )
    def test_what_shares_one_thing_stays_together(self, tie: dict[str, object]) -> None:
        assert clusters([example(0, **tie), example(1), example(2, **tie)]) == [[0, 2], [1]]

    def test_case_of_a_text_makes_no_difference(self) -> None:
        assert clusters([example(0, "Norway left."), example(1, "NORWAY  left.")]) == [[0, 1]]

    def test_near_duplicates_stay_together(self) -> None:
        assert clusters([example(0, SENTENCE), example(1), example(2, SENTENCE.replace("had signed", "signed"))]) == [
            [0, 2],
            [1],
        ]

    def test_ties_reach_through_others(self) -> None:
        chain = [
            example(0, group="g"),
            example(1, group="g", meta={"story": "s"}),
            example(2, SENTENCE, meta={"story": "s"}),
        ]
        assert clusters([*chain, example(3, SENTENCE)]) == [[0, 1, 2, 3]]

    def test_story_and_group_of_one_name_are_two_things(self) -> None:
        assert clusters([example(0, group="one"), example(1, meta={"story": "one"})]) == [[0], [1]]


class TestEverySplit:
    @pytest.mark.parametrize("by", list(SPLITTERS))
    def test_no_example_is_lost_and_none_doubled(self, by: str) -> None:
        examples = news(300)
        parts = split_examples(examples, SHARES, by=by, seed=3)
        assert sorted(ids(all_of(parts))) == sorted(ids(examples))

    @pytest.mark.parametrize("by", list(SPLITTERS))
    def test_parts_share_nothing_and_keep_their_order(self, by: str) -> None:
        examples = news(300)
        parts = split_examples(examples, SHARES, by=by, seed=3)
        for known, asked in ((parts.train, parts.valid), (parts.train, parts.test), (parts.valid, parts.test)):
            assert audit(known, asked).leaking == 0
        places = {one.id: place for place, one in enumerate(examples)}
        for part in (parts.train, parts.valid, parts.test, parts.set_aside):
            assert [places[id_] for id_ in ids(part)] == sorted(places[id_] for id_ in ids(part))

    @pytest.mark.parametrize("by", list(SPLITTERS))
    def test_the_same_seed_gives_the_same_parts(self, by: str) -> None:
        assert split_examples(news(200), SHARES, by=by, seed=3) == split_examples(news(200), SHARES, by=by, seed=3)

    @pytest.mark.parametrize("by", ["group", "unseen-actors", "unseen-pairs"])
    def test_another_seed_gives_others(self, by: str) -> None:
        assert split_examples(news(200), SHARES, by=by, seed=3) != split_examples(news(200), SHARES, by=by, seed=4)

    def test_unknown_way_to_split_is_refused(self) -> None:
        with pytest.raises(
            InputError, match="expected to split by one of group, time, unseen-actors, unseen-pairs; found luck"
        ):
            split_examples(news(10), SHARES, by="luck", seed=3)

    def test_no_examples_are_refused(self) -> None:
        with pytest.raises(InputError, match="expected examples to split; found none"):
            split_examples([], SHARES, by="group", seed=3)

    def test_training_part_that_would_be_empty_is_refused(self) -> None:
        examples = [example(n, actor=f"A{n}") for n in range(4)]
        with pytest.raises(InputError, match="none for train"):
            split_examples(examples, Shares(0.01, 0.0, 0.99), by="unseen-pairs", seed=3)

    def test_part_that_would_be_empty_is_refused(self) -> None:
        examples = [example(number, group=f"g{number % 2}") for number in range(20)]
        with pytest.raises(InputError, match=r"for each of train, valid, test; found none for valid and test among 20"):
            split_examples(examples, SHARES, by="group", seed=3)

    def test_part_that_is_not_wanted_stays_empty(self) -> None:
        parts = split_examples(news(200), Shares(0.7, 0.0, 0.3), by="group", seed=3)
        assert parts.valid == []
        assert len(parts.test) / len(all_of(parts)) == pytest.approx(0.3, abs=0.01)


class TestByGroup:
    def test_stances_are_as_frequent_in_each_part_as_in_all(self) -> None:
        examples = news(300)
        parts = split_examples(examples, SHARES, by="group", seed=3)
        totals = Counter(one.label for one in examples)
        for part, share in zip((parts.train, parts.valid, parts.test), SHARES, strict=True):
            counts = Counter(one.label for one in part)
            for label, total in totals.items():
                assert counts[label] / total == pytest.approx(share, abs=0.01)

    def test_large_and_small_groups_go_to_all_parts(self) -> None:
        parts = split_examples(news(300), SHARES, by="group", seed=3)
        sizes = [
            len(part) / len({one.meta["article_id"] for one in part}) for part in (parts.train, parts.valid, parts.test)
        ]
        assert max(sizes) / min(sizes) < 1.2

    def test_unlabelled_examples_are_split_too(self) -> None:
        examples = [one.model_copy(update={"label": None}) for one in news(200)]
        parts = split_examples(examples, SHARES, by="group", seed=3)
        assert len(parts.test) / len(examples) == pytest.approx(0.1, abs=0.01)


class TestByTime:
    def test_older_days_train_and_the_newest_test(self) -> None:
        parts = split_examples(news(250), SHARES, by="time", seed=3)
        days = [sorted(one.meta["published"] for one in part) for part in (parts.train, parts.valid, parts.test)]
        assert days[0][-1] < days[1][0] <= days[1][-1] < days[2][0]
        assert len(parts.test) / len(all_of(parts)) == pytest.approx(0.1, abs=0.03)

    def test_group_counts_as_old_as_its_newest_example(self) -> None:
        dates = ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04T12:30:00Z"]
        examples = [example(n, meta={"published": day}) for n, day in enumerate(dates)]
        late = [
            example(8, group="g", meta={"published": "2019-01-01"}),
            example(9, group="g", meta={"published": "2020-01-05"}),
        ]
        parts = split_examples([*late, *examples], Shares(0.5, 0.2, 0.3), by="time", seed=3)
        assert (ids(parts.train), ids(parts.valid), ids(parts.test)) == (["x0", "x1", "x2"], ["x3"], ["x8", "x9"])

    def test_day_is_not_cut(self) -> None:
        examples = [example(n, meta={"published": f"2020-01-0{1 + n // 10}"}) for n in range(30)]
        parts = split_examples(examples, SHARES, by="time", seed=3)
        assert [len(parts.train), len(parts.valid), len(parts.test)] == [10, 10, 10]

    def test_examples_without_a_date_are_named(self) -> None:
        examples = [
            example(0, meta={"published": "2020-01-01"}),
            example(1),
            example(2, meta={"published": "May 2020"}),
        ]
        with pytest.raises(InputError) as caught:
            split_examples(examples, SHARES, by="time", seed=3)
        assert str(caught.value) == (
            "meta.published: expected a date such as 2024-05-31 in each example, to split by time; 2 of 3 have none, "
            "such as x1, x2. Add the dates, or split by group."
        )

    def test_without_a_valid_part_there_is_one_date_to_split_at(self) -> None:
        examples = [example(n, meta={"published": f"2020-01-0{1 + n}"}) for n in range(9)]
        parts = split_examples(examples, Shares(0.7, 0.0, 0.3), by="time", seed=3)
        assert (len(parts.train), len(parts.valid), len(parts.test)) == (6, 0, 3)

    def test_too_few_days_are_told(self) -> None:
        examples = [example(n, meta={"published": f"2020-01-0{1 + n % 2}"}) for n in range(9)]
        with pytest.raises(InputError, match="expected a day at least for each of train, valid, test; found 2"):
            split_examples(examples, SHARES, by="time", seed=3)


class TestByUnseen:
    def test_actors_of_the_test_part_are_nowhere_else(self) -> None:
        parts = split_examples(news(300), SHARES, by="unseen-actors", seed=3)
        elsewhere = {name for one in parts.train + parts.valid for name in (one.actor, one.target)}
        assert not {one.actor for one in parts.test} & elsewhere
        assert len(parts.test) >= 0.1 * len(all_of(parts))

    def test_pairs_of_the_test_part_are_nowhere_else_in_either_direction(self) -> None:
        parts = split_examples(news(300), SHARES, by="unseen-pairs", seed=3)
        elsewhere = {frozenset((one.actor, one.target)) for one in parts.train + parts.valid}
        assert not {frozenset((one.actor, one.target)) for one in parts.test} & elsewhere
        assert len(parts.test) >= 0.1 * len(all_of(parts))

    @pytest.mark.parametrize("by", ["unseen-actors", "unseen-pairs"])
    def test_only_what_has_been_seen_is_set_aside(self, by: str) -> None:
        parts = split_examples(news(300), SHARES, by=by, seed=3)
        pairs = {frozenset((one.actor, one.target)) for one in parts.train + parts.valid}
        names = {name for pair in pairs for name in pair}
        assert parts.set_aside
        assert all(
            one.actor in names if by == "unseen-actors" else {one.actor, one.target} in pairs for one in parts.set_aside
        )

    def test_where_each_group_has_its_own_pair_nothing_is_set_aside(self) -> None:
        examples = [example(n, actor=f"A{n // 4}", target=f"B{n // 4}", group=f"g{n // 4}") for n in range(200)]
        parts = split_examples(examples, SHARES, by="unseen-pairs", seed=3)
        assert (len(parts.test), len(parts.set_aside)) == (20, 0)

    def test_rest_is_stratified(self) -> None:
        parts = split_examples(news(300), SHARES, by="unseen-actors", seed=3)
        counts = [Counter(one.label for one in part) for part in (parts.train, parts.valid)]
        for stance in STANCES:
            assert counts[1][stance] / (counts[0][stance] + counts[1][stance]) == pytest.approx(1 / 9, abs=0.01)

    def test_actors_that_are_everywhere_cannot_be_held_out(self) -> None:
        with pytest.raises(InputError, match="expected actors or pairs that stand in few groups"):
            split_examples(news(100, actors=3), SHARES, by="unseen-actors", seed=3)
