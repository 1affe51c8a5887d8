"""What a training run may share between its files: a leak above the limit stops it, unless it is accepted by name."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from detente.configs.errors import InputError
from detente.configs.schema import AuditConfig
from detente.data.audit.leaks import Audit, Leak

_CASES_NAMED = 3
FOUND = {
    "texts": "their text",
    "near_duplicates": "a near-duplicate of their text",
    "articles": "their article",
    "stories": "their story",
    "groups": "their group",
}
"""What of its test examples a kind of leak finds in the training part."""


def check_leaks(audits: Mapping[str, Audit], settings: AuditConfig, files: Mapping[str, Sequence[Path]]) -> None:
    """Stop where a part shares more with the training file than the settings allow.

    Args:
        audits: Each part against the training part, by the part's name.
        settings: The limit, and the leaks that are accepted.
        files: Where the parts come from, by name; as `train`, all that is learnt from.

    Raises:
        InputError: All leaks above the limit that are not accepted, with examples and the ways out.
    """
    found = {part: above(audit, settings) for part, audit in audits.items()}
    refused = [(part, leak) for part, leaks in found.items() for leak in leaks if leak.kind not in settings.accept]
    if not refused:
        return
    named = {part: ", ".join(map(str, paths)) for part, paths in files.items()}
    faults = "\n".join(f"  {named[part]}: {_explain(leak, named['train'])}" for part, leak in refused)
    kinds = ", ".join(dict.fromkeys([*settings.accept, *(leak.kind for _, leak in refused)]))
    raise InputError(
        f"expected at most {settings.max_share:.1%} of a file's examples to stand in the training file "
        f"(audit.max_share); found\n{faults}\n"
        f"Split the examples again with detente data split, or accept it with audit.accept=[{kinds}]; "
        "the run and its model then say so."
    )


def above(audit: Audit, settings: AuditConfig) -> list[Leak]:
    """The leaks above the limit, accepted or not."""
    return [leak for leak in audit.leaks.values() if leak.share > settings.max_share]


def leak_note(audit: Audit, settings: AuditConfig) -> str:
    """The accepted leaks of a part as a run and a model card tell them: "texts 27.0%, groups 3.1%"; empty if none."""
    return ", ".join(f"{leak.kind} {leak.share:.1%}" for leak in above(audit, settings))


def _explain(leak: Leak, train: str) -> str:
    cases = ", ".join(f"{case.test.id} with {case.train.id}" for case in leak.cases[:_CASES_NAMED])
    share = f"{leak.share:.1%} of the examples ({leak.examples})"
    return f"{leak.kind}: {share} have {FOUND[leak.kind]} in {train}, such as {cases}"
