"""From what a user calls a model to the folder that holds it."""

from pathlib import Path

from detente.configs.errors import InputError
from detente.configs.store import default_tracking_uri, why_away

DETENTE_JSON = "detente.json"


def resolve_model(reference: str | Path) -> Path:
    """Return the model folder; what lies on a tracking server or a hub is downloaded.

    Args:
        reference: A folder, a hub id, `runs:/RUN_ID/model` or `models:/NAME@ALIAS` (or `models:/NAME/VERSION`).

    Raises:
        InputError: There is no such model.
    """
    text = str(reference)
    if text.startswith(("runs:/", "models:/")):
        return _from_mlflow(text)
    folder = Path(reference)
    if folder.is_dir():
        return _model_folder(folder, text)
    if folder.exists() or text.startswith((".", "/", "~")) or text.count("/") != 1:
        raise InputError(
            f"{text}: expected a model folder, a hub id (OWNER/NAME), runs:/RUN_ID/model or models:/NAME@ALIAS; "
            f"found {'a file' if folder.exists() else 'nothing'} there"
        )
    return _from_hub(text)


def _model_folder(folder: Path, reference: str) -> Path:
    for candidate in (folder, folder / "model", *sorted(folder.glob("artifacts/*"))):
        if (candidate / DETENTE_JSON).is_file():
            return candidate
    raise InputError(f"{reference}: expected a model folder with {DETENTE_JSON} in it; found none there")


def _from_mlflow(reference: str) -> Path:
    import mlflow  # noqa: PLC0415  (slow to import, and needed only here)

    where = default_tracking_uri()
    if problem := why_away(where):
        raise InputError(f"{reference}: expected an answer of the tracking server {where}; {problem}")
    try:
        folder = mlflow.artifacts.download_artifacts(reference, tracking_uri=where)
    except (mlflow.exceptions.MlflowException, OSError) as error:
        raise InputError(f"{reference}: expected a model in the tracking store {where}; {error}") from error
    return _model_folder(Path(folder), reference)


def _from_hub(reference: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415  (slow to import, and needed only here)
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError  # noqa: PLC0415

    try:
        return _model_folder(Path(snapshot_download(reference)), reference)
    except (HfHubHTTPError, LocalEntryNotFoundError, HFValidationError, OSError) as error:
        raise InputError(
            f"{reference}: no such folder here, and the hub has none or can't be reached: {str(error).splitlines()[0]}"
        ) from error
