"""What is trained on, what is scored, and how its groups are halved and drawn."""

from pathlib import Path

from benchmarks.accuracy.corpora import ALL, Questions, load_questions, part_of, train_sets
from detente.data.dataset import fingerprint


def test_each_corpus_and_their_mixture_can_be_trained_on(data: Path) -> None:
    sets = train_sets(data)
    assert list(sets) == ["dse", "seesaw_ctx", "cameo3c", ALL]
    assert [path.name for path in sets[ALL].files] == ["train_clean.jsonl.gz", "ctx_train.jsonl.gz", "train.jsonl.gz"]
    assert sets[ALL].valid == (*sets["dse"].valid, *sets["seesaw_ctx"].valid)
    assert sets["cameo3c"].valid == ()
    assert len(sets[ALL].examples) == sum(len(sets[name].examples) for name in sets if name != ALL)
    assert sets[ALL].sha256 == fingerprint(sets[ALL].examples)


def test_what_is_not_there_is_left_out(data: Path, tmp_path: Path) -> None:
    (data / "seesaw" / "ctx_train.jsonl.gz").unlink()
    (data / "cameo3c" / "train.jsonl.gz").unlink()
    assert list(train_sets(data)) == ["dse"]
    assert list(load_questions(data, resamples=5)) == ["dse", "seesaw_ctx"]
    assert train_sets(tmp_path / "nothing") == load_questions(tmp_path / "nothing", resamples=5) == {}


def test_a_part_of_the_texts_is_always_the_same_and_grows_with_the_share(data: Path, tmp_path: Path) -> None:
    whole = train_sets(data)[ALL]
    less, half, again = (part_of(whole, share, tmp_path) for share in (0.25, 0.5, 0.5))
    texts = [{example.text for example in one.examples} for one in (less, half, whole)]
    assert texts[0] < texts[1] < texts[2]
    assert half.examples == [example for example in whole.examples if example.text in texts[1]]
    assert (half.name, half.valid, half.sha256) == ("all x 0.5", whole.valid, again.sha256)


def test_groups_are_halved_whole(questions: dict[str, Questions]) -> None:
    one = questions["dse"]
    first = {example.group for example, inside in zip(one.examples, one.first_half, strict=True) if inside}
    second = {example.group for example, inside in zip(one.examples, one.first_half, strict=True) if not inside}
    assert not first & second
    assert len(first) == len(second) == one.groups // 2 == 9


def test_the_first_draw_is_the_file_itself(questions: dict[str, Questions]) -> None:
    weights = questions["dse"].draws.weights
    assert weights.shape == (51, 18)
    assert (weights[0] == 1).all()
    assert not (weights[1] == 1).all()


def test_pairs_and_word_order_are_known(questions: dict[str, Questions]) -> None:
    assert len(questions["dse"].pairs) == 36
    assert questions["dse"].order.tolist()[:2] == ["actor first", "target first"]
    assert questions["seesaw_ctx"].pairs == []
