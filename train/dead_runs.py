"""Runs whose process is gone: a hard kill leaves them open, and the next training closes them."""

import socket

import psutil
from mlflow.entities import RunStatus
from mlflow.tracking import MlflowClient

from detente.evaluation.compare.runs import PROCESS


def close_dead_runs(client: MlflowClient, experiment_id: str) -> None:
    """End as KILLED the runs whose process on this machine is gone: killed ones can't say so themselves."""
    query = f"attributes.status = 'RUNNING' AND tags.`{PROCESS}` LIKE '{socket.gethostname()}:%'"
    for run in client.search_runs([experiment_id], query):
        if is_gone(run.data.tags[PROCESS]):
            client.set_terminated(run.info.run_id, RunStatus.to_string(RunStatus.KILLED))


def is_gone(name: str) -> bool:
    """Whether a process that `process_name` named was on this machine, and has ended."""
    if not name.startswith(f"{socket.gethostname()}:"):
        return False
    try:
        return process_name(psutil.Process(int(name.split(":")[1]))) != name
    except psutil.NoSuchProcess:
        return True


def process_name(process: psutil.Process) -> str:
    """Machine, number and start of a process, so that a later process of that number isn't taken for it."""
    try:
        return f"{socket.gethostname()}:{process.pid}:{process.create_time():.0f}"
    except psutil.Error:
        return ""
