import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from detente.configs.errors import InputError
from detente.data.labelling.selection import Selection, choose_next, keep_originals
from detente.data.reading import read_examples, write_records
from detente.data.records import Example, Prediction, Stance

TOPICS = ("harbour dues", "a fishing ban", "the rail tender", "grain quotas", "the border post", "a water treaty")


def make_prediction(number: int, margin: float = 0.5, **changes: object) -> Prediction:
    """Number n asks about text n of article n; the two likeliest stances lie `margin` apart."""
    text = f"Norvik spoke with Kelta about {TOPICS[number % len(TOPICS)]} on day {number}."
    values = {
        "example_id": f"e{number}",
        "article_id": f"a{number}",
        "actor": "Norvik",
        "target": "Kelta",
        "text": text,
        "actor_span": (0, 6),
        "target_span": (18, 23),
        "stance": Stance.SUPPORT,
        "p_support": 0.45 + margin / 2,
        "p_neutral": 0.45 - margin / 2,
        "p_oppose": 0.1,
        "confident": False,
    }
    return Prediction.model_validate(values | changes)


def choose(tmp_path: Path, predictions: list[Prediction], n: int, **settings: object) -> Selection:
    path = tmp_path / "predictions.jsonl"
    write_records(path, predictions, Prediction)
    return choose_next(path, n, **settings)


def part(selection: Selection, chosen_by: str) -> list[str]:
    return [example.id for example in selection.examples if example.meta["chosen_by"] == chosen_by]


def test_a_fifth_is_drawn_at_random_and_the_rest_is_uncertain(tmp_path: Path) -> None:
    predictions = [make_prediction(number, margin=0.8 if number >= 200 else 0.1) for number in range(1000)]
    selection = choose(tmp_path, predictions, 50)
    assert (len(selection.examples), selection.drawn, selection.pool) == (50, 10, 1000)
    assert {int(id_[1:]) < 200 for id_ in part(selection, "uncertainty")} == {True}
    assert len({example.id for example in selection.examples}) == 50


def test_the_random_part_is_drawn_from_everything_with_the_probability_that_it_states(tmp_path: Path) -> None:
    predictions = [make_prediction(number, margin=number / 100) for number in range(20)]
    drawn: Counter[str] = Counter()
    for seed in range(200):
        selection = choose(tmp_path, predictions, 8, random_share=0.5, seed=seed)
        drawn.update(part(selection, "random"))
    stated = {one.meta["inclusion_probability"] for one in selection.examples if one.meta["chosen_by"] == "random"}
    assert stated == {0.2}
    assert sum(drawn.values()) == 200 * 4
    assert all(18 <= drawn[f"e{number}"] <= 62 for number in range(20))  # 40 expected, standard deviation 5.7


def test_what_was_chosen_for_its_uncertainty_states_no_inclusion_probability(tmp_path: Path) -> None:
    selection = choose(tmp_path, [make_prediction(number) for number in range(20)], 5, random_share=0.0)
    assert not any("inclusion_probability" in example.meta for example in selection.examples)


def test_the_same_seed_gives_the_same_examples_and_another_seed_others(tmp_path: Path) -> None:
    predictions = [make_prediction(number, margin=0.3) for number in range(300)]
    first, again, other = (choose(tmp_path, predictions, 40, seed=seed).examples for seed in (7, 7, 8))
    assert first == again
    assert {example.id for example in first} != {example.id for example in other}


def test_the_parts_are_mixed_so_that_coders_cannot_tell_them(tmp_path: Path) -> None:
    selection = choose(tmp_path, [make_prediction(number) for number in range(300)], 60, random_share=0.5)
    order = [example.meta["chosen_by"] for example in selection.examples]
    assert 10 < sum(one != other for one, other in pairwise(order)) < 50


