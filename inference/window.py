"""A window of input records to a part of the predictions, in two steps: ask, which worker processes do, and answer.

The rows of a part depend on its records, the model and the settings alone, not on who does the work or on what else is
done: the articles are parsed in chunks of a fixed size, and the model's batches are made of the whole window.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, TypeVar

from detente.configs.errors import InputError
from detente.data.extraction.actors.aliases import Aliases
from detente.data.extraction.extract import Extraction, extract
from detente.data.extraction.pairs import DEFAULT_PAIRS, PairSettings
from detente.data.extraction.parsing import too_long
from detente.data.problems import Problem
from detente.data.records import Article, Example, Prediction
from detente.inference.seconds import Seconds
from detente.models.encoding import Encoding
from detente.models.predictor import Predictor, RowsPredictor

CHUNK = 16
"""Records that a worker takes at once. Extraction parses them together, so it is a setting of the results."""
NO_ACTORS = "no actors found"
NO_PAIRS = "no two actors in one sentence or in neighbouring ones"
_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    InputError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What the text of one article can raise in a parser or a rule. What says nothing of the article (memory, disk, an
interruption) is not among them and ends the run, which can be gone on with."""
T = TypeVar("T")
Input = Article | Example | Problem


@dataclass
class Facts:
    """What became of the records of a window, beside the predictions."""

    records: int = 0
    articles: int = 0
    examples: int = 0
    cut: int = 0
    """Pairs that were not asked, since their sentence has too many."""
    rejected: list[Problem] = field(default_factory=list)
    """Records that could not be read, or made into questions."""
    silent: list[Problem] = field(default_factory=list)
    """Articles that gave no question, and pages, rows and files without text, as many pages of a web archive."""

    def add(self, other: "Facts") -> None:
        """Add those of the records that follow."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass
class Asked:
    """The questions of some records, in their order, and what a model reads to answer them."""

    facts: Facts = field(default_factory=Facts)
    questions: list[Example] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)
    """None for a model that takes the questions themselves."""
    seconds: Seconds = field(default_factory=Seconds)
    completes: int | None = None
    """The number of the window that these records are the last of."""

    def add(self, other: "Asked") -> None:
        """Add what the records that follow gave."""
        first = len(self.questions)
        self.facts.add(other.facts)
        self.questions += other.questions
        self.rows += [replace(row, items=[first + item for item in row.items]) for row in other.rows]
        self.seconds.add(other.seconds)


@dataclass
class Part:
    """The predictions of a window, in the order of its records."""

    predictions: list[Prediction]
    facts: Facts


@dataclass(frozen=True)
class Asking:
    """How records become questions and rows; worker processes get it once.

    Args:
        encoding: Makes rows of the questions; None for a model that takes the questions themselves.
        aliases: The user's own names for actors.
        pairs: Which pairs are proposed.
    """

    encoding: Encoding | None = None
    aliases: Aliases | None = None
    pairs: PairSettings = DEFAULT_PAIRS

    def ask(self, records: Sequence[Input]) -> Asked:
        """The questions of a chunk; if an article makes that fail, each is tried alone, and rejected if it fails."""
        try:
            return self._ask(records)
        except _FAULTS:
            whole = Asked()
            for record in records:
                whole.add(self._ask_alone(record))
            return whole

    def _ask_alone(self, record: Input) -> Asked:
        try:
            return self._ask([record])
        except _FAULTS as error:
            place = record.place if isinstance(record, Problem) else record.id
            reason = f"extraction or tokenising failed: {type(error).__name__}: {error}"
            return Asked(Facts(records=1, rejected=[Problem(place, reason)]))

    def _ask(self, records: Sequence[Input]) -> Asked:
        asked = Asked(Facts(records=len(records)))
        with asked.seconds.clock("extraction"):
            readable = [(isinstance(record, Article) and too_long(record)) or record for record in records]
            articles = [record for record in readable if isinstance(record, Article)]
            extractions = extract(articles, settings=self.pairs, aliases=self.aliases)
            for record in readable:
                _take(asked, record, extractions)
        with asked.seconds.clock("tokenising"):
            asked.rows = list(self.encoding.encode(asked.questions)) if self.encoding and asked.questions else []
        return asked


def asking(predictor: Predictor, aliases: Aliases | None = None, pairs: PairSettings = DEFAULT_PAIRS) -> Asking:
    """How records become what a model answers."""
    return Asking(predictor.encoding if isinstance(predictor, RowsPredictor) else None, aliases, pairs)


def chunks(records: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The records in lists of a size; the last may be shorter."""
    rest = iter(records)
    while chunk := list(islice(rest, size)):
        yield chunk


def predict_window(
    records: Sequence[Input], predictor: Predictor, settings: Asking, seconds: Seconds | None = None
) -> Part:
    """The part that a window gives: the same whoever does it, and whatever the other windows are."""
    return answer([settings.ask(chunk) for chunk in chunks(records)], predictor, seconds)


def answer(asked: Iterable[Asked], predictor: Predictor, seconds: Seconds | None = None) -> Part:
    """The part of a window whose chunks were asked, in order; what it takes is added to `seconds`."""
    whole, seconds = Asked(), seconds or Seconds()
    for one in asked:
        whole.add(one)
    seconds.add(whole.seconds)
    with seconds.clock("model"):
        if isinstance(predictor, RowsPredictor):
            logits = predictor.predict_rows(whole.rows, len(whole.questions))
        else:
            logits = predictor.predict_logits(whole.questions)
    with seconds.clock("writing"):
        return Part(predictor.answers(whole.questions, logits), whole.facts)


def _take(asked: Asked, record: Input, extractions: Iterator[Extraction]) -> None:
    """Add what a record gives; the next extraction is that of the next article."""
    facts = asked.facts
    if isinstance(record, Example):
        facts.examples += 1
        asked.questions.append(record)
    elif isinstance(record, Problem):
        (facts.silent if record.empty else facts.rejected).append(record)
    else:
        found = next(extractions)
        facts.articles += 1
        facts.cut += len(found.cut)
        if not found.examples:
            facts.silent.append(Problem(found.article.id, NO_PAIRS if found.resolutions else NO_ACTORS))
        asked.questions += found.examples
