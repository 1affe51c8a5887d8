"""The model as MLflow serves it: questions or whole articles in, stances out. MLflow runs this file."""

from typing import Any

import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException

from detente.configs.errors import InputError
from detente.inference.serving import answer
from detente.models.folder import load_model


class StanceModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """Answers with the model folder among its artifacts."""

    def load_context(self, context: Any) -> None:
        """Load the model folder."""
        self._predictor = load_model(context.artifacts["model"])

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:
        """One row for each row of actor, target and text; without actor and target, one for each pair in the articles.

        Raises:
            MlflowException: A row is wrong; a server answers with status 400.
        """
        rows = model_input.astype(object).where(model_input.notna(), None).to_dict("records")
        try:
            columns, answers = answer(self._predictor, rows)
        except InputError as error:
            raise MlflowException.invalid_parameter_value(str(error)) from error
        return pd.DataFrame(answers, columns=list(columns))


mlflow.models.set_model(StanceModel())