def test_unlike_texts_are_preferred_among_equally_uncertain_ones(tmp_path: Path) -> None:
    same = [
        make_prediction(number, text=f"Norvik spoke with Kelta about {TOPICS[0]} again.{'!' * number}")
        for number in range(40)
    ]
    others = [make_prediction(100 + number, margin=0.5) for number in range(1, 6)]
    chosen = choose(tmp_path, [*same, *others], 9, random_share=0.0).examples
    assert {f"e{100 + number}" for number in range(1, 6)} <= {example.id for example in chosen}


def test_no_article_and_no_text_twice_while_there_are_others(tmp_path: Path) -> None:
    crowded = [make_prediction(number, margin=0.01, article_id="a0") for number in range(30)]
    copied = [make_prediction(100 + n, margin=0.02, text="Norvik met Kelta.", target=f"T{n}", actor_span=None,
                              target_span=None) for n in range(30)]  # fmt: skip
    spread = [make_prediction(200 + number, margin=0.8) for number in range(8)]
    chosen = choose(tmp_path, [*crowded, *copied, *spread], 10, random_share=0.0).examples
    assert max(Counter(example.group for example in chosen).values()) == 1
    assert max(Counter(example.text for example in chosen).values()) == 1


def test_an_article_gives_several_when_there_are_no_others(tmp_path: Path) -> None:
    predictions = [make_prediction(number, article_id=f"a{number % 3}") for number in range(30)]
    chosen = choose(tmp_path, predictions, 20, random_share=0.0).examples
    assert len({example.id for example in chosen}) == 20


def test_all_are_chosen_where_there_are_fewer_than_wanted(tmp_path: Path) -> None:
    selection = choose(tmp_path, [make_prediction(number) for number in range(10)], 100)
    assert sorted(example.id for example in selection.examples) == sorted(f"e{number}" for number in range(10))
    assert selection.drawn == 2


def test_a_model_that_is_sure_of_everything_still_gets_its_examples(tmp_path: Path) -> None:
    sure = {"p_support": 1.0, "p_neutral": 0.0, "p_oppose": 0.0, "text": "Norvik thanked Kelta.", "target_span": None}
    predictions = [make_prediction(number, actor=f"A{number}", **sure) for number in range(60)]
    assert len(choose(tmp_path, predictions, 10).examples) == 10


def test_labelled_ones_are_left_out_by_id_and_by_question(tmp_path: Path) -> None:
    predictions = [make_prediction(number) for number in range(10)]
    by_id = Example(id="e3", actor="X", target="Y", text="Other words.")
    by_question = Example(id="mine", actor="Norvik", target="Kelta", text=predictions[5].text)
    selection = choose(tmp_path, predictions, 10, taken=[by_id, by_question])
    assert {f"e{number}" for number in (0, 1, 2, 4, 6, 7, 8, 9)} == {example.id for example in selection.examples}
    assert (selection.pool, selection.taken) == (8, 2)


def test_a_question_that_is_asked_twice_is_chosen_once(tmp_path: Path) -> None:
    again = make_prediction(0, example_id="copy", article_id="elsewhere")
    selection = choose(tmp_path, [make_prediction(0), again, make_prediction(1)], 3)
    assert {example.id for example in selection.examples} == {"e0", "e1"}
    assert selection.repeated == 1


def test_chosen_examples_are_unlabelled_and_keep_what_the_prediction_knows(tmp_path: Path) -> None:
    prediction = make_prediction(4, margin=0.2)
    (example,) = choose(tmp_path, [prediction], 1, random_share=0.0).examples
    assert example.label is None
    assert (example.id, example.text, example.actor_span) == ("e4", prediction.text, (0, 6))
    assert (example.group, example.source) == ("a4", "predictions")
    answer = {"p_support": prediction.p_support, "p_neutral": prediction.p_neutral, "p_oppose": prediction.p_oppose}
    assert example.meta == {"article_id": "a4", "chosen_by": "uncertainty", **answer}


