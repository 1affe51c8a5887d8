"""Where the MLflow store is when nothing else is said, and whether it answers."""

import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

_SECONDS = 3.0
"""How long a server may take to say that it is there."""
_PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1"}
"""MLflow's own defaults keep a command waiting for minutes on a server that is gone."""


def default_tracking_uri() -> str:
    """`MLFLOW_TRACKING_URI`, or a SQLite file in the folder where the command runs."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{Path.cwd() / 'mlflow.db'}"


def store_exists() -> bool:
    """Whether there is a store by default: one that is named, or one that a training here has made."""
    uri = default_tracking_uri()
    return not uri.startswith("sqlite:///") or Path(uri.removeprefix("sqlite:///")).is_file()


def why_away(uri: str) -> str | None:
    """Why a tracking server or the server of a database can't be reached, in words; None if it can, or is a file.

    Answers within seconds. What is asked of the server afterwards is tried three times, if the user sets nothing else.
    """
    scheme = uri.partition("://")[0].partition("+")[0]
    if scheme in ("http", "https"):
        for name, value in _PATIENCE.items():
            os.environ.setdefault(name, value)
        return _why_silent(uri)
    parts = urlsplit(uri)
    return _why_closed(parts.hostname, parts.port or _PORTS[scheme]) if scheme in _PORTS and parts.hostname else None


def _why_silent(uri: str) -> str | None:
    import requests  # noqa: PLC0415  (a store in a file needs none)

    try:
        status = requests.get(f"{uri.rstrip('/')}/health", timeout=_SECONDS).status_code
    except requests.Timeout:
        return f"no answer in {_SECONDS:g} seconds"
    except requests.RequestException as error:
        return "no connection" if isinstance(error, requests.ConnectionError) else str(error)
    return f"its answer is HTTP {status}" if status >= 500 else None


def _why_closed(host: str, port: int) -> str | None:
    try:
        socket.create_connection((host, port), timeout=_SECONDS).close()
    except OSError as error:
        return f"no connection to {host}:{port} ({error})"
    return None
