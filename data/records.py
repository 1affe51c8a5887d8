"""The records that flow through detente. One word per concept; field names are those of the files."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator


class Stance(StrEnum):
    """The stance of an actor towards a target. The order of the members is the label order everywhere."""

    SUPPORT = "support"
    NEUTRAL = "neutral"
    OPPOSE = "oppose"


STANCES: tuple[Stance, ...] = tuple(Stance)


AUTHOR = "(author)"
"""The actor of a question about the one who wrote the text."""


class Holder(StrEnum):
    """Whose stance an example asks about, and how the text gives it."""

    ACTOR = "actor"
    """The text tells what the actor does or thinks, in its own voice."""
    SPEAKER = "speaker"
    """The text reports what the actor says, in a direct or indirect quotation."""
    AUTHOR = "author"
    """The one who wrote the text."""


class Form(StrEnum):
    """How a mention names someone."""

    NAME = "name"
    NOMINAL = "nominal"
    """A common noun phrase: "the ministry", "its allies"."""
    PRONOUN = "pronoun"


Text = Annotated[str, StringConstraints(pattern=r"\S")]
Span = tuple[Annotated[int, Field(ge=0)], int]


class Record(BaseModel):
    """A validated, immutable row."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Article(Record):
    """A news article as it came in."""

    id: Text
    text: Text
    title: str | None = None
    published: str | None = None
    outlet: str | None = None
    url: str | None = None
    language: str | None = None
    story: str | None = None
    """Shared by all copies of a text: an agency report and the papers that print it."""
    meta: dict[str, Any] = Field(default_factory=dict)


class Mention(Record):
    """A stretch of an article that names someone; `span` counts characters of the article's text."""

    surface: Text
    span: Span
    sentence: int
    kind: str
    form: Form = Form.NAME


class Actor(Record):
    """Who a mention stands for."""

    name: Text
    """The canonical name, the same in all articles: "Turkey" for Ankara, Turkish officials and the Turks."""
    kind: str
    """country, organisation, person or group."""
    country: str | None = None
    """ISO 3166-1 alpha-3 code of a country, or of the country that an actor belongs to; Kosovo is XKX."""


class Resolution(Record):
    """A mention, the actor that it stands for, and why."""

    mention: Mention
    actor: Actor
    why: Text
    """The rule, and what it went by: "demonym: Turkish", "surname of Ingrid Solmere"."""


class Example(Record):
    """One question, "what is the stance of actor towards target in text?", and its answer where there is one.

    Spans are character offsets into `text`; they are None for a name that the text doesn't mention (a policy
    in other words, or the author of the text as actor).
    """

    id: Text
    actor: Text
    target: Text
    text: Text
    label: Stance | None = None
    actor_span: Span | None = None
    target_span: Span | None = None
    group: str | None = None
    source: str | None = None
    holder: Holder | None = None
    meta: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _spans_lie_in_text(self) -> Self:
        for name, span in (("actor_span", self.actor_span), ("target_span", self.target_span)):
            if span is None:
                continue
            start, end = span
            if not start < end <= len(self.text):
                raise ValueError(f"{name} {list(span)} does not lie in a text of {len(self.text)} characters")
            if not self.text[start:end].strip():
                raise ValueError(f"{name} {list(span)} holds only white space")
        if self.actor_span is not None and self.actor_span == self.target_span:
            raise ValueError(f"actor_span and target_span are the same, {list(self.actor_span)}")
        return self

    @property
    def group_key(self) -> str:
        """What must stay together in splits and resamples: the group, or the text where none is given."""
        return self.group or self.text


class Prediction(Record):
    """An answered question: the three probabilities, the likeliest stance, and whether the model is sure of it."""

    example_id: str
    article_id: str | None = None
    actor: str
    target: str
    text: str
    actor_span: Span | None = None
    target_span: Span | None = None
    stance: Stance
    p_support: float
    p_neutral: float
    p_oppose: float
    confident: bool
    stances: tuple[Stance, ...] | None = None
    """Those that can't be ruled out, where the model gives conformal sets."""
    group: str | None = None
    """That of the example: for articles, the story."""
    holder: Holder | None = None
    speaker: str | None = None
    """Who says the words about the target, where somebody does."""
    published: str | None = None
    outlet: str | None = None
    url: str | None = None
    actor_kind: str | None = None
    target_kind: str | None = None


FROM_META = ("article_id", "speaker", "published", "outlet", "url", "actor_kind", "target_kind")
"""The fields of a prediction that the example has in its `meta`, if at all."""


class Evidence(Record):
    """A prediction that an edge rests on, with where its sentence comes from."""

    example_id: str
    article_id: str | None = None
    text: str
    actor_span: Span | None = None
    target_span: Span | None = None
    stance: Stance
    p_support: float
    p_oppose: float
    confident: bool
    outlet: str | None = None
    published: str | None = None
    """As the source gave it."""
    speaker: str | None = None
    url: str | None = None


class Edge(Record):
    """What the stories of a period say about the stance of an actor towards a target.

    A story counts once, however many sentences and copies it has: its probabilities are the means of theirs.
    """

    actor: str
    target: str
    actor_kind: str | None = None
    target_kind: str | None = None
    period: str | None = None
    """As "2024-03-17", "2024-W11" (ISO week), "2024-03" or "2024"; "all" for all time; None for stories without a date
    as fine as the period."""
    stories: int
    sentences: int
    """Predictions, copies of a text among them."""
    support: float
    """Expected number of stories in support: the sum of their probabilities; so with neutral and oppose."""
    neutral: float
    oppose: float
    confident: int
    """Stories with a confident prediction; one with confident support and confident opposition counts in both below."""
    confident_support: int
    confident_neutral: int
    confident_oppose: int
    mean_stance: float
    """Mean of p_support - p_oppose over the stories, from -1 (oppose) to 1 (support)."""
    low: float | None = None
    """Its 95% bootstrap interval over stories; None for fewer stories than such an interval can be made of (5)."""
    high: float | None = None
    change: float | None = None
    """Mean stance less that of the calendar period before; None where that has no story, and without periods."""
    change_low: float | None = None
    """Its 95% bootstrap interval; None if one of the two periods has too few stories."""
    change_high: float | None = None
    outlets: int
    """How many are known by name."""
    evidence: tuple[Evidence, ...] = ()
    """The predictions that weigh most, by |p_support - p_oppose|; those of different stories first."""
