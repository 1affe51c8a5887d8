from detente.data.audit.texts import TextIndex, same

SENTENCE = "The senator from the northern coast praised the fishing accord that the two ministries had signed."


class TestSame:
    def test_case_and_white_space_make_no_difference(self) -> None:
        assert same("Norway  LEFT\nthe treaty. ") == same("norway left the treaty.")

    def test_words_and_signs_do(self) -> None:
        assert len({same("Norway left."), same("Norway left!"), same("Norway lost.")}) == 3


class TestTextIndex:
    def test_sentence_with_two_words_changed_is_found(self) -> None:
        index = TextIndex()
        index.add(SENTENCE)
        assert index.find(SENTENCE.replace("had signed", "signed")) == [SENTENCE]

    def test_sentence_with_half_of_its_words_changed_is_not(self) -> None:
        index = TextIndex()
        index.add(SENTENCE)
        assert (
            index.find("The senator from the northern coast praised nobody at all during a long and tired week.") == []
        )

    def test_the_index_goes_by_the_word_triples_not_by_the_estimate(self) -> None:
        """Of six words' triples, a change at the end leaves three of five the same, one in the middle one of seven."""
        index = TextIndex()
        for number in range(200):
            index.add(f"one{number} two three four five six{number}")
        assert index.find("one7 two three four five other") == ["one7 two three four five six7"]
        assert index.find("one7 two other four five six7") == []

    def test_adding_tells_the_likest_of_the_earlier_ones_first(self) -> None:
        index = TextIndex()
        near, nearer = SENTENCE.replace("had signed", "signed"), SENTENCE + " Yes."
        assert index.add(near) == []
        assert index.add(nearer) == [near]
        assert index.add(SENTENCE) == [nearer, near]

    def test_texts_of_one_or_two_words_are_alike_only_if_equal(self) -> None:
        index = TextIndex()
        index.add("Norway left")
        assert index.find("Norway stayed") == []
        assert index.find("norway left!") == ["Norway left"]
