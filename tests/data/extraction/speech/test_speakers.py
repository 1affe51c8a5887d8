import pytest

from detente.data.extraction.parsing import ParsedArticle, parse_articles
from detente.data.extraction.speech.speakers import find_speech
from detente.data.records import Article, Span


def parse(text: str) -> ParsedArticle:
    (parsed,) = parse_articles([Article(id="a", text=text)])
    return parsed


def told(text: str, *, direct: bool | None = None) -> list[tuple[str | None, str]]:
    """Speaker and content of what is said in a text."""
    return [
        (None if speech.speaker is None else text[slice(*speech.speaker)], text[slice(*speech.content)])
        for speech in find_speech(parse(text))
        if direct in {None, speech.direct}
    ]


def span(text: str, words: str) -> Span:
    return text.index(words), text.index(words) + len(words)


class TestDirect:
    @pytest.mark.parametrize(
        "text",
        [
            '"The ban is a farce," said Ada Quill.',
            '"The ban is a farce," Ada Quill said on Monday.',
            'Ada Quill said: "The ban is a farce."',
            'Ada Quill told reporters on Monday: "The ban is a farce."',
            "“The ban is a farce,” Ada Quill told reporters.",
            "‘The ban is a farce’, said Ada Quill.",
            "'The ban is a farce,' said Ada Quill.",
            "«The ban is a farce», said Ada Quill.",
            '"The ban is a farce," according to Ada Quill.',
        ],
    )
    def test_quotation_is_spoken_by_the_subject_of_its_speech_verb(self, text: str) -> None:
        ((speaker, content),) = told(text, direct=True)
        assert (speaker, content.rstrip(",.")) == ("Ada Quill", "The ban is a farce")

    def test_cue_is_the_speech_verb(self) -> None:
        text = '"The ban is a farce," said Ada Quill.'
        (speech,) = find_speech(parse(text))
        assert (speech.cue, speech.direct) == (span(text, "said"), True)

    def test_title_stays_with_the_name_and_the_article_goes(self) -> None:
        text = '"We stay," the Turkish Foreign Minister Ayla Demirsoy said.'
        assert told(text) == [("Turkish Foreign Minister Ayla Demirsoy", "We stay,")]

    def test_apposition_behind_the_name_goes(self) -> None:
        text = '"We stay," said Ayla Demirsoy, the head of the guild.'
        assert told(text) == [("Ayla Demirsoy", "We stay,")]

    def test_pronoun_speaks_by_itself(self) -> None:
        assert told('"We stay," he said.') == [("he", "We stay,")]

    def test_speakers_of_two_sentences_are_kept_apart(self) -> None:
        text = 'Ada Quill said: "We stay." Ivo Brandt replied: "You leave."'
        assert told(text) == [("Ada Quill", "We stay."), ("Ivo Brandt", "You leave.")]

    def test_both_parts_of_a_split_quotation_have_the_speaker(self) -> None:
        text = '"The ban," Ada Quill said, "is nothing but a farce."'
        assert told(text, direct=True) == [("Ada Quill", "The ban,"), ("Ada Quill", "is nothing but a farce.")]

    def test_quotation_behind_another_one_goes_on_without_a_cue(self) -> None:
        text = '"The ban is a farce," said Ada Quill. "It will not last a week."'
        speeches = find_speech(parse(text))
        assert [speech.cue for speech in speeches] == [span(text, "said"), None]
        assert speeches[0].speaker == speeches[1].speaker == span(text, "Ada Quill")

    def test_quotation_in_the_next_paragraph_goes_on(self) -> None:
        text = 'Ada Quill said the ban was a farce.\n\n"It will not last a week."'
        assert told(text, direct=True) == [("Ada Quill", "It will not last a week.")]

    def test_whole_sentences_that_nobody_speaks_have_no_speaker(self) -> None:
        assert told('"It will not last a week."') == [(None, "It will not last a week.")]

    def test_quotation_over_paragraphs_is_one(self) -> None:
        text = 'Ada Quill said: "The ban is a farce.\n\n"It will not last a week."\n\nThen she left.'
        ((speaker, content),) = told(text)
        assert speaker == "Ada Quill"
        assert (content[:7], content[-7:]) == ("The ban", "a week.")

    def test_speaker_behind_the_last_paragraph_of_a_quotation_is_found_there(self) -> None:
        text = '"The ban is a farce.\n\n"It will not last a week," said Ada Quill.'
        assert told(text)[0][0] == "Ada Quill"

    def test_mark_opened_again_without_a_paragraph_is_one_quotation(self) -> None:
        ((speaker, content),) = told('Ada Quill said: "The ban is a farce. "It will not last a week."')
        assert (speaker, content[-12:]) == ("Ada Quill", "last a week.")

    def test_verb_that_no_list_holds_speaks_where_a_speech_verb_would_stand(self) -> None:
        assert told('"The ban is a farce," scoffed Ada Quill.') == [("Ada Quill", "The ban is a farce,")]

    def test_words_of_somebody_are_his(self) -> None:
        text = 'The ban was, in the words of Ada Quill, "a shameful old farce".'
        assert told(text, direct=True) == [("Ada Quill", "a shameful old farce")]

    def test_place_of_a_dateline_does_not_speak(self) -> None:
        text = 'ALEXANDRIA, June 26: Ethiopia swore on Saturday to fight the tax "port by port and page by page".'
        assert told(text, direct=True) == [("Ethiopia", "port by port and page by page")]


