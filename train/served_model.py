"""The model as MLflow serves it: rows of actor, target and text in, stances out. MLflow runs this file."""

from typing import Any

import mlflow
import pandas as pd

from detente.models.folder import load_model


class StanceModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """Answers with the model folder among its artifacts."""

    def load_context(self, context: Any) -> None:
        """Load the model folder."""
        self._predictor = load_model(context.artifacts["model"])

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:
        """One row of stance, probabilities and confidence for each row of actor, target and text."""
        rows = model_input[["actor", "target", "text"]].to_dict("records")
        answers = [answer.model_dump(mode="json") for answer in self._predictor.predict(rows)]
        return pd.DataFrame(answers, columns=["stance", "p_support", "p_neutral", "p_oppose", "confident"])


mlflow.models.set_model(StanceModel())