def test_where_a_predicted_article_comes_from_is_kept(tmp_path: Path) -> None:
    origin = {"published": "2024-03-01", "outlet": "The Gull", "speaker": "Aria", "actor_kind": "person"}
    prediction = make_prediction(4, group="story-9", holder="speaker", **origin)
    (example,) = choose(tmp_path, [prediction], 1).examples
    assert (example.group, example.holder) == ("story-9", "speaker")
    assert {name: example.meta[name] for name in origin} == origin


def test_what_is_chosen_can_be_read_again(tmp_path: Path) -> None:
    chosen = choose(tmp_path, [make_prediction(number) for number in range(30)], 10).examples
    write_records(tmp_path / "next.jsonl", chosen, Example)
    assert list(read_examples(tmp_path / "next.jsonl")) == chosen


def test_originals_keep_what_predictions_do_not_know(tmp_path: Path) -> None:
    chosen = choose(tmp_path, [make_prediction(number) for number in range(3)], 1).examples
    number = int(chosen[0].id[1:])
    original = Example(
        id=chosen[0].id, actor="Norvik", target="Kelta", text=make_prediction(number).text, label=Stance.OPPOSE,
        group="story", source="articles", holder="speaker", meta={"outlet": "The Gull"},
    )  # fmt: skip
    (kept,) = keep_originals(chosen, [original])
    assert (kept.group, kept.source, kept.holder, kept.label) == ("story", "articles", "speaker", None)
    assert kept.meta == {"outlet": "The Gull"} | chosen[0].meta


def test_a_chosen_example_that_is_not_among_the_originals_or_asks_something_else_is_an_error(tmp_path: Path) -> None:
    chosen = choose(tmp_path, [make_prediction(number) for number in range(3)], 3).examples
    others = [Example(id=one.id, actor="Norvik", target="Kasra", text=one.text) for one in chosen]
    for originals in ([], others):
        with pytest.raises(InputError, match=r"found no 'e\d' of the same actor, target and text, nor 2 others"):
            keep_originals(chosen, originals)


def test_nothing_left_to_label_is_an_error(tmp_path: Path) -> None:
    taken = [Example(id="e0", actor="A", target="B", text="c")]
    with pytest.raises(InputError, match=r"not labelled yet; found none among 1"):
        choose(tmp_path, [make_prediction(0)], 5, taken=taken)


def test_two_questions_with_one_id_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="predictions 2 and 3 share one"):
        choose(tmp_path, [make_prediction(0), make_prediction(1), make_prediction(2, example_id="e1")], 2)


@pytest.mark.parametrize("p_neutral", [float("nan"), -0.35, 0.9])
def test_probabilities_that_are_none_are_an_error(tmp_path: Path, p_neutral: float) -> None:
    with pytest.raises(InputError, match=r"'e1': expected three probabilities that sum to 1; found \["):
        choose(tmp_path, [make_prediction(0), make_prediction(1, p_neutral=p_neutral)], 2)


def test_a_prediction_that_is_no_example_is_an_error_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    rows = [make_prediction(0).model_dump(mode="json"), make_prediction(1).model_dump(mode="json") | {"actor": " "}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(InputError, match="prediction 2 is no example: actor: expected text; found only white space"):
        choose_next(path, 2)


def test_accuracy_on_the_random_part_is_unbiased_and_on_all_chosen_ones_biased(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    margins = rng.uniform(0, 0.9, size=300)
    right = rng.random(300) < 0.5 + margins / 2  # a calibrated model: the less sure, the oftener wrong
    path = tmp_path / "predictions.jsonl"
    write_records(path, [make_prediction(n, margin=float(margin)) for n, margin in enumerate(margins)], Prediction)
    on_random, on_all = [], []
    for seed in range(30):
        chosen = choose_next(path, 50, random_share=0.4, seed=seed).examples
        drawn = [right[int(one.id[1:])] for one in chosen if one.meta["chosen_by"] == "random"]
        answers = [right[int(one.id[1:])] for one in chosen]
        on_random.append(np.mean(drawn))
        on_all.append(np.mean(answers))
    assert np.mean(on_random) == pytest.approx(right.mean(), abs=0.03)
    assert np.mean(on_all) < right.mean() - 0.05