class TestFragments:
    @pytest.mark.parametrize(
        "text",
        [
            'Norway called the ban "a farce".',
            'Norway said that the ban was "a farce" and left the hall.',
            'Norway rejected the ban as "a farce".',
            "Norway, calling the ban “a farce”, left the hall.",
            "Norway described the ban as 'a farce'.",
        ],
    )
    def test_words_in_marks_are_spoken_by_who_judges(self, text: str) -> None:
        assert told(text, direct=True) == [("Norway", "a farce")]

    @pytest.mark.parametrize(
        "text",
        ['The film "Harbour Lights" opened on Friday.', 'The so-called "summit" was held.', "It's the guards' day."],
    )
    def test_names_irony_and_apostrophes_are_no_speech(self, text: str) -> None:
        assert told(text) == []

    def test_genitive_within_single_marks_does_not_end_them(self) -> None:
        text = "Ada Quill said: 'The workers' party won't yield.'"
        assert told(text) == [("Ada Quill", "The workers' party won't yield.")]

    def test_judge_behind_the_words_speaks(self) -> None:
        text = 'The ban was called "a farce" at the council by Ada Quill.'
        assert told(text, direct=True) == [("Ada Quill", "a farce")]

    def test_who_is_named_by_a_hidden_judge_has_no_speaker_made_up(self) -> None:
        assert told('The ban was called "a shameful old farce".') == [(None, "a shameful old farce")]


class TestIndirect:
    @pytest.mark.parametrize(
        ("text", "speaker", "content"),
        [
            ("Norway said that the ban was a farce.", "Norway", "the ban was a farce"),
            ("Norway said the ban was a farce.", "Norway", "the ban was a farce"),
            ("The ban was a farce, Norway said.", "Norway", "The ban was a farce"),
            ("The ban was a farce, according to Norway.", "Norway", "The ban was a farce"),
            ("According to Norway, the ban was a farce.", "Norway", "the ban was a farce"),
            ("Norway told reporters that the ban was a farce.", "Norway", "the ban was a farce"),
            ("Kenya ignored Norway's warning that the ban was a farce.", "Norway", "the ban was a farce"),
            ("Norway issued a warning that the ban was a farce.", "Norway", "the ban was a farce"),
        ],
    )
    def test_reported_clause_has_its_speaker(self, text: str, speaker: str, content: str) -> None:
        assert told(text) == [(speaker, content)]

    @pytest.mark.parametrize(
        ("text", "content"),
        [
            ("They had no intention, Norway said, of leaving the hall.", None),
            ("The ban, Norway has told the council, will end in May.", None),
            ("A ban on cold air, as Norway put it, belongs in the bin.", None),
            ("The ban would end in May, Norway said, adding that it was late.", "The ban would end in May"),
            ("The ban would end in May, said Norway, which had drafted it.", "The ban would end in May"),
            ("The bill was read; the ban would end in May, Norway said.", "the ban would end in May"),
            ("OSLO, May 3: The ban would end in June, Norway said.", "The ban would end in June"),
        ],
    )
    def test_sentence_around_a_clause_of_saying_is_reported(self, text: str, content: str | None) -> None:
        assert told(text)[0] == ("Norway", text.rstrip(".") if content is None else content)

    @pytest.mark.parametrize(
        "text",
        [
            "Norway made it clear that the ban was a farce.",
            "Norway let it be known that the ban was a farce.",
            "There was a warning by Norway that the ban was a farce.",
        ],
    )
    def test_clause_is_reported_by_other_words_too(self, text: str) -> None:
        assert told(text) == [("Norway", "the ban was a farce")]

    def test_second_verb_has_the_subject_of_the_first(self) -> None:
        text = "Norway left and said that the ban was a farce."
        assert told(text) == [("Norway", "the ban was a farce")]

    def test_relative_pronoun_stands_for_its_noun(self) -> None:
        text = "The dockers, who say that the ban is a farce, left."
        assert told(text) == [("dockers", "the ban is a farce")]

    @pytest.mark.parametrize(
        "text",
        [
            "Norway did not say whether the ban would stay.",
            "Norway wants someone to say that the ban is over.",
            "Norway knows that the ban is a farce.",
            "The ships sailed according to the plan of the fleet.",
            "Norway added three ships.",
            "After the vote, Norway protested.",
            "Norway left without saying that the ban was over.",
        ],
    )
    def test_what_nobody_said_is_no_speech(self, text: str) -> None:
        assert told(text) == []

    def test_whole_quotation_is_not_reported_a_second_time(self) -> None:
        assert [speech.direct for speech in find_speech(parse('Norway said: "The ban is a farce."'))] == [True]

    def test_report_within_a_quotation_ends_with_it(self) -> None:
        text = '"Kenya says the ban is over," said Ada Quill.'
        assert told(text, direct=False) == [("Kenya", "the ban is over")]


class TestArticle:
    def test_spans_count_from_the_start_of_the_article(self) -> None:
        text = '🚀 é.\n\n"We stay," said Ada Quill.\n\nKenya said that the truce held.'
        assert told(text) == [("Ada Quill", "We stay,"), ("Kenya", "the truce held")]

    def test_speech_is_in_the_order_of_the_text(self) -> None:
        text = 'Kenya said the truce "held". "We stay," said Ada Quill. Peru said it would go.'
        starts = [speech.content[0] for speech in find_speech(parse(text))]
        assert starts == sorted(starts)
        assert len(starts) == 4

    @pytest.mark.parametrize(
        "text", ["nothing of note", '"', '" "', '""', "'", '"unclosed', "''''", "”We stay,“ said he"]
    )
    def test_odd_marks_break_nothing(self, text: str) -> None:
        for speech in find_speech(parse(text)):
            assert text[slice(*speech.content)].strip()
