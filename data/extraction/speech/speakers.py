"""Who says what: direct and indirect speech of an article, with its speakers.

Quotations are first found by their marks alone, then attributed by rules in the manner of the sieves of Muzny et al.
(2017, "A Two-stage Sieve Approach for Quote Attribution") and of the rule set of O'Keefe et al. (2012, "A Sequence
Labelling Approach to Quote Attribution"): the speech verb next to the marks, then the clause around them, then whoever
spoke before. Indirect speech follows Pareti et al. (2013, "Automatically Detecting and Attributing Indirect
Quotations"): clauses of speech verbs and nouns, read off the parse.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence

from detente.data.extraction.parsing import Paragraph, ParsedArticle
from detente.data.extraction.speech.direct_speech import attribute
from detente.data.extraction.speech.indirect_speech import Report, find_reports
from detente.data.extraction.speech.quotation import Quotation, find_quotations
from detente.data.extraction.speech.speech import Speech, phrase_span
from detente.data.records import Span

_NESTED = 3
"""Quotations that begin before a report, of which it may lie in the last ones."""


def find_speech(parsed: ParsedArticle) -> tuple[Speech, ...]:
    """The direct and indirect speech of an article, by where it begins; speech within speech comes after it.

    Words in quotation marks that nobody in the text says, and that are too few to be speech, are left out: names of
    films, irony.
    """
    spans = [(paragraph.offset, paragraph.offset + len(paragraph.doc.text)) for paragraph in parsed.paragraphs]
    quotations = find_quotations(parsed.article.text, spans)
    marked = _by_paragraph(spans, quotations)
    indirect = sorted(
        (
            speech
            for number, paragraph in enumerate(parsed.paragraphs)
            for speech in _indirect(paragraph, marked[number])
        ),
        key=_order,
    )
    return tuple(sorted([*attribute(parsed, quotations, indirect), *indirect], key=_order))


def _order(speech: Speech) -> tuple[int, int, bool]:
    return speech.content[0], -speech.content[1], speech.direct


def _by_paragraph(paragraphs: Sequence[Span], quotations: Sequence[Quotation]) -> dict[int, list[Span]]:
    """The quotations that stand in each paragraph, wholly or in part."""
    starts = [start for start, _ in paragraphs]
    marked: dict[int, list[Span]] = defaultdict(list)
    for quotation in quotations:
        first, last = (bisect_right(starts, place) - 1 for place in quotation.content)
        for number in range(first, last + 1):
            marked[number].append(quotation.content)
    return marked


def _indirect(paragraph: Paragraph, quotations: Sequence[Span]) -> Iterator[Speech]:
    starts = [start for start, _ in quotations]
    for report in find_reports(paragraph.doc):
        speech = _to_speech(paragraph, report)
        last = bisect_right(starts, max(speech.content[1], (speech.cue or speech.content)[1]))
        first = bisect_right(starts, min(speech.content[0], (speech.cue or speech.content)[0]))
        content = _within_marks(speech, quotations[max(0, first - _NESTED) : last])
        if content is not None:
            yield Speech(content, speech.cue, speech.speaker, direct=False)


def _to_speech(paragraph: Paragraph, report: Report) -> Speech:
    doc, offset = paragraph.doc, paragraph.offset
    start, end = doc[report.start].idx, doc[report.end - 1].idx + len(doc[report.end - 1])
    cue = doc[report.cue[0]].idx, doc[report.cue[1] - 1].idx + len(doc[report.cue[1] - 1])
    speaker = phrase_span(report.speaker, offset) if report.speaker is not None else None
    return Speech((offset + start, offset + end), (offset + cue[0], offset + cue[1]), speaker, direct=False)


def _within_marks(speech: Speech, quotations: Sequence[Span]) -> Span | None:
    """The reported words, cut at marks that its cue doesn't share; None if they are a quotation themselves."""
    (start, end), cue = speech.content, speech.cue or speech.content
    for left, right in quotations:
        if left <= cue[0] < right:
            start, end = max(start, left), min(end, right)
    quoted = sum(max(0, min(end, right) - max(start, left)) for left, right in quotations if not left <= cue[0] < right)
    return (start, end) if start < end and quoted < 0.8 * (end - start) else None
