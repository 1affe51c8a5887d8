"""Model versions and their aliases: a challenger becomes champion if a comparison says so."""

from dataclasses import dataclass
from pathlib import Path

from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from detente.configs.errors import DetenteError, InputError
from detente.evaluation.compare.comparison import compare
from detente.evaluation.compare.promotion import Decision, Terms, decide
from detente.evaluation.compare.report import write_comparison
from detente.evaluation.compare.results import Comparison
from detente.evaluation.compare.runs import find_runs, log_comparison, open_client

CHAMPION = "champion"
CHALLENGER = "challenger"
_TAG = "detente.promotion"
_FIRST = Decision(True, "there was no champion to compare it with")


@dataclass(frozen=True)
class Promotion:
    """What became of a challenger."""

    decision: Decision
    version: str
    champion: str | None
    """The version that was champion."""
    comparison: Comparison | None
    """None for the first champion."""
    comparison_run: str | None
    """The MLflow run that holds the page."""


def promote(
    name: str,
    output: Path,
    *,
    terms: Terms | None = None,
    by: str = "macro_f1",
    on_common: bool = False,
    uri: str | None = None,
) -> Promotion:
    """Make the challenger of a registered model its champion, if it is shown to be better.

    The decision is kept in both versions' tags and the challenger's description, the comparison in the tracking store.
    The alias `champion` is moved in one step, after everything else.

    Args:
        name: The registered model.
        output: Folder for the page of the comparison.
        terms: What is asked of the challenger.
        by: The figure that decides, of `FIGURES`.
        on_common: Compare on the examples that both were measured on, if there are others.
        uri: The tracking store; by default `MLFLOW_TRACKING_URI`, or the SQLite file where the command runs.

    Raises:
        InputError: There is no such model, it has no challenger, or the two can't be compared.
        DetenteError: The challenger is the champion, or the registry fails; the champion is then the one it was.
    """
    terms = terms or Terms()
    terms.check()
    client = open_client(uri)
    try:
        challenger, champion = _versions(client, name)
        if champion is None:
            return _close(client, challenger, None, Promotion(_FIRST, _number(challenger), None, None, None), terms)
        comparison = _compare(name, challenger, champion, by=by, on_common=on_common, uri=client.tracking_uri)
        write_comparison(comparison, output)
        decision = decide(comparison, _called(name, challenger), terms)
        run_id = log_comparison(client, comparison, output)
        done = Promotion(decision, _number(challenger), _number(champion), comparison, run_id)
        return _close(client, challenger, champion, done, terms)
    except MlflowException as error:
        raise DetenteError(f"{name}: the registry failed, see which version is {CHAMPION}: {error}") from error


def _versions(client: MlflowClient, name: str) -> tuple[ModelVersion, ModelVersion | None]:
    """The challenger, and the champion if there is one."""
    try:
        aliases = _aliases(client, name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        known = ", ".join(one.name for one in client.search_registered_models()) or "none"
        raise InputError(
            f"{name}: expected a registered model of {client.tracking_uri}; it has {known}. "
            "Training registers one with tracking.register_as=NAME"
        ) from error
    if CHALLENGER not in aliases:
        raise InputError(
            f"{name}: expected a version with the alias {CHALLENGER}; found {', '.join(sorted(aliases)) or 'none'}. "
            f"A training with tracking.register_as={name} makes its version the {CHALLENGER}"
        )
    if aliases.get(CHAMPION) == aliases[CHALLENGER]:
        raise DetenteError(f"{name}: version {aliases[CHALLENGER]} is {CHAMPION} already; nothing was changed")
    challenger = client.get_model_version(name, aliases[CHALLENGER])
    return challenger, client.get_model_version(name, aliases[CHAMPION]) if CHAMPION in aliases else None


def _compare(
    name: str, challenger: ModelVersion, champion: ModelVersion, *, by: str, on_common: bool, uri: str
) -> Comparison:
    versions = [champion.version, challenger.version]
    runs = find_runs([f"models:/{name}/{version}" for version in versions], uri=uri)
    return compare(runs, by=by, on_common=on_common)


def _called(name: str, version: ModelVersion) -> str:
    """What `find_runs` calls the run of a version."""
    return f"{name} version {version.version}"


def _close(
    client: MlflowClient, challenger: ModelVersion, champion: ModelVersion | None, done: Promotion, terms: Terms
) -> Promotion:
    """Record the decision, then move the alias."""
    _record(client, challenger, done, terms)
    if not done.decision.promoted:
        return done
    if champion:
        client.set_model_version_tag(champion.name, champion.version, f"{_TAG}.replaced_by", done.version)
    client.set_registered_model_alias(challenger.name, CHAMPION, challenger.version)
    if _aliases(client, challenger.name).get(CHALLENGER) == done.version:
        client.delete_registered_model_alias(challenger.name, CHALLENGER)
    return done


def _record(client: MlflowClient, challenger: ModelVersion, done: Promotion, terms: Terms) -> None:
    verb = "promoted" if done.decision.promoted else "refused"
    facts = {
        _TAG: verb,
        f"{_TAG}.why": done.decision.why,
        f"{_TAG}.reason": terms.reason,
        f"{_TAG}.against": done.champion,
        f"{_TAG}.comparison_run": done.comparison_run,
    }
    for key, value in facts.items():
        if value:
            client.set_model_version_tag(challenger.name, challenger.version, key, value)
    sentence = f"{verb.capitalize()} against version {done.champion}" if done.champion else verb.capitalize()
    reason = f" Reason given: {terms.reason}" if terms.reason else ""
    before = f"{challenger.description}\n\n" if challenger.description else ""
    text = f"{before}{sentence}: {done.decision.why}.{reason}"
    client.update_model_version(challenger.name, challenger.version, description=text)


def _aliases(client: MlflowClient, name: str) -> dict[str, str]:
    """The versions by alias."""
    return {alias: str(version) for alias, version in client.get_registered_model(name).aliases.items()}


def _number(version: ModelVersion) -> str:
    """Stores differ in whether it is a number."""
    return str(version.version)
